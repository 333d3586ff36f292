"""Compress files as the cloud's distribution does.

CloudFront compresses files of these kinds and sizes by brotli or gzip, as the browser asks, and caches them compressed.
Their ETag is then a weak one, because the bytes differ.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
"""

import gzip
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import brotli

from infra.local.pages import Application, Receive, Scope, Send

_KINDS = ("application/javascript", "application/json", "application/wasm", "image/svg+xml", "text/")
_SIZES = range(1_000, 10_000_001)
"""Bytes."""
_FILES_KEPT = 500
_NOT_COMPRESSED = ("/v1/", "/docs")
"""Behaviors of the distribution with `Compress: false`: the API compresses its answers itself."""


def _by_brotli(content: bytes) -> bytes:
    compressed: bytes = brotli.compress(content, quality=11)
    return compressed


_ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {"br": _by_brotli, "gzip": gzip.compress}
"""The best one first."""


def compressed(application: Application) -> Application:
    """The application with its files compressed, for browsers that accept it. Answers of the API stay the same."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        encoding = _accepted(dict(scope["headers"]).get(b"accept-encoding", b"").decode("latin-1"))
        if encoding is None or scope["method"] != "GET" or scope["path"].startswith(_NOT_COMPRESSED):
            await application(scope, receive, send)
            return
        messages: list[MutableMapping[str, Any]] = []

        async def hear(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        await application({**scope, "headers": [_as_stored(*each) for each in scope["headers"]]}, receive, hear)
        start, *parts = messages
        content = b"".join(each.get("body", b"") for each in parts)
        headers = {name.lower(): value for name, value in start["headers"]}
        if start["status"] == HTTPStatus.OK and _is_worth_it(headers, content):
            content = _compress(content, encoding)
            headers |= {
                b"content-encoding": encoding.encode(),
                b"content-length": str(len(content)).encode(),
                b"vary": b"Accept-Encoding",
            }
            if not headers.get(b"etag", b"W/").startswith(b"W/"):
                headers[b"etag"] = b"W/" + headers[b"etag"]
        await send({**start, "headers": list(headers.items())})
        await send({"type": "http.response.body", "body": content})

    return answer


def _accepted(header: str) -> str | None:
    """The best encoding in an `Accept-Encoding`; None if we have none of them."""
    named = {name.strip(): weight.strip() for name, _, weight in (each.partition(";") for each in header.split(","))}
    return next((each for each in _ENCODINGS if each in named and named[each] not in ("q=0", "q=0.0")), None)


def _as_stored(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A header of a request. A browser that has the compressed file has the file, so its weak ETag counts."""
    return (name, value.replace(b"W/", b"")) if name == b"if-none-match" else (name, value)


def _is_worth_it(headers: Mapping[bytes, bytes], content: bytes) -> bool:
    kind = headers.get(b"content-type", b"").decode("latin-1")
    return b"content-encoding" not in headers and kind.startswith(_KINDS) and len(content) in _SIZES


@lru_cache(_FILES_KEPT)
def _compress(content: bytes, encoding: str) -> bytes:
    return _ENCODINGS[encoding](content)
