"""AWS without a network: what botocore's HTTP session would send is answered here, so that only our own work is seen.

It is put in place when botocore's session is imported, not before: whoever imports botocore pays for it themselves.
"""

import importlib.abc
import importlib.machinery
import json
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

CALLS: list[str] = []
"""Operations that were asked for, in their order: `dynamodb.PutItem`."""

ANSWERS: dict[str, Any] = {}
"""What is answered, by operation; an empty object where nothing is said."""


class _Raw:
    """What botocore reads a body from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> list[bytes]:
        return [self._body]

    def read(self, *_: Any) -> bytes:
        body, self._body = self._body, b""
        return body


def _send(_session: Any, request: Any) -> Any:
    from botocore.awsrequest import AWSResponse

    target = request.headers["X-Amz-Target"]
    target = target.decode() if isinstance(target, bytes) else target
    service, _, operation = target.partition(".")
    name = f"{'dynamodb' if service.startswith('DynamoDB') else 'ssm'}.{operation}"
    CALLS.append(name)
    answer = ANSWERS.get(name, {})
    body = json.dumps(answer(request) if callable(answer) else answer).encode()
    return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, _Raw(body))


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        module.URLLib3Session.send = _send


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != "botocore.httpsession":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        assert spec is not None
        assert spec.loader is not None
        spec.loader = _Loader(spec.loader)
        return spec


def put_in_place() -> None:
    sys.meta_path.insert(0, _Finder())
