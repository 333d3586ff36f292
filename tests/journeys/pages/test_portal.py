"""The committee looks at today, and two of its members publish a bulletin."""

import pytest
from playwright.sync_api import expect

from infra.local.stack import Stack
from tests.journeys.actors import Guard, Traveller, Witness
from tests.journeys.pages.browsers import SCREEN, Person
from tests.journeys.pages.conftest import Somebody


def signs_in(person: Person, path: str, name: str) -> None:
    """By the demonstration sign-in, which asks who one is."""
    person.page.set_default_timeout(60_000)
    person.page.goto(path)
    person.page.get_by_role("button", name="Đăng nhập").click()
    person.page.get_by_role("button", name=name, exact=True).click()


def test_the_committee_sees_today_and_two_members_publish_a_bulletin(stack: Stack, somebody: Somebody) -> None:
    own = Traveller(stack, 7601).declares()["passes"][0]
    assert Guard(stack).records(own["code"])[0] == 201
    witness, committee = Witness(stack), Guard(stack, "committee")
    # The page looks again after a minute.
    witness.waits_until(lambda: committee.get("/v1/statistics/today").get("counted_to"), "figures", pause=1)
    witness.waits_for_queues()
    witness.forgets_bulletins()
    first = somebody(**SCREEN, is_mobile=False, has_touch=False)
    signs_in(first, "/portal", "committee")
    expect(first.page.locator(".large").first).not_to_have_text("0", timeout=60_000)
    first.page.locator("img.plot").wait_for()
    expect(first.page.locator(".tile-map li")).to_have_count(9)
    costs = first.page.locator(".question", has_text="hết bao nhiêu tiền").locator("tr", has_text="Tin nhắn SMS")
    sent, price, cost = (int(each.replace(".", "")) for each in costs.locator("td").all_inner_texts())
    assert (price, cost) == (800, 800 * sent)
    first.has_no_barriers()
    first.shoots("portal-screen")
    first.page.get_by_role("button", name="Soạn: 6 giờ").click()
    first.page.locator("details.draft summary").first.click()
    first.page.get_by_text("Bản này do anh/chị soạn").first.wait_for()

    second = somebody()
    signs_in(second, "/portal", "committee-2")
    second.page.locator("details.draft summary").first.click()
    second.page.get_by_role("button", name="Phát hành", exact=True).first.click()
    second.page.get_by_role("button", name="Phát hành ngay").click()
    second.page.get_by_text("Đã phát hành:").wait_for()
    second.has_no_barriers()
    second.shoots("portal-phone")


@pytest.mark.parametrize("page", ["gate", "desk", "portal"])
def test_a_sign_in_that_was_begun_elsewhere_signs_nobody_in(somebody: Somebody, page: str) -> None:
    victim = somebody()
    victim.page.goto(f"/{page}?code=of-somebody-else&state=x")
    victim.page.get_by_text("Đăng nhập không thành công").wait_for()
    assert victim.page.url.endswith(f"/{page}")


def test_who_may_not_read_figures_is_led_to_the_published_ones(somebody: Somebody) -> None:
    guard = somebody()
    signs_in(guard, "/portal", "checkpoint")
    guard.page.get_by_role("link", name="Số liệu công bố").click()
    guard.page.wait_for_url("**/figures")
