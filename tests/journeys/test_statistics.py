"""From people at a gate to the committee's figures and the public's bulletin."""

from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.stack import Stack
from tests.journeys.actors import Guard, Traveller, Witness


def test_who_passes_a_gate_is_counted_and_two_people_publish_a_bulletin(stack: Stack) -> None:
    committee, second, guard = Guard(stack, "committee"), Guard(stack, "committee-2"), Guard(stack)
    before = _at_an_hoa(committee)
    code = Traveller(stack, 7700).declares()["passes"][0]["code"]
    assert guard.records(code)[0] == 201
    Witness(stack).waits_until(
        lambda: _at_an_hoa(committee) == (before[0] + 1, before[1] + 1), "one more declared and one more entered"
    )
    hours = committee.get("/v1/statistics/gates?by=hour,decision")["series"]
    (crossings,) = [each for each in hours if each["name"] == "crossings_in"]
    assert sum(each["count"] for each in crossings["days"][0]["cells"]) == crossings["days"][0]["total"]
    Witness(stack).forgets_bulletins()
    draft = committee.asks("POST", "/v1/statistics/bulletins", {"number": 1}, expects=201)
    assert committee.send("POST", f"/v1/statistics/bulletins/{draft['id']}/release").status == 403
    link = second.asks("POST", f"/v1/statistics/bulletins/{draft['id']}/release")["link"]
    public = Traveller(stack, 7701)
    assert public.get(link)["title"] == draft["title"]
    today = f"{datetime.now(UTC) + timedelta(hours=7):%Y-%m-%d}"
    assert [each["day"] for each in public.get("/v1/public/statistics")["days"]][-1] == today
    assert public.send("GET", "/v1/statistics/today").status == 401
    assert committee.send("GET", f"/v1/checkpoint/passes/{code}").status == 403


def _at_an_hoa(committee: Guard) -> tuple[int, int]:
    """Persons declared and entered today."""
    gates: list[dict[str, Any]] = committee.get("/v1/statistics/today")["gates"]
    (gate,) = [each for each in gates if each["checkpoint"] == "an-hoa"]
    return gate["declared"], gate["entered"]


def test_the_verdict_of_a_check_is_counted_for_the_gate_where_the_guard_is(stack: Stack) -> None:
    committee, guard = Guard(stack, "committee"), Guard(stack, "checkpoint-2")
    before = _unknown(committee)
    assert guard.scans("0" * 16)["verdict"] == "unknown"
    Witness(stack).waits_until(lambda: _unknown(committee) == before + 1, "one more check of an unknown pass")


def _unknown(committee: Guard) -> int:
    """Codes of no pass that were checked at An Tịnh today."""
    series = committee.get("/v1/statistics/checks?by=gate,verdict")["series"]
    (checks,) = [each for each in series if each["name"] == "checks"]
    cells: dict[tuple[str, ...], int] = {tuple(each["cell"]): each["count"] for each in checks["days"][0]["cells"]}
    return cells.get(("an-tinh", "unknown"), 0)
