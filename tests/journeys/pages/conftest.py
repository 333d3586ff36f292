"""A browser for the tests of a file, and people who use it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from infra.local.stack import Stack
from tests.journeys.pages.browsers import WALL, Person, running
from tests.journeys.pages.guards import PATIENCE, film_of_several, qr, signs_in

Somebody = Callable[..., Person]
"""Somebody with a browser; keywords are those of Playwright's contexts."""


# For a file and no longer: as long as it runs, its thread has a running event loop, which other tests make for
# themselves.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=60_000)  # milliseconds: machines are busy
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    with running(playwright) as browser:
        yield browser


@pytest.fixture
def somebody(chromium: Browser, stack: Stack) -> Iterator[Somebody]:
    with ExitStack() as leaving:

        def come(browser: Browser = chromium, **device: object) -> Person:
            person = Person(browser, stack["endpoint_url"], **device)
            leaving.callback(person.leaves)
            return person

        yield come


@pytest.fixture
def guard(playwright: Playwright, stack: Stack, tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """A guard whose camera sees the QR of a text, or of several ones after the other, or a wall; signed in."""
    with ExitStack() as leaving:

        def come(seen: str | Sequence[str] = "", username: str = "checkpoint", **device: Any) -> Person:
            texts = [seen] if isinstance(seen, str) else seen
            film = film_of_several([qr(each) for each in texts if each] or [WALL], tmp_path / f"{uuid4()}.y4m")
            browser = leaving.enter_context(running(playwright, film))
            person = Person(browser, stack["endpoint_url"], permissions=["camera"], **device)
            leaving.callback(person.leaves)
            person.page.set_default_timeout(PATIENCE)
            signs_in(person.page, username)
            return person

        yield come
