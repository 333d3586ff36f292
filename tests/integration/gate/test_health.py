"""Staff of the gates see health answers while they are posted, and not after."""

from typing import Any

import pytest

from tests.forms import person
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.looking import BUS, CARD, CHECKS, MANIFEST, SEARCH, Declare
from tests.integration.gate.recording import ADMIT, CROSSING, ILL, batch
from tests.integration.gate.revoking import REASON, REVOCATIONS, revoke
from tests.integration.staff.posting import post, problem_of

REVEALING = ("health", "findings", "instructions", "papers_required", "crossing", "corrections", "open_conflicts")


@pytest.fixture
def ill(api: Api, traced: Declare) -> dict[str, Any]:
    """A pass of someone ill, who was isolated and whose pass was revoked."""
    issued: dict[str, Any] = traced(traveller=person(health=ILL), transport=BUS)["passes"][0]
    isolated = {"code": issued["code"], **CROSSING, "temperature": 39.2, "decision": "isolate", "reason": "sốt"}
    assert api("POST", "/v1/checkpoint/crossings", isolated, role="checkpoint").status_code == 201
    assert revoke(api, issued["code"]).status_code == 201
    return issued


@pytest.mark.parametrize("role", ["checkpoint", "supervisor"])
def test_a_guard_who_is_posted_nowhere_sees_no_health_answer_and_nothing_that_reveals_one(
    api: Api, ill: dict[str, Any], role: str
) -> None:
    looks: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/checkpoint/passes/{ill['code']}", None),
        ("POST", CHECKS, {"qr": ill["token"]}),
    ]
    for method, path, body in looks:
        posted = api(method, path, body, role=role, subject="staff-1").json_body
        assert set(REVEALING[:5]) <= posted.keys()
        assert posted["revocation"]["reason"] == REASON
        seen = api(method, path, body, role=role, subject="newcomer").json_body
        assert not seen.keys() & set(REVEALING)
        assert seen["verdict"] == posted["verdict"]
        assert "reason" not in seen["revocation"]
        assert seen == {**api(method, path, body, role="hotline").json_body, "checked_at": seen["checked_at"]}
    found: list[tuple[str, str, Any, str]] = [
        ("POST", CHECKS, {"qr": CARD}, "found"),
        ("POST", SEARCH, {"plate": BUS["plate"]}, "passes"),
        ("GET", f"{MANIFEST}?code={ill['code']}", None, "passes"),
    ]
    for method, path, body, listed in found:
        (posted,) = api(method, path, body, role=role, subject="staff-1").json_body[listed]
        assert posted["finding_level"] == "stop"
        (seen,) = api(method, path, body, role=role, subject="newcomer").json_body[listed]
        assert not seen.keys() & {"finding_level", "findings"}


def test_health_is_seen_for_an_hour_after_a_posting_has_ended(api: Api, ill: dict[str, Any], clock: Clock) -> None:
    def sees() -> bool:
        return "health" in api("GET", f"/v1/checkpoint/passes/{ill['code']}", role="checkpoint").json_body

    assert sees()
    post(api, "staff-1", None)
    clock.advance(minutes=59)
    assert sees()
    clock.advance(minutes=1)
    assert not sees()
    post(api, "staff-1", "an-tinh")
    assert sees()


def test_health_officers_need_no_posting(api: Api, ill: dict[str, Any]) -> None:
    seen = api("GET", f"/v1/checkpoint/passes/{ill['code']}", role="health", subject="newcomer").json_body
    assert seen["health"]["symptoms"] == ["fever"]


def test_certificates_and_conflicts_are_for_those_who_are_posted(api: Api) -> None:
    for role in ("checkpoint", "supervisor"):
        answer = api("POST", CHECKS, {"qr": "HC1:NCF"}, role=role, subject="newcomer")
        assert problem_of(answer) == (403, "staff_not_posted")
    listed = api("GET", "/v1/checkpoint/conflicts", role="supervisor", subject="newcomer")
    assert problem_of(listed) == (403, "staff_not_posted")


def test_a_refused_revocation_tells_a_supervisor_who_is_posted_nowhere_no_reason(api: Api, ill: dict[str, Any]) -> None:
    again = {"code": ill["code"], "reason": "khác"}
    refused = api("POST", REVOCATIONS, again, role="supervisor", subject="newcomer")
    assert problem_of(refused) == (409, "pass_already_revoked")
    assert refused.json_body["revocation"].keys() >= {"recorded_at", "recorded_by"}
    assert "reason" not in refused.json_body["revocation"]
    posted = api("POST", REVOCATIONS, again, role="supervisor", subject="staff-1")
    assert posted.json_body["revocation"]["reason"] == REASON


def test_what_is_sent_after_the_shift_gets_no_crossing_of_others(api: Api, ill: dict[str, Any], clock: Clock) -> None:
    post(api, "newcomer", "an-hoa")
    kept = batch(clock, {"code": ill["code"], **ADMIT, "reason": "đã khai"})
    clock.advance(minutes=5)
    post(api, "newcomer", None)
    clock.advance(minutes=61)
    kept["sent_at"] = clock().isoformat()
    (line,) = api("POST", "/v1/checkpoint/crossings/batch", kept, role="checkpoint", subject="newcomer").json_body[
        "lines"
    ]
    assert line["outcome"] == "conflict"
    assert "crossing" not in line


def test_a_device_whose_guard_is_posted_nowhere_gets_no_decisions_and_all_of_them_once_they_are_posted(
    api: Api, submitted: Submit
) -> None:
    code = submitted()["passes"][0]["code"]
    api("POST", "/v1/checkpoint/crossings", {"code": code, **ADMIT}, role="checkpoint")
    correction = {"code": code, "decision": "isolate", "reason": "đo lại: sốt"}
    assert api("POST", "/v1/checkpoint/corrections", correction, role="checkpoint").status_code == 201
    nowhere = api("GET", "/v1/checkpoint/sync", role="checkpoint", subject="newcomer").json_body
    assert (nowhere["corrections"], nowhere["cursor"]) == ([], "")
    post(api, "newcomer", "an-hoa")
    since = f"/v1/checkpoint/sync?since={nowhere['cursor']}"
    posted = api("GET", since, role="checkpoint", subject="newcomer").json_body
    assert posted["complete"]
    assert [each["decision"] for each in posted["corrections"]] == ["isolate"]


def test_the_hotline_does_not_learn_that_a_trip_is_medical_or_a_whole_identity_number(
    api: Api, traced: Declare
) -> None:
    medical = traced(transport=BUS, purpose="medical")["passes"][0]
    traced(traveller=person(1), transport=BUS, purpose="visit")
    looks: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/checkpoint/passes/{medical['code']}", None),
        ("POST", CHECKS, {"qr": medical["token"]}),
        ("POST", SEARCH, {"phone": "0912345678"}),
        ("POST", SEARCH, {"plate": BUS["plate"]}),
        ("GET", f"{MANIFEST}?code={medical['code']}", None),
        ("GET", f"{MANIFEST}?plate={BUS['plate']}", None),
    ]
    for method, path, body in looks:
        shown = api(method, path, body, role="hotline").body.decode()
        assert "72090000" in api(method, path, body, role="health").body.decode()
        assert "medical" not in shown
        assert "purpose" not in shown
        assert "72090000" not in shown
        assert '"********0000"' in shown
    seen = api("GET", f"/v1/checkpoint/passes/{medical['code']}", role="checkpoint").json_body
    assert (seen["trip"]["purpose"], seen["person"]["identity"]["number"]) == ("medical", "072090000000")
