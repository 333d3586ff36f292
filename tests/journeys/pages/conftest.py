"""A browser for the tests of a file, and people who use it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

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
    people: list[Person] = []

    def come(browser: Browser = chromium, **device: object) -> Person:
        people.append(Person(browser, stack["endpoint_url"], **device))
        return people[-1]

    yield come
    for each in people:
        each.leaves()


@pytest.fixture
def guard(playwright: Playwright, stack: Stack, tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """A guard whose camera sees the QR of a text, or of several ones after the other, or a wall; signed in."""
    people: list[tuple[Person, Any]] = []

    def come(seen: str | Sequence[str] = "", username: str = "checkpoint", **device: Any) -> Person:
        file = tmp_path / f"{len(people)}.y4m"
        pictures = [qr(each) for each in ([seen] if isinstance(seen, str) else seen) if each] or [WALL]
        film = film_of_several(pictures, file)
        browser = running(playwright, film)
        person = Person(browser.__enter__(), stack["endpoint_url"], permissions=["camera"], **device)
        person.page.set_default_timeout(PATIENCE)
        people.append((person, browser))
        signs_in(person.page, username)
        return person

    yield come
    for person, browser in people:
        person.leaves()
        browser.__exit__(None, None, None)
