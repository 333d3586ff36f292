"""The desk by the keyboard alone: a case from the sign-in to its end."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from infra.local.stack import Stack
from tests.journeys.pages.clerks import REFUSED, Clerk, declared
from tests.journeys.pages.conftest import Somebody


def tabs_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus. Fails after twenty times."""
    for _ in range(20):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(target).to_be_focused()


def test_a_case_is_opened_worked_on_and_closed_by_the_keyboard_alone(stack: Stack, somebody: Somebody) -> None:
    code = declared(stack, 7761, "70A77761")
    declared(stack, 7762, "70A77761", full_name="Vũ Thị Bàn Phím")
    officer = Clerk(somebody, "health")
    officer.person.allowed.append(REFUSED)
    page = officer.page
    press, type_ = page.keyboard.press, page.keyboard.type

    # A dialog gives the focus back to what opened it.
    press("1")
    opener = page.get_by_role("button", name="Mở ca mới")
    expect(opener).to_be_visible()
    opener.focus()
    press("Enter")
    expect(officer.form.get_by_role("radio").first).to_be_focused()
    press("Escape")
    expect(officer.form).to_have_count(0)
    expect(opener).to_be_focused()
    press("?")
    expect(officer.form).to_be_visible()
    press("Escape")
    expect(opener).to_be_focused()

    # What is missing gets the focus, and leads to its field.
    press("n")
    expect(officer.form.get_by_role("radio").first).to_be_focused()
    press("Tab")
    type_(code)
    press("Enter")
    summary = officer.form.locator(".errors")
    expect(summary).to_be_focused()
    press("Tab")
    press("Enter")
    expect(page.locator("#onset_on")).to_be_focused()
    # Filled in at once: a browser has the parts of a time in the order of its own language.
    sampled = datetime.now(UTC) + timedelta(hours=6)
    page.locator("#sampled_at").fill(sampled.strftime("%Y-%m-%dT%H:%M"))
    expect(page.locator("#sampled_at")).to_be_focused()
    press("Enter")
    officer.sees(re.compile(r"^Ca \w{4}-"))
    expect(officer.form).to_have_count(0)

    # A contact, by the arrow keys; the work with it is recorded.
    officer.reloads_until(lambda: page.locator("[data-row]", has_text="F1"))
    for _ in range(40):
        if page.evaluate("() => document.activeElement.matches('[data-row]')"):
            break
        press("Tab")
    press("ArrowDown")
    press("ArrowUp")
    press("Enter")
    work = page.get_by_role("button", name="Ghi việc đã làm")
    tabs_to(page, work)
    press("Enter")
    expect(officer.form.get_by_label("phân công", exact=True)).to_be_focused()
    press("ArrowDown")
    expect(officer.form.get_by_label("liên lạc được", exact=True)).to_be_checked()
    press("Enter")
    expect(officer.row("F1")).to_contain_text("đã liên lạc được")
    expect(work).to_be_focused()

    # Back to the list: the line that was open has the focus.
    press("u")
    expect(page.locator("[data-row]").first).to_be_focused()
    press("Enter")
    officer.sees(re.compile(r"^Ca \w{4}-"))
    close = page.get_by_role("button", name="Đóng ca")
    tabs_to(page, close)
    press("Enter")
    expect(officer.form.get_by_role("textbox")).to_be_focused()
    type_("Đã khỏi bệnh")
    press("Tab")
    press("Enter")
    officer.shows("đã đóng")
    # What was pressed is gone: the heading has the focus, from which one goes on.
    expect(page.get_by_role("heading", level=1)).to_be_focused()
