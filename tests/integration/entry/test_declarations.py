"""Declaring, through the routes."""

import json
from datetime import datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest

from tests.forms import form, person
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.logs import audited
from tests.integration.policy.drafts import SHIPPED
from tests.integration.refused import fields_refused
from tests.integration.staff.posting import change
from tests.tables import rows


def test_a_traveller_gets_a_pass_for_one_hour(api: Api, clock: Clock) -> None:
    answer = api("POST", "/v1/declarations", form(clock()))
    assert answer.status_code == 201, answer.body
    body = answer.json_body
    (own,) = body["passes"]
    assert own["masked_name"] == "NV THU"
    assert own["token"].startswith("TNP1:")
    assert datetime.fromisoformat(body["expires_at"]) == clock() + timedelta(hours=1)
    assert body["expires_at"].endswith("+07:00")
    assert own["links"]["self"] == f"https://pass.example/v1/passes/{own['code'].replace('-', '')}"
    assert answer.headers["Location"] == own["links"]["self"]
    assert [step["id"] for step in own["instructions"]] == [
        "test-at-gate",
        "isolate-at-facility-14",
        "report-to-commune",
    ]


def test_a_declaration_is_one_item_however_many_ride_along(api: Api, clock: Clock) -> None:
    answer = api("POST", "/v1/declarations", form(clock(), companions=50))
    assert answer.status_code == 201, answer.body
    assert len({own["code"] for own in answer.json_body["passes"]}) == 51
    assert len(rows("entries")) == 1


def test_the_same_key_and_body_give_the_first_answer(api: Api, clock: Clock) -> None:
    key, body = str(uuid4()), form(clock())
    first = api("POST", "/v1/declarations", body, Idempotency_Key=key)
    clock.advance(minutes=5)
    second = api("POST", "/v1/declarations", body, Idempotency_Key=key)
    assert second.status_code == first.status_code == 201
    assert second.json_body == first.json_body
    assert len(rows("entries")) == 1


def test_a_request_repeated_after_the_arrival_still_gets_the_first_answer(api: Api, clock: Clock) -> None:
    key, body = str(uuid4()), form(clock())
    first = api("POST", "/v1/declarations", body, Idempotency_Key=key)
    clock.advance(hours=3)
    second = api("POST", "/v1/declarations", body, Idempotency_Key=key)
    assert (second.status_code, second.json_body) == (201, first.json_body)


