"""Staff at the desk, as tests have them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Locator, Page, expect

from infra.local.stack import Stack
from tests.forms import form, person
from tests.journeys.actors import Guard
from tests.journeys.pages.browsers import SCREEN, Person
from tests.journeys.pages.conftest import Somebody

PATIENCE = 60_000
"""Milliseconds: machines are busy."""
REFUSED = "status of 4"
"""What a browser writes about an answer that refuses something: a part of these stories."""


class Clerk:
    """Somebody at the desk, by username."""

    def __init__(self, somebody: Somebody, username: str, **device: Any) -> None:
        self.person: Person = somebody(**(device or SCREEN))
        self.page: Page = self.person.page
        self.page.set_default_timeout(PATIENCE)
        self.page.goto("/desk")
        self.presses("Đăng nhập")
        self.page.get_by_role("button", name=username, exact=True).click()
        self.sees("Anh/chị muốn làm gì?")

    @property
    def form(self) -> Locator:
        return self.page.get_by_role("dialog")

    def sees(self, heading: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", name=heading).first).to_be_visible(timeout=PATIENCE)

    def reads(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)

    def presses(self, name: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def opens(self, section: str, heading: str) -> None:
        self.page.get_by_role("navigation").get_by_role("link", name=section, exact=True).click()
        self.sees(heading)

    def fills(self, label: str, text: str) -> None:
        self.form.get_by_label(label, exact=True).fill(text)

    def chooses(self, choice: str) -> None:
        self.form.get_by_label(choice, exact=True).check()

    def picks(self, label: str, option: str) -> None:
        """Of a list that opens."""
        self.form.get_by_label(label, exact=True).select_option(option)

    def finds_commune(self, typed: str, name: str) -> None:
        """Of the communes found: a checkpoint in the same form may have the same name."""
        self.form.get_by_role("searchbox").fill(typed)
        self.form.get_by_role("radio", name=name).check()

    def looks_up(self, code: str) -> None:
        """A pass, in the section of gates."""
        self.page.get_by_label("Mã qua chốt, 16 ký tự").fill(code)
        self.presses("Tra")
        expect(self.page.locator(".card .code", has_text=code)).to_be_visible(timeout=PATIENCE)

    def shows(self, state: str) -> None:
        """A word about a state, beside a sign."""
        expect(self.page.locator(".chip", has_text=state).first).to_be_visible(timeout=PATIENCE)

    def agrees(self, button: str, done: str) -> None:
        """Press the button of the form, and read what was done."""
        self.presses(button, self.form)
        expect(self.page.get_by_role("status").filter(has_text=done)).to_be_visible(timeout=PATIENCE)
        expect(self.form).to_have_count(0)

    def row(self, text: str) -> Locator:
        return self.page.locator("[data-row]", has_text=text).first

    def reloads_until(self, shown: Callable[[], Locator]) -> None:
        """Load a list again until it has what a worker is to put there."""
        for _ in range(30):
            if shown().count():
                return
            self.page.get_by_role("button", name="Tải lại").first.click()
            self.page.wait_for_timeout(1000)
        expect(shown()).to_be_visible()

    def shoots(self, name: str, *, whole: bool = True) -> None:
        """A picture, without the line of what was done, which leaves by itself."""
        self.page.evaluate("() => { document.querySelector('.announced').hidden = true; }")
        self.person.shoots(name, whole=whole)
        self.page.evaluate("() => { document.querySelector('.announced').hidden = false; }")

    def fits(self) -> None:
        """Nothing is wider than the screen."""
        wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(wide) <= 0


def declared(stack: Stack, number: int, plate: str, *, checkpoint: str = "an-hoa", **about: Any) -> str:
    """Somebody whose papers a guard has seen, on a vehicle of their own. Gives the code."""
    transport = {"kind": "car", "plate": plate}
    destination = {"unit": {"list_version": "2021", "code": "25480"}, "address": f"Nhà mẫu số {number}"}
    body = form(datetime.now(UTC), transport=transport, destination=destination, checkpoint=checkpoint)
    body["traveller"] = person(number, **about)
    return str(Guard(stack).declares_for(body)["passes"][0]["code"])
