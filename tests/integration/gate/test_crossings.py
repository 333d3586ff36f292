"""Crossings of one person, and of everyone in a vehicle."""

from io import StringIO
from typing import Any

import pytest

from chalicelib.storage.staff.postings import Postings
from chalicelib.wiring import reference_table
from tests.forms import form, person
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.recording import ADMIT, CROSSING, ILL, rows
from tests.integration.refused import fields_refused
from tests.integration.staff.posting import change, crosses, post, posted, problem_of
from tests.tables import client


def test_only_the_answer_to_a_crossing_that_is_sent_again_says_so(api: Api, submitted: Submit) -> None:
    body = {"code": submitted()["passes"][0]["code"], **CROSSING}
    answers = [api("POST", "/v1/checkpoint/crossings", body, role="checkpoint") for _ in range(2)]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]
    assert answers[0].json_body == answers[1].json_body


def test_a_full_bus_is_recorded_in_one_call_with_an_exception_for_one_with_fever(api: Api, submitted: Submit) -> None:
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


def test_a_person_the_policy_stops_is_admitted_only_with_a_reason(api: Api, clock: Clock) -> None:
    issued = api("POST", "/v1/declarations", {**form(clock()), "traveller": person(health=ILL)}).json_body
    crossing = {"code": issued["passes"][0]["code"], **CROSSING}
    refused = api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint")
    assert fields_refused(refused) == [("/reason", "reason_missing_for_stop")]
    overruled = {**crossing, "reason": "Bác sĩ tại chốt đã khám"}
    assert api("POST", "/v1/checkpoint/crossings", overruled, role="checkpoint").status_code == 201


def test_a_crossing_repeated_with_its_documents_in_another_order_is_the_same(api: Api, submitted: Submit) -> None:
    crossing = {"code": submitted()["passes"][0]["code"], **CROSSING}
    first = api(
        "POST", "/v1/checkpoint/crossings", {**crossing, "documents_seen": ["other", "test_result"]}, role="checkpoint"
    )
    again = api(
        "POST", "/v1/checkpoint/crossings", {**crossing, "documents_seen": ["test_result", "other"]}, role="checkpoint"
    )
    assert (again.status_code, again.json_body) == (201, first.json_body)


def test_a_second_crossing_is_refused_with_the_first_decision_and_who_made_it(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    first = api("POST", "/v1/checkpoint/crossings", {"code": code.lower(), **CROSSING}, role="checkpoint")
    assert first.status_code == 201, first.body
    assert first.json_body["recorded_by"] == "staff-1"
    again = api("POST", "/v1/checkpoint/crossings", {"code": code, **CROSSING}, role="checkpoint")
    assert (again.status_code, again.json_body) == (201, first.json_body)
    other = api("POST", "/v1/checkpoint/crossings", {"code": code, **CROSSING}, role="checkpoint", subject="staff-2")
    assert (other.status_code, other.json_body["code"]) == (409, "crossing_already_recorded")
    assert other.json_body["crossing"]["recorded_by"] == "staff-1"
    assert other.json_body["crossing"]["recorded_by_name"] == "name of staff-1"
    assert other.json_body["crossing"]["decision"] == "admit"
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body
    assert (seen["verdict"], seen["crossing"]["decision"]) == ("used", "admit")


def test_an_expired_pass_is_not_admitted(api: Api, submitted: Submit, clock: Clock) -> None:
    code = submitted()["passes"][0]["code"]
    clock.advance(hours=1)
    admitted = api("POST", "/v1/checkpoint/crossings", {"code": code, **CROSSING}, role="checkpoint")
    assert (admitted.status_code, admitted.json_body["code"]) == (409, "pass_expired")
    refusal = {"code": code, **CROSSING, "decision": "refuse", "reason": "Hết hạn"}
    assert api("POST", "/v1/checkpoint/crossings", refusal, role="checkpoint").status_code == 201


@pytest.mark.parametrize("role", ["checkpoint", "supervisor"])
def test_staff_posted_elsewhere_or_nowhere_record_nothing_and_read_why(api: Api, submitted: Submit, role: str) -> None:
    code = submitted()["passes"][0]["code"]
    refused = crosses(api, "newcomer", code, role=role)
    assert problem_of(refused) == (403, "staff_not_posted")
    assert "newcomer" in refused.json_body["detail"]
    assert post(api, "newcomer", "an-tinh").status_code == 200
    refused = crosses(api, "newcomer", code, role=role)
    assert problem_of(refused) == (403, "staff_posted_elsewhere")
    assert refused.json_body["checkpoint"] == "an-tinh"
    assert api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body["verdict"] == "valid"
    assert post(api, "newcomer", "an-hoa").status_code == 200
    assert crosses(api, "newcomer", code, role=role).status_code == 201


def test_a_posting_that_another_process_made_a_moment_ago_counts_at_once(
    api: Api, submitted: Submit, clock: Clock
) -> None:
    code = submitted()["passes"][0]["code"]
    assert problem_of(crosses(api, "newcomer", code)) == (403, "staff_not_posted")
    Postings(reference_table(), clock=clock).change("newcomer", lambda _: posted("an-hoa", "newcomer", clock))
    assert crosses(api, "newcomer", code).status_code == 201


def test_a_database_that_does_not_answer_lets_nobody_act(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    client("dynamodb").delete_table(TableName="reference")
    assert problem_of(crosses(api, "staff-1", code)) == (503, "service_unavailable")


def test_at_a_closed_checkpoint_nobody_is_admitted_and_a_refusal_is_recorded(api: Api, submitted: Submit) -> None:
    before, refused, isolated = (each["code"] for each in submitted(companions=2)["passes"])
    first = crosses(api, "staff-1", before)
    change(api, "an-hoa", open=False)
    assert problem_of(crosses(api, "staff-1", refused)) == (409, "admission_at_closed_checkpoint")
    for code, decision in ((refused, "refuse"), (isolated, "isolate")):
        assert crosses(api, "staff-1", code, decision=decision, reason="chốt đóng").status_code == 201
    again = crosses(api, "staff-1", before)
    assert (again.status_code, again.json_body) == (201, first.json_body)
