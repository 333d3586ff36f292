"""Corrections of crossings."""

from io import StringIO

from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.recording import ADMIT, batch


def test_a_crossing_is_corrected_and_all_of_it_is_seen(api: Api, clock: Clock, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    correction = {"code": code, "decision": "isolate", "temperature": 38.2, "reason": "đo lại: sốt"}
    missing = api("POST", "/v1/checkpoint/corrections", correction, role="checkpoint")
    assert (missing.status_code, missing.json_body["code"]) == (404, "crossing_missing")
    api("POST", "/v1/checkpoint/crossings", {"code": code, **ADMIT}, role="checkpoint")
    for _ in range(2):
        answer = api("POST", "/v1/checkpoint/corrections", correction, role="checkpoint")
        assert answer.status_code == 201, answer.body
        assert answer.json_body["decision"] == "isolate"
        assert answer.json_body["crossing"]["decision"] == "admit"
        assert [each["reason"] for each in answer.json_body["corrections"]] == ["đo lại: sốt"]
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="health").json_body
    assert (seen["crossing"]["decision"], seen["corrections"][0]["decision"]) == ("admit", "isolate")
    assert "corrections" not in api("GET", f"/v1/checkpoint/passes/{code}", role="hotline").json_body


def test_a_guard_s_correction_does_nothing_that_a_crossing_may_not(api: Api, clock: Clock, submitted: Submit) -> None:
    revoked, settled = (each["code"] for each in submitted(companions=1)["passes"])
    api("POST", "/v1/checkpoint/revocations", {"code": revoked, "reason": "giả"}, role="health")
    refusal = {**ADMIT, "decision": "refuse", "reason": "x"}
    api("POST", "/v1/checkpoint/crossings", {**refusal, "code": revoked}, role="checkpoint")
    body = {"code": revoked, "decision": "admit", "reason": "thôi"}
    refused = api("POST", "/v1/checkpoint/corrections", body, role="checkpoint")
    assert (refused.status_code, refused.json_body["code"]) == (409, "pass_revoked")
    assert api("POST", "/v1/checkpoint/corrections", body, role="supervisor").status_code == 201
    # What a supervisor settled, only a supervisor overrules.
    api("POST", "/v1/checkpoint/crossings", {**refusal, "code": settled}, role="checkpoint", subject="staff-2")
    sent = api("POST", "/v1/checkpoint/crossings/batch", batch(clock, {"code": settled}), role="checkpoint").json_body
    path = f"/v1/checkpoint/conflicts/{sent['lines'][0]['conflict']['id']}/settlement"
    verdict = {"decision": "isolate", "reason": "sốt"}
    assert api("POST", path, verdict, role="supervisor", subject="staff-3").status_code == 201
    body = {**body, "code": settled}
    refused = api("POST", "/v1/checkpoint/corrections", body, role="checkpoint")
    assert (refused.status_code, refused.json_body["code"]) == (403, "correction_needs_supervisor")
    assert api("POST", "/v1/checkpoint/corrections", body, role="supervisor").status_code == 201


def test_a_correction_sent_twice_is_counted_once(api: Api, submitted: Submit, logged: StringIO) -> None:
    code = submitted()["passes"][0]["code"]
    api("POST", "/v1/checkpoint/crossings", {"code": code, **ADMIT}, role="checkpoint")
    for _ in range(2):
        body = {"code": code, "decision": "isolate", "reason": "sốt"}
        assert api("POST", "/v1/checkpoint/corrections", body, role="checkpoint").status_code == 201
    assert logged.getvalue().count('"Corrections":1') == 1


def test_eleven_corrections_stand_in_their_order(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    api("POST", "/v1/checkpoint/crossings", {"code": code, **ADMIT}, role="checkpoint")
    for number in range(11):
        body = {"code": code, "decision": "isolate", "reason": f"lần {number}"}
        answer = api("POST", "/v1/checkpoint/corrections", body, role="supervisor", subject="staff-3")
    assert [each["reason"] for each in answer.json_body["corrections"]] == [f"lần {number}" for number in range(11)]
