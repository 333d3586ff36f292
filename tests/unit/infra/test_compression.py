"""Files are compressed as by the cloud's distribution, for browsers that accept it."""

import asyncio
import gzip
from typing import Any

import brotli
import pytest

from infra.local.compression import compressed
from infra.local.pages import Receive, Scope, Send

SCRIPT = b"export const WORDS = {};\n" * 200
_BEST = "gzip, deflate, br, zstd"


def get(path: str = "/a/1/main.js", accepted: str = _BEST, content: bytes = SCRIPT, **more: str) -> dict[str, Any]:
    """The headers of the answer, with its `status` and its `body`."""
    kind = more.pop("kind", "text/javascript; charset=utf-8")
    sent: list[Any] = []

    async def bucket(scope: Scope, _receive: Receive, send: Send) -> None:
        has_it = dict(scope["headers"]).get(b"if-none-match") == b'"1"'
        headers = [(b"Content-Type", kind.encode()), (b"ETag", b'"1"'), (b"Content-Length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 304 if has_it else 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if has_it else content})

    async def send(message: Any) -> None:
        sent.append(message)

    async def nothing() -> None: ...

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    raw.append((b"accept-encoding", accepted.encode()))
    asyncio.run(compressed(bucket)({"type": "http", "method": "GET", "path": path, "headers": raw}, nothing, send))
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return {**headers, "status": sent[0]["status"], "body": sent[1]["body"]}


def test_a_browser_gets_a_script_by_brotli() -> None:
    answer = get()
    assert (answer["content-encoding"], answer["vary"], answer["etag"]) == ("br", "Accept-Encoding", 'W/"1"')
    assert answer["content-length"] == str(len(answer["body"]))
    assert brotli.decompress(answer["body"]) == SCRIPT
    assert get(accepted="gzip, br;q=0")["content-encoding"] == "gzip"


def test_an_older_client_gets_it_by_gzip_or_as_it_is() -> None:
    answer = get(accepted="gzip, deflate")
    assert (answer["content-encoding"], gzip.decompress(answer["body"])) == ("gzip", SCRIPT)
    plain = get(accepted="identity")
    assert (plain["body"], plain["etag"]) == (SCRIPT, '"1"')
    assert "content-encoding" not in plain


@pytest.mark.parametrize(
    "asked",
    [
        {"path": "/v1/checkpoints", "kind": "application/json"},
        {"path": "/gate/icon-512.png", "kind": "image/png"},
        {"content": SCRIPT[:900]},
    ],
)
def test_answers_of_the_api_pictures_and_what_is_small_stay_as_they_are(asked: dict[str, Any]) -> None:
    assert "content-encoding" not in get(**asked)


def test_a_browser_that_has_the_compressed_file_gets_304() -> None:
    again = get(if_none_match='W/"1"')
    assert (again["status"], again["body"]) == (304, b"")
