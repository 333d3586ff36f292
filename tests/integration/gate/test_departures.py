"""People leave, and who has not yet is listed."""

from typing import Any

import pytest

from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.gate.recording import ADMIT, batch, rows
from tests.integration.refused import fields_refused
from tests.integration.staff.posting import problem_of

CARD: dict[str, Any] = {"identity_held": {"receipt": "A-017"}}
NO_CARD: dict[str, Any] = {}
VISITORS = "/v1/checkpoint/visitors"


@pytest.fixture
def visitors(api: Api, clock: Clock) -> list[str]:
    """The codes of two who are admitted for the day; the first one's card is kept."""
    trip = {"stay_until": clock().date().isoformat()}
    passes = api("POST", "/v1/declarations", form(clock(), 1, **trip)).json_body["passes"]
    codes = [each["code"] for each in passes]
    for code, more in zip(codes, (CARD, NO_CARD), strict=True):
        assert crosses(api, code, **ADMIT, **more).status_code == 201
    return codes


def crosses(api: Api, code: str, subject: str = "staff-1", **more: Any) -> Any:
    body = {"code": code, "checkpoint": "an-hoa", **more}
    return api("POST", "/v1/checkpoint/crossings", body, role="checkpoint", subject=subject)


def awaited(api: Api, question: str = "", role: str = "checkpoint", **more: Any) -> list[dict[str, Any]]:
    answer = api("GET", VISITORS + question, role=role, **more)
    assert answer.status_code == 200, answer.body
    assert answer.json_body["complete"]
    listed: list[dict[str, Any]] = answer.json_body["visitors"]
    return listed


def test_staff_see_who_may_leave_and_who_has_left(api: Api, clock: Clock, visitors: list[str]) -> None:
    code = visitors[0]
    path = f"/v1/checkpoint/passes/{code}"
    seen = api("GET", path, role="checkpoint").json_body
    assert (seen["verdict"], seen["may_leave"], seen["identity_held"]) == ("used", True, {"receipt": "A-017"})
    assert "left" not in seen
    clock.advance(hours=5)
    left = crosses(api, code, direction="out", identity_returned=True)
    assert left.status_code == 201, left.body
    assert {"direction": "out", "entered": "admitted", "identity_returned": True, **CARD}.items() <= (
        left.json_body.items()
    )
    seen = api("GET", path, role="checkpoint").json_body
    assert seen["left"] == {"recorded_at": left.json_body["recorded_at"], "checkpoint": "an-hoa"}
    assert (seen["verdict"], "may_leave" in seen, "identity_held" in seen) == ("used", False, False)


def test_the_hotline_reads_that_someone_has_left_and_nothing_of_the_decision(api: Api, visitors: list[str]) -> None:
    seen = api("GET", f"/v1/checkpoint/passes/{visitors[1]}", role="hotline").json_body
    assert not {"may_leave", "crossing"} & seen.keys()
    crosses(api, visitors[1], direction="out")
    seen = api("GET", f"/v1/checkpoint/passes/{visitors[1]}", role="hotline").json_body
    assert seen["left"]["checkpoint"] == "an-hoa"


def test_a_departure_sent_twice_is_one_and_anothers_is_refused_with_it(api: Api, visitors: list[str]) -> None:
    answers = [crosses(api, visitors[1], direction="out") for _ in range(2)]
    assert [each.headers.get("Idempotent-Replayed") for each in answers] == [None, "true"]
    assert answers[0].json_body == answers[1].json_body
    other = crosses(api, visitors[1], "staff-2", direction="out")
    assert problem_of(other) == (409, "departure_already_recorded")
    assert other.json_body["departure"].items() <= answers[0].json_body.items()
    assert len(rows("DEPARTURE#")) == 1


def test_the_list_has_who_has_not_left_until_they_leave(api: Api, clock: Clock, visitors: list[str]) -> None:
    first, second = awaited(api)
    assert (first["code"], first["identity_held"], first["checkpoint"]) == (visitors[0], {"receipt": "A-017"}, "an-hoa")
    assert (second["code"], "identity_held" in second) == (visitors[1], False)
    day = clock().date().isoformat()
    assert awaited(api, f"?day={day}&checkpoint=an-hoa") == [first, second]
    assert awaited(api, "?checkpoint=an-tinh") == awaited(api, "?day=2021-07-01") == []
    crosses(api, visitors[0], direction="out")
    assert [(each["code"], "left" in each) for each in awaited(api)] == [(visitors[0], True), (visitors[1], False)]
    crosses(api, visitors[0], direction="out", identity_returned=True)
    body = {"codes": visitors[1:], "checkpoint": "an-hoa", "direction": "out"}
    group = api("POST", "/v1/checkpoint/crossings/group", body, role="checkpoint").json_body
    assert (group["counts"]["recorded"], group["lines"][0]["departure"]["code"]) == (1, visitors[1])
    assert awaited(api) == []


def test_the_list_comes_in_pages(api: Api, visitors: list[str]) -> None:
    first = api("GET", f"{VISITORS}?limit=1", role="health").json_body
    assert ([each["code"] for each in first["visitors"]], first["complete"]) == (visitors[:1], False)
    second = api("GET", f"{VISITORS}?limit=1&cursor={first['cursor']}", role="health").json_body
    assert ([each["code"] for each in second["visitors"]], second["complete"]) == (visitors[1:], True)
    assert fields_refused(api("GET", f"{VISITORS}?cursor=x", role="health")) == [("/cursor", "cursor_unknown")]
    assert fields_refused(api("GET", f"{VISITORS}?day=today", role="health")) == [("/day", "time_invalid")]


def test_the_list_is_for_staff_who_see_health_answers(api: Api, visitors: list[str]) -> None:
    assert problem_of(api("GET", VISITORS, role="checkpoint", subject="newcomer")) == (403, "staff_not_posted")
    assert api("GET", VISITORS, role="hotline").status_code == 403
    assert len(awaited(api, role="health")) == len(visitors)


def test_a_batch_has_ways_out_too(api: Api, clock: Clock, visitors: list[str]) -> None:
    body = batch(clock, *({"code": code, "direction": "out"} for code in visitors))
    for _ in range(2):
        answer = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint")
        assert answer.status_code == 200, answer.body
    assert [each["outcome"] for each in answer.json_body["lines"]] == ["repeated"] * 2
    assert [each["identity_held"]["receipt"] for each in awaited(api)] == ["A-017"]


def test_what_cannot_be_is_refused_with_words(api: Api, clock: Clock, visitors: list[str]) -> None:
    refused = crosses(api, visitors[0], direction="out", temperature=36.6)
    assert fields_refused(refused) == [("/temperature", "field_of_other_direction")]
    assert fields_refused(crosses(api, visitors[0])) == [("/decision", "field_missing")]
    stays = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]["code"]
    assert fields_refused(crosses(api, stays, **ADMIT, **CARD)) == [("/identity_held", "identity_held_impossible")]
    crosses(api, stays, checkpoint="an-hoa", decision="refuse", reason="x")
    assert problem_of(crosses(api, stays, direction="out")) == (409, "pass_not_admitted")
