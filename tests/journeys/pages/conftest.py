"""A browser for the tests of a file, and people who use it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from infra.local.stack import Stack
from tests.journeys.pages.browsers import Person, running

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
