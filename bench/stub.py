"""HTTP without a network: requests are answered in the same process, so only our own work is measured.

Three modules send requests: botocore's HTTP session, our own AWS client, and the client of the issuer's keys. Each
is patched when it is imported, not before: a contender that imports it pays for it.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

Answer = Callable[[str, bytes], bytes]
"""From `X-Amz-Target` and the request's body to the answer's."""


def put_in_place(answer: Answer, jwks: str) -> None:
    changes = {
        "botocore.httpsession": lambda module: _change_botocore(module, answer),
        "chalicelib.adapters.aws_json": lambda module: _change_own_client(module, answer),
        "chalicelib.adapters.issuer_keys": lambda module: _change_issuer_keys(module, jwks.encode()),
    }
    for name in changes.keys() & sys.modules.keys():
        changes[name](sys.modules[name])
    sys.meta_path.insert(0, _Finder(changes))


class _Raw:
    """What botocore reads a body from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> list[bytes]:
        return [self._body]

    def read(self, *_: Any) -> bytes:
        body, self._body = self._body, b""
        return body


def _change_botocore(module: ModuleType, answer: Answer) -> None:
    def send(_session: Any, request: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        target = request.headers["X-Amz-Target"]
        target = target.decode() if isinstance(target, bytes) else target
        raw = _Raw(answer(target, request.body))
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, raw)

    module.URLLib3Session.send = send


def _change_own_client(module: ModuleType, answer: Answer) -> None:
    def exchange(_service: Any, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        return 200, {"content-type": "application/x-amz-json-1.0"}, answer(headers["x-amz-target"], body)

    module.Client._exchange = exchange


def _change_issuer_keys(module: Any, jwks: bytes) -> None:
    module._get = lambda _url: jwks


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: importlib.abc.Loader, change: Callable[[ModuleType], None]) -> None:
        self._loader, self._change = loader, change

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._change(module)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, changes: Mapping[str, Callable[[ModuleType], None]]) -> None:
        self._changes = changes

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self._changes:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        spec.loader = _Loader(spec.loader, self._changes[name])
        return spec
