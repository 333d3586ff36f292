"""Conflicts, and the supervisors who settle them."""

from io import StringIO

from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.recording import ADMIT, batch, rows


def test_a_supervisor_settles_a_conflict(api: Api, clock: Clock, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    refusal = {**ADMIT, "code": code, "decision": "refuse", "reason": "không có giấy tờ"}
    api("POST", "/v1/checkpoint/crossings", refusal, role="checkpoint", subject="staff-2")
    sent = api("POST", "/v1/checkpoint/crossings/batch", batch(clock, {"code": code}), role="checkpoint").json_body
    name = sent["lines"][0]["conflict"]["id"]
    assert api("GET", "/v1/checkpoint/conflicts", role="checkpoint").status_code == 403
    (found,) = api("GET", "/v1/checkpoint/conflicts", role="supervisor", subject="staff-3").json_body["conflicts"]
    assert (found["id"], found["kind"], found["decision"]) == (name, "decided_otherwise", "refuse")
    assert found["standing"]["recorded_by"] == "staff-2"
    assert found["recorded_without_network"]["offline"]["device"] == "an-hoa-tablet-2"
    settlement = {"decision": "admit", "reason": "đã xem giấy tờ qua điện thoại"}
    path = f"/v1/checkpoint/conflicts/{name}/settlement"
    assert api("POST", path, settlement, role="checkpoint").status_code == 403
    for replayed in (None, "true"):
        settled = api("POST", path, settlement, role="supervisor", subject="staff-3")
        assert settled.headers.get("Idempotent-Replayed") == replayed
        assert (settled.status_code, settled.json_body["decision"]) == (201, "admit")
    own = api("POST", path, settlement, role="supervisor", subject="staff-1")
    assert (own.status_code, own.json_body["code"]) == (403, "conflict_of_oneself")
    refused = api("POST", path, {**settlement, "decision": "isolate"}, role="supervisor", subject="staff-3")
    assert (refused.status_code, refused.json_body["code"]) == (409, "conflict_settled")
    assert refused.json_body["settlement"]["reason"] == settlement["reason"]
    assert api("GET", "/v1/checkpoint/conflicts", role="supervisor", subject="staff-3").json_body["conflicts"] == []
    assert rows() == ["CONFLICT#0#000", "CORRECTION#0#000", "CROSSING#0", "DECLARATION", "SETTLEMENT#0#" + name]
    sent_again = api("POST", "/v1/checkpoint/crossings/batch", batch(clock, {"code": code}), role="checkpoint")
    assert sent_again.json_body["lines"][0]["outcome"] == "conflict"
    assert api("GET", "/v1/checkpoint/conflicts", role="supervisor", subject="staff-3").json_body["conflicts"] == []


def test_a_conflict_and_its_settlement_sent_twice_are_counted_once(
    api: Api, clock: Clock, submitted: Submit, logged: StringIO
) -> None:
    code = submitted()["passes"][0]["code"]
    refusal = {**ADMIT, "code": code, "decision": "refuse", "reason": "không có giấy tờ"}
    api("POST", "/v1/checkpoint/crossings", refusal, role="checkpoint", subject="staff-2")
    for _ in range(2):
        sent = api("POST", "/v1/checkpoint/crossings/batch", batch(clock, {"code": code}), role="checkpoint")
    path = f"/v1/checkpoint/conflicts/{sent.json_body['lines'][0]['conflict']['id']}/settlement"
    for _ in range(2):
        settlement = {"decision": "admit", "reason": "đã xem giấy tờ"}
        assert api("POST", path, settlement, role="supervisor", subject="staff-3").status_code == 201
    assert [logged.getvalue().count(f'"{metric}":1') for metric in ("Conflicts", "Settlements")] == [1, 1]


def test_a_long_list_of_conflicts_is_read_page_by_page(api: Api, clock: Clock, submitted: Submit) -> None:
    codes = [each["code"] for each in submitted(companions=2)["passes"]]
    clock.advance(hours=2)
    for code in codes:
        clock.advance(seconds=1)
        api("POST", "/v1/checkpoint/crossings/batch", batch(clock, {"code": code}), role="checkpoint")
    path = "/v1/checkpoint/conflicts?limit=2"
    first = api("GET", path, role="supervisor", subject="staff-3").json_body
    second = api("GET", f"{path}&cursor={first['cursor']}", role="supervisor", subject="staff-3").json_body
    assert (first["complete"], second["complete"], "cursor" in second) == (False, True, False)
    found = [each["code"] for page in (first, second) for each in page["conflicts"]]
    assert sorted(found) == sorted(codes)


def test_a_conflict_without_an_earlier_crossing_is_the_pass_s_crossing_too(
    api: Api, clock: Clock, submitted: Submit
) -> None:
    code = submitted()["passes"][0]["code"]
    clock.advance(hours=2)
    sent = api("POST", "/v1/checkpoint/crossings/batch", batch(clock, {"code": code}), role="checkpoint").json_body
    assert sent["lines"][0]["conflict"]["kind"] == "expired"
    assert api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body["verdict"] == "used"
    (found,) = api("GET", "/v1/checkpoint/conflicts?checkpoint=an-hoa", role="supervisor", subject="staff-3").json_body[
        "conflicts"
    ]
    assert found["standing"] == found["recorded_without_network"]
    assert (
        api("GET", "/v1/checkpoint/conflicts?checkpoint=ben-cui", role="supervisor", subject="staff-3").json_body[
            "conflicts"
        ]
        == []
    )
