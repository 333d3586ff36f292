"""Addresses as people type them: with a slash behind them, or leading nowhere."""

import json

import urllib3

from infra.local.stack import Stack
from tests.journeys.actors import Traveller
from tests.journeys.pages.browsers import has_room
from tests.journeys.pages.conftest import Somebody


def test_a_slash_behind_an_address_leads_to_the_page_and_nowhere_is_a_page_with_a_way_on(
    stack: Stack, somebody: Somebody
) -> None:
    link = Traveller(stack, 8871).declares()["passes"][0]["links"]["page"]
    address, _, secret = link.partition("#")
    person = somebody()
    person.page.set_default_timeout(60_000)
    person.page.goto(f"{address}/#{secret}")
    person.page.locator(".qr img").wait_for()
    assert person.page.url == link
    for name in ("gate", "desk", "portal", "figures"):
        slash = person.page.request.get(f"/{name}/", max_redirects=0)
        assert (slash.status, slash.headers["location"]) == (301, f"/{name}")

    person.allowed.append("status of 404")
    answer = person.page.goto("/khai-bao")
    assert answer is not None
    assert (answer.status, "trusted-types" in answer.headers["content-security-policy"]) == (404, True)
    person.page.locator("a.hotline").first.wait_for()
    has_room(person.page)
    person.has_no_barriers()
    person.shoots("missing-phone")
    person.page.get_by_role("link", name="Khai báo qua chốt").click()
    person.page.locator("#page, main form, main h1").first.wait_for()
    assert person.page.url.endswith("/")

    # The API answers for itself.
    refused = urllib3.request("GET", f"{stack['endpoint_url']}/v1/nothing")
    assert refused.headers["Content-Type"].startswith("application/problem+json"), refused.headers
    assert "code" in json.loads(refused.data)
