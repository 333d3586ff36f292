"""A vehicle in one call, an hour without network, corrections and conflicts, down to the database."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from tests.integration.conftest import Api, Clock, Submit
from tests.tables import client

ADMIT = {"checkpoint": "an-hoa", "decision": "admit"}


def rows(kind: str = "") -> list[str]:
    found = client("dynamodb").scan(TableName="entries", ConsistentRead=True)["Items"]
    own = [row["row"]["S"] for row in found if row["declaration"]["S"] not in ("CHANGES", "CONFLICTS")]
    return sorted(row for row in own if row.startswith(kind))


def batch(clock: Clock, *crossings: dict[str, Any], **changes: Any) -> dict[str, Any]:
    lines = [
        {"id": f"{number}", **ADMIT, "recorded_at": clock().isoformat(), **each}
        for number, each in enumerate(crossings)
    ]
    return {"device": "an-hoa-tablet-2", "sent_at": clock().isoformat(), "crossings": lines, **changes}


def test_a_full_bus_is_recorded_in_one_call_with_the_one_with_fever_told_apart(api: Api, submitted: Submit) -> None:
    codes = [each["code"] for each in submitted(companions=44)["passes"]]
    fever = {"code": codes[7], "temperature": 38.9, "decision": "isolate", "reason": "sốt"}
    body = {"codes": codes, **ADMIT, "temperature": 36.5, "exceptions": [fever]}
    answer = api("POST", "/v1/checkpoint/crossings/group", body, role="checkpoint")
    assert answer.status_code == 200, answer.body
    assert answer.json_body["counts"] == {"recorded": 45, "repeated": 0, "conflict": 0, "refused": 0}
    assert [each["code"] for each in answer.json_body["lines"]] == codes
    looked_up = api("GET", f"/v1/checkpoint/passes/{codes[7]}", role="checkpoint").json_body
    assert (looked_up["verdict"], looked_up["crossing"]["decision"]) == ("used", "isolate")
    assert len(rows("CROSSING#")) == 45


def test_a_crossing_sent_twice_is_counted_once(api: Api, submitted: Submit, logged: StringIO) -> None:
    code = submitted()["passes"][0]["code"]
    for _ in range(2):
        assert api("POST", "/v1/checkpoint/crossings", {"code": code, **ADMIT}, role="checkpoint").status_code == 201
    assert logged.getvalue().count('"Crossing_admit":1') == 1


def test_of_a_bus_all_or_nobody(api: Api, submitted: Submit) -> None:
    codes = [each["code"] for each in submitted(companions=19)["passes"]]

    def record(number: int) -> Any:
        body = {"codes": codes, **ADMIT}
        answer = api("POST", "/v1/checkpoint/crossings/group", body, role="checkpoint", subject=f"staff-{number + 1}")
        return answer.status_code, answer.json_body

    # One after the other, for moto's transactions are not safe against threads.
    answers = [record(number) for number in range(2)]
    assert [status for status, _ in answers] == [200, 409]
    refused = answers[1][1]
    assert (refused["code"], len(refused["lines"])) == ("group_refused", 20)
    assert refused["lines"][0]["problem"]["crossing"]["recorded_by"] == "staff-1"
    assert refused["lines"][0]["problem"]["detail"]


def test_an_hour_without_network_is_answered_line_by_line(api: Api, clock: Clock, submitted: Submit) -> None:
    first, second, third = (each["code"] for each in submitted(companions=2)["passes"])
    api("POST", "/v1/checkpoint/crossings", {"code": second, **ADMIT}, role="checkpoint", subject="staff-2")
    body = batch(
        clock,
        {"code": first, "temperature": 36.4},
        {"code": second},
        {"code": third, "temperature": 99, "decision": "perhaps"},
        {"code": "0000-0000-0000-0000"},
        {"code": "0000-0000-0000-0001"},
    )
    answer = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint")
    assert answer.status_code == 200, answer.body
    lines = answer.json_body["lines"]
    assert [each["outcome"] for each in lines] == ["recorded", "conflict", "refused", "refused", "refused"]
    assert lines[1]["crossing"]["recorded_by"] == "staff-2"
    pointers = [each["pointer"] for each in lines[2]["problem"]["errors"]]
    assert pointers == ["/crossings/2/temperature", "/crossings/2/decision"]
    assert [lines[3]["problem"]["code"], lines[4]["problem"]["code"]] == ["pass_unknown", "code_mistyped"]
    assert "clock" not in answer.json_body
    again = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint").json_body
    assert [each["outcome"] for each in again["lines"]] == ["repeated", "conflict", "refused", "refused", "refused"]
    assert len(rows("CONFLICT#")) == 1


def test_a_device_whose_clock_is_wrong_is_told(api: Api, clock: Clock, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    ahead = (clock() + timedelta(hours=1)).isoformat()
    body = batch(clock, {"code": code, "recorded_at": ahead}, sent_at=ahead)
    answer = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint", Accept_Language="en").json_body
    assert answer["clock"]["ahead_seconds"] == 3600
    assert "60 minutes ahead" in answer["clock"]["detail"]
    assert answer["lines"][0]["outcome"] == "recorded"
    behind = batch(clock, {"code": code}, sent_at=(clock() - timedelta(hours=2)).isoformat())
    behind["crossings"][0]["recorded_at"] = behind["sent_at"]
    told = api("POST", "/v1/checkpoint/crossings/batch", behind, role="checkpoint").json_body["clock"]
    assert told["ahead_seconds"] == -7200
    assert "chậm 120 phút" in told["detail"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"crossings": []}, "/crossings"),
        ({"crossings": [{}] * 501}, "/crossings"),
        ({"sent_at": "yesterday"}, "/sent_at"),
        ({"device": ""}, "/device"),
    ],
)
def test_a_batch_that_is_none_is_refused_whole(api: Api, clock: Clock, changes: dict[str, Any], pointer: str) -> None:
    answer = api(
        "POST",
        "/v1/checkpoint/crossings/batch",
        batch(clock, {"code": "0000-0000-0000-0000"}, **changes),
        role="checkpoint",
    )
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json_body["errors"]] == [pointer]


def test_500_crossings_go_in_one_call(api: Api, clock: Clock, submitted: Submit) -> None:
    codes = [each["code"] for _ in range(10) for each in submitted(companions=49)["passes"]]
    lines = [{"code": code, "temperature": 36.6, "documents_seen": ["identity_document"]} for code in codes]
    answer = api("POST", "/v1/checkpoint/crossings/batch", batch(clock, *lines), role="checkpoint")
    assert answer.status_code == 200, answer.body
    assert answer.json_body["counts"]["recorded"] == 500


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
    for _ in range(2):
        settled = api("POST", path, settlement, role="supervisor", subject="staff-3")
        assert (settled.status_code, settled.json_body["decision"]) == (201, "admit")
    own = api("POST", path, settlement, role="supervisor", subject="staff-1")
    assert (own.status_code, own.json_body["code"]) == (403, "conflict_of_oneself")
    refused = api("POST", path, {**settlement, "decision": "isolate"}, role="supervisor", subject="staff-3")
    assert (refused.status_code, refused.json_body["code"]) == (409, "conflict_settled")
    assert refused.json_body["settlement"]["reason"] == settlement["reason"]
    assert api("GET", "/v1/checkpoint/conflicts", role="supervisor", subject="staff-3").json_body["conflicts"] == []
    assert rows() == ["CONFLICT#0#" + name, "CORRECTION#0#000", "CROSSING#0", "DECLARATION", "SETTLEMENT#0#" + name]
    sent_again = api("POST", "/v1/checkpoint/crossings/batch", batch(clock, {"code": code}), role="checkpoint")
    assert sent_again.json_body["lines"][0]["outcome"] == "conflict"
    assert api("GET", "/v1/checkpoint/conflicts", role="supervisor", subject="staff-3").json_body["conflicts"] == []


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


def test_a_gate_learns_of_a_correction_with_its_next_sync(api: Api, clock: Clock, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    api("POST", "/v1/checkpoint/crossings", {"code": code, **ADMIT}, role="checkpoint")
    before = api("GET", "/v1/checkpoint/sync", role="checkpoint").json_body
    assert (before["checkpoint"], before["corrections"]) == ("an-hoa", [])
    for decision in ("isolate", "refuse"):
        clock.advance(seconds=1)
        body = {"code": code, "decision": decision, "reason": "đo lại: sốt"}
        assert api("POST", "/v1/checkpoint/corrections", body, role="checkpoint").status_code == 201
    delta = api("GET", f"/v1/checkpoint/sync?since={before['cursor']}", role="checkpoint").json_body
    assert not delta["complete"]
    assert [each["decision"] for each in delta["corrections"]] == ["isolate", "refuse"]
    assert {each["code"] for each in delta["corrections"]} == {code.replace("-", "")}
    assert "sốt" not in str(delta)


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


def test_a_pass_has_few_conflicts_and_each_device_and_person_their_own(
    api: Api, clock: Clock, submitted: Submit
) -> None:
    code = submitted()["passes"][0]["code"]
    refusal = {**ADMIT, "code": code, "decision": "refuse", "reason": "x"}
    api("POST", "/v1/checkpoint/crossings", refusal, role="checkpoint", subject="staff-9")
    isolated = {"decision": "isolate", "reason": "sốt"}
    for number, (guard, line) in enumerate((("staff-1", {}), ("staff-2", {}), ("staff-2", isolated))):
        body = batch(clock, {"code": code, **line})  # the same device and the same id of its own
        answer = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint", subject=guard)
        assert answer.json_body["lines"][0]["outcome"] == "conflict"
        assert len(rows("CONFLICT#")) == number + 1
    body = batch(clock, *({"code": code, "id": f"other-{number}"} for number in range(10)))
    lines = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint").json_body["lines"]
    assert [each["outcome"] for each in lines].count("conflict") == 2
    assert lines[-1]["problem"]["code"] == "too_many_conflicts"
    assert len(rows("CONFLICT#")) == 5


def test_a_batch_has_few_certificates_and_a_line_few_problems(api: Api, clock: Clock) -> None:
    line = {"code": "0000-0000-0000-0000", "certificates": ["HC1:A"] * 3}
    body = batch(clock, *[line] * 21)
    refused = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint")
    assert (refused.status_code, refused.json_body["code"]) == (422, "too_many_certificates")
    body = batch(clock, {f"unknown-{number}": 0 for number in range(99)})
    (answered,) = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint").json_body["lines"]
    assert len(answered["problem"]["errors"]) == 5


def test_eleven_corrections_stand_in_their_order(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    api("POST", "/v1/checkpoint/crossings", {"code": code, **ADMIT}, role="checkpoint")
    for number in range(11):
        body = {"code": code, "decision": "isolate", "reason": f"lần {number}"}
        answer = api("POST", "/v1/checkpoint/corrections", body, role="supervisor", subject="staff-3")
    assert [each["reason"] for each in answer.json_body["corrections"]] == [f"lần {number}" for number in range(11)]
