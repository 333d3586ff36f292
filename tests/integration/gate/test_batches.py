"""What a device kept without network."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.recording import ADMIT, batch, rows
from tests.integration.refused import fields_of, fields_refused


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
    assert [each["problem"]["code"] for each in lines[2:]] == ["invalid_input", "pass_unknown", "invalid_input"]
    assert lines[2]["problem"]["detail"] == "Vui lòng kiểm tra: thân nhiệt (lượt qua chốt 3) (và 1 mục khác)."
    assert fields_of(lines[4]["problem"]) == [("/crossings/4/code", "code_mistyped")]
    assert lines[4]["problem"]["detail"].startswith("Mã 16 ký tự (lượt qua chốt 5): ")
    assert [each["id"] for each in lines] == ["0", "1", "2", "3", "4"]
    assert "clock" not in answer.json_body
    again = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint").json_body
    assert [each["outcome"] for each in again["lines"]] == ["repeated", "conflict", "refused", "refused", "refused"]
    assert len(rows("CONFLICT#")) == 1


def test_an_answer_says_by_how_much_the_devices_clock_is_wrong(api: Api, clock: Clock, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    ahead = (clock() + timedelta(hours=1)).isoformat()
    body = batch(clock, {"code": code, "recorded_at": ahead}, sent_at=ahead)
    answer = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint", Accept_Language="en").json_body
    assert answer["clock"]["ahead_seconds"] == 3600
    assert "60 minutes ahead" in answer["clock"]["detail"]
    assert answer["lines"][0]["outcome"] == "recorded"
    behind = batch(clock, {"code": code}, sent_at=(clock() - timedelta(hours=2)).isoformat())
    behind["crossings"][0]["recorded_at"] = behind["sent_at"]
    warning = api("POST", "/v1/checkpoint/crossings/batch", behind, role="checkpoint").json_body["clock"]
    assert warning["ahead_seconds"] == -7200
    assert "chậm 120 phút" in warning["detail"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"crossings": []}, "/crossings"),
        ({"crossings": [{}] * 501}, "/crossings"),
        ({"sent_at": "yesterday"}, "/sent_at"),
        ({"device": ""}, "/device"),
    ],
)
def test_a_malformed_batch_is_refused_as_a_whole(api: Api, clock: Clock, changes: dict[str, Any], pointer: str) -> None:
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
    assert fields_refused(refused) == [("/crossings", "too_many_certificates")]
    body = batch(clock, {f"unknown-{number}": 0 for number in range(99)})
    (answered,) = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint").json_body["lines"]
    assert len(answered["problem"]["errors"]) == 5