def test_the_same_key_with_another_body_is_refused(api: Api, clock: Clock) -> None:
    key = str(uuid4())
    api("POST", "/v1/declarations", form(clock()), Idempotency_Key=key)
    answer = api("POST", "/v1/declarations", form(clock(), purpose="work"), Idempotency_Key=key)
    assert (answer.status_code, answer.json_body["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["1", "aaaaaaaaaaaaaaaa", "abcdabcdabcdabcdabcd", "a-key with blanks in it", "k" * 129])
def test_a_weak_key_is_refused(api: Api, clock: Clock, key: str) -> None:
    answer = api("POST", "/v1/declarations", form(clock()), Idempotency_Key=key)
    assert (answer.status_code, answer.json_body["code"]) == (400, "idempotency_key_malformed")


@pytest.mark.parametrize(
    ("path", "sender"),
    [
        ("/v1/declarations", {}),
        ("/v1/partner/declarations", {"X_Api_Key": "a-partners-key"}),
        ("/v1/checkpoint/declarations", {"role": "checkpoint"}),
    ],
)
def test_a_form_without_a_key_is_refused_so_that_a_double_tap_makes_no_second_declaration(
    api: Api, clock: Clock, path: str, sender: dict[str, str]
) -> None:
    answer = api("POST", path, form(clock()), Idempotency_Key="", Accept_Language="en", **sender)
    assert (answer.status_code, answer.json_body["code"]) == (400, "idempotency_key_missing")
    assert "is recorded once" in answer.json_body["detail"]
    assert rows("entries") == []


def test_only_the_answer_to_a_repetition_says_that_it_is_one(api: Api, clock: Clock) -> None:
    key, body = str(uuid4()), form(clock())
    answers = [api("POST", "/v1/declarations", body, Idempotency_Key=key) for _ in range(2)]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]


def test_the_same_key_for_another_phone_is_another_declaration(api: Api, clock: Clock) -> None:
    key = str(uuid4())
    squatted = api("POST", "/v1/declarations", {**form(clock()), "traveller": person(7)}, Idempotency_Key=key)
    own = api("POST", "/v1/declarations", form(clock()), Idempotency_Key=key)
    assert (squatted.status_code, own.status_code) == (201, 201)
    assert own.json_body["declaration"] != squatted.json_body["declaration"]


def test_no_key_and_no_column_of_the_table_shows_a_phone_or_identity_number(api: Api, clock: Clock) -> None:
    api("POST", "/v1/declarations", form(clock()))
    (item,) = rows("entries")
    keys = json.dumps({name: value for name, value in item.items() if name != "body"})
    assert "912345678" not in keys
    assert "072090000000" not in keys


def test_staff_declare_for_someone_without_a_phone(api: Api, clock: Clock) -> None:
    body = {**form(clock()), "traveller": person(phone=None)}
    assert fields_refused(api("POST", "/v1/declarations", body)) == [("/traveller/phone", "phone_missing")]
    answer = api("POST", "/v1/checkpoint/declarations", body, role="checkpoint", subject="staff-9")
    assert answer.status_code == 201, answer.body
    code = answer.json_body["passes"][0]["code"]
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body
    assert (seen["declared_by"], seen["origin"]) == ("staff-9", "staff")


def test_to_declare_for_someone_needs_no_posting(api: Api, clock: Clock) -> None:
    answer = api("POST", "/v1/checkpoint/declarations", form(clock()), role="hotline", subject="newcomer")
    assert answer.status_code == 201, answer.body


def test_nobody_declares_for_a_closed_checkpoint(api: Api, clock: Clock) -> None:
    body, key = form(clock()), "a-key-that-nobody-else-has"
    first = api("POST", "/v1/declarations", body, Idempotency_Key=key)
    change(api, "an-hoa", open=False)
    refused = api("POST", "/v1/declarations", form(clock()))
    assert fields_refused(refused) == [("/trip/checkpoint", "checkpoint_closed")]
    assert "Chốt An Hòa đang tạm đóng." in refused.json_body["detail"]
    again = api("POST", "/v1/declarations", body, Idempotency_Key=key)
    assert (again.status_code, again.json_body) == (201, first.json_body)
    change(api, "an-hoa", open=True)
    assert api("POST", "/v1/declarations", form(clock())).status_code == 201


def test_the_traveller_and_staff_who_see_health_see_which_papers_are_required(api: Api, submitted: Submit) -> None:
    own = submitted()["passes"][0]
    (paper,) = own["papers_required"]
    assert paper == {
        "id": "negative-test-72",
        "document": "test_result",
        "test_within_hours": 72,
        "text": SHIPPED["papers"]["negative-test-72"]["vi"],
    }
    for role in ("checkpoint", "supervisor", "health"):
        seen = api("GET", f"/v1/checkpoint/passes/{own['code']}", role=role, Accept_Language="en").json_body
        assert seen["papers_required"][0]["text"] == SHIPPED["papers"]["negative-test-72"]["en"]
    assert "papers_required" not in api("GET", f"/v1/checkpoint/passes/{own['code']}", role="hotline").json_body


def test_a_declaration_for_others_leaves_an_audit_line(api: Api, clock: Clock, logged: StringIO) -> None:
    answer = api("POST", "/v1/checkpoint/declarations", form(clock(), 1), role="hotline", subject="operator")
    assert answer.status_code == 201, answer.body
    (line,) = audited(logged)
    assert (line["staff"], line["action"]) == ("operator", "declare for others")
    assert line["codes"] == [each["code"].replace("-", "") for each in answer.json_body["passes"]]
