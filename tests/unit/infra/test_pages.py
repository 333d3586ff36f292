"""What a browser's page may send to the local engine."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from infra.local.pages import Receive, Scope, Send, closed_to_pages

EVIL = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
FUNCTIONS = "/2015-03-31/functions"


async def _engine(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "done"})


async def _nothing() -> None: ...


def answer(path: str, headers: dict[str, str], kind: str = "http") -> Any:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(closed_to_pages(_engine)({"type": kind, "path": path, "headers": raw}, _nothing, send))
    return sent[0].get("status", sent[0]["type"])


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (FUNCTIONS, {}),
        ("/", {"host": "localhost:4566"}),
        ("/_ministack/sns/sms-messages", {"sec-fetch-site": "none"}),
        ("/_ministack/sns/sms-messages", {"sec-fetch-site": "same-site"}),
        ("/api/v1/passes", EVIL),  # the API decides by itself
        ("/api/v1/passes", {"origin": "http://localhost:5173", "sec-fetch-site": "same-site"}),
    ],
)
def test_programs_and_what_a_developer_types_reach_the_engine_and_pages_the_api(
    path: str, headers: dict[str, str]
) -> None:
    assert answer(path, {"host": "127.0.0.1:4566", **headers}) == "done"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (FUNCTIONS, EVIL),
        (FUNCTIONS, {"origin": "null"}),
        (FUNCTIONS, {"origin": "http://localhost:5173"}),
        ("/", {"sec-fetch-site": "cross-site"}),  # an image, whose URL asks for something
        ("/apix", EVIL),
        ("/api/v1/passes", {**EVIL, "host": "localhost:4566"}),  # not the API there
        ("/api/v1/passes", {"host": "evil.example:4566"}),  # a name that leads here
        (FUNCTIONS, {"host": "127.0.0.1.evil.example"}),
        (FUNCTIONS, {"host": "[::1"}),
        (FUNCTIONS, {"host": ""}),
    ],
)
def test_a_page_reaches_nothing_else_of_the_engine(path: str, headers: dict[str, str]) -> None:
    sent = {"host": "127.0.0.1:4566", **headers}
    assert answer(path, sent) == 403
    assert answer(path, sent, kind="websocket") == "websocket.close"


def test_the_engine_starts_and_ends() -> None:
    assert answer("", {}, kind="lifespan") == "done"
