"""Which requests to this machine's address the distribution answers, and which the engine."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from infra.local import one_origin as origins
from infra.local.pages import Receive, Scope, Send, closed_to_pages

HOST = "127.0.0.1:4566"
EVIL = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
FUNCTIONS = "/2015-03-31/functions"
SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=test"}


async def _engine(scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "done", "status": dict(scope["headers"])[b"host"].decode()})


async def _nothing() -> None: ...


@pytest.fixture(autouse=True)
def distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "_domain", lambda: "d1.cloudfront.net")


def answer(path: str, headers: Mapping[str, str] = MappingProxyType({}), query: bytes = b"") -> Any:
    """The host that the engine was asked for; 403 if it was not asked."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in {"host": HOST, **headers}.items()]
    scope = {"type": "http", "path": path, "query_string": query, "headers": raw}
    asyncio.run(origins.one_origin(_engine, closed_to_pages(_engine))(scope, _nothing, send))
    return sent[0]["status"]


@pytest.mark.parametrize("path", ["/", "/p", "/v1/health", "/v1/declarations", FUNCTIONS, "*", ""])
def test_a_browser_gets_what_the_distribution_has(path: str) -> None:
    assert answer(path) == "d1.cloudfront.net"
    # Pages of other sites, too: it has pages and the API, which decides by itself, and nothing of the engine.
    assert answer(path, EVIL) == "d1.cloudfront.net"


@pytest.mark.parametrize("headers", [SIGNED, {"x-amz-target": "DynamoDB_20120810.Scan"}])
def test_an_aws_client_reaches_the_engine_and_a_page_that_poses_as_one_does_not(headers: dict[str, str]) -> None:
    assert answer(FUNCTIONS, headers) == HOST
    assert answer(FUNCTIONS, {**headers, **EVIL}) == 403


def test_a_signed_url_reaches_the_engine_and_not_from_a_page() -> None:
    assert answer("/bucket/file", query=b"X-Amz-Signature=1") == HOST
    assert answer("/bucket/file", EVIL, b"X-Amz-Signature=1") == 403


def test_a_page_whose_name_leads_to_this_machine_gets_nothing() -> None:
    assert answer("/", {"host": "evil.example:4566"}) == 403


def test_a_slash_too_much_is_taken_away() -> None:
    assert answer("/gate/") == 301
