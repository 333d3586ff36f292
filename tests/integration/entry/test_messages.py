"""What was sent about a pass, for its holder and for staff, on moto."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import pass_of
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.storage.entry.requests import Requests
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.logs import audited
from tests.integration.queues import batch, event
from tests.tables import by_botocore


@pytest.fixture
def admitted(api: Api, clock: Clock, lambdas: Client, sent: list[tuple[str, str]]) -> dict[str, Any]:
    """The traveller's pass, which was used: two messages were sent."""
    own: dict[str, Any] = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]
    code = Code.parse(own["code"])
    lambdas.lambda_.invoke("notify_declared", batch(json.dumps(event("declaration_submitted", code))))
    clock.advance(minutes=5)
    crossing = {"code": own["code"], "checkpoint": "an-hoa", "temperature": 36.6, "decision": "admit"}
    assert api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint").status_code == 201
    lambdas.lambda_.invoke("notify", batch(json.dumps(event("crossing_recorded", code))))
    assert len(sent) == 2
    return own


def subjects(api: Api, code: str, role: str) -> list[str]:
    answer = api("GET", f"/v1/checkpoint/passes/{code}/messages", role=role)
    assert answer.status_code == 200, answer.body
    return [each["subject"] for each in answer.json_body["messages"]]


def test_the_holder_reads_what_was_sent_and_neither_text_nor_phone(
    api: Api, clock: Clock, admitted: dict[str, Any]
) -> None:
    seen = api("GET", f"/v1/passes/{admitted['code']}/messages", X_Pass_Secret=admitted["secret"])
    assert seen.status_code == 200, seen.body
    first, second = seen.json_body["messages"]
    sent_at = clock().isoformat()
    assert second == {
        "subject": "admitted",
        "channel": "sms",
        "outcome": "sent",
        "state": "sent",
        "sent_at": sent_at,
        "state_at": sent_at,
    }
    assert (first["subject"], first["sent_at"] < sent_at) == ("declared", True)


def test_only_the_secret_of_the_pass_opens_the_list(api: Api, clock: Clock) -> None:
    own, companion = api("POST", "/v1/declarations", form(clock(), companions=1)).json_body["passes"]
    path = f"/v1/passes/{own['code']}/messages"
    for secret in ("", companion["secret"], "0" * 13):
        answer = api("GET", path, X_Pass_Secret=secret)
        assert (answer.status_code, answer.json_body["code"]) == (403, "pass_secret_wrong")
    assert api("GET", path, X_Pass_Secret=own["secret"]).json_body == {"messages": []}


def test_staff_see_what_was_sent_and_each_look_is_audited(api: Api, admitted: dict[str, Any], logged: StringIO) -> None:
    assert subjects(api, admitted["code"], "checkpoint") == ["declared", "admitted"]
    (line,) = audited(logged)
    assert (line["action"], line["codes"]) == ("look up messages", [admitted["code"].replace("-", "")])


def test_who_may_not_know_the_decision_does_not_see_that_the_message_about_it_was_sent(
    api: Api, clock: Clock, admitted: dict[str, Any]
) -> None:
    assert subjects(api, admitted["code"], "hotline") == ["declared"]
    code = Code.parse(admitted["code"])
    restriction = Restriction(restricted=True, recorded_at=clock(), recorded_by="administrator")
    requests = Requests(by_botocore().entries, retention=timedelta(days=30))
    assert requests.append_restriction(pass_of(code, requests.find(code)), restriction)
    assert subjects(api, admitted["code"], "checkpoint") == ["declared"]
    # A restriction hides nothing from the person.
    own = api("GET", f"/v1/passes/{admitted['code']}/messages", X_Pass_Secret=admitted["secret"])
    assert len(own.json_body["messages"]) == 2


def test_a_code_that_is_mistyped_or_of_no_pass_is_refused(api: Api, logged: StringIO) -> None:
    for code, refusal in (
        ("1234", (400, "code_mistyped")),
        ("0000-0000-0000-0000", (404, "pass_unknown")),
    ):
        answer = api("GET", f"/v1/checkpoint/passes/{code}/messages", role="checkpoint")
        assert (answer.status_code, answer.json_body["code"]) == refusal
    assert audited(logged) == []
