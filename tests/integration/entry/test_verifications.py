"""Phones are proven over the routes, on moto: what is stored, sent, answered and refused."""

import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.models.entry.codes import VERIFICATION, Code
from tests.forms import form, person
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock
from tests.integration.queues import batch, event, inserted, queued
from tests.integration.refused import fields_refused
from tests.tables import TABLES, client, rows

PHONE = "0912345678"
ASK = "/v1/phone-verifications"


def code_in(text: str) -> str:
    (code,) = re.findall(r"\b\d{6}\b", text)
    return str(code)


@pytest.fixture
def ask(api: Api, lambdas: Client, sent: list[tuple[str, str]]) -> Callable[..., tuple[str, str]]:
    """Ask for a code; gives the verification's id and the code that was sent."""

    def ask(phone: str = PHONE) -> tuple[str, str]:
        answer = api("POST", ASK, {"phone": phone})
        assert answer.status_code == 202, answer.body
        asked = answer.json_body["id"]
        lambdas.lambda_.invoke("notify", batch(json.dumps(event("verification_requested", Code.parse(asked)))))
        return asked, code_in(sent[-1][1])

    return ask


@pytest.fixture
def token(api: Api, ask: Callable[..., tuple[str, str]]) -> str:
    """A citizen token of `PHONE`."""
    asked, code = ask()
    return str(api("POST", f"{ASK}/{asked}/answer", {"one_time_code": code}).json_body["citizen_token"])


def refusal(answer: HTTPResponse) -> tuple[int, str]:
    return answer.status_code, answer.json_body["code"]


def test_the_code_that_was_texted_gets_a_token_and_a_declaration_with_it_is_proven(
    api: Api, ask: Callable[..., tuple[str, str]], sent: list[tuple[str, str]], clock: Clock
) -> None:
    asked, code = ask()
    assert sent[0][0] == "+84912345678"
    answer = api("POST", f"{ASK}/{asked}/answer", {"one_time_code": code})
    assert answer.status_code == 200, answer.body
    proven = answer.json_body
    assert datetime.fromisoformat(proven["expires_at"]) == clock() + timedelta(hours=12)
    bearer = f"Bearer {proven['citizen_token']}"
    declared = api("POST", "/v1/declarations", form(clock()), Authorization=bearer)
    assert declared.status_code == 201, declared.body
    seen = api("GET", f"/v1/checkpoint/passes/{declared.json_body['passes'][0]['code']}", role="checkpoint").json_body
    assert seen["origin"] == "proven"


def test_the_answer_says_when_to_ask_again_and_nothing_about_the_phone(api: Api, clock: Clock) -> None:
    api("POST", "/v1/declarations", form(clock()))
    known, unknown = (api("POST", ASK, {"phone": phone}) for phone in (PHONE, "0987654321"))
    for each in (known, unknown):
        body = each.json_body
        assert body.keys() == {"id", "expires_at", "resend_after"}
        assert datetime.fromisoformat(body["expires_at"]) == clock() + timedelta(minutes=10)
        assert datetime.fromisoformat(body["resend_after"]) == clock() + timedelta(minutes=1)
    differing = {name for name in known.headers if known.headers[name] != unknown.headers.get(name)}
    assert differing <= {"X-Request-Id"}


def test_a_phone_is_not_texted_too_often_and_the_answer_says_how_long_to_wait(api: Api, clock: Clock) -> None:
    assert api("POST", ASK, {"phone": PHONE}).status_code == 202
    clock.advance(seconds=10)
    soon = api("POST", ASK, {"phone": PHONE})
    assert (*refusal(soon), soon.headers["Retry-After"]) == (429, "verification_too_soon", "50")
    for _ in range(4):
        clock.advance(minutes=1)
        assert api("POST", ASK, {"phone": PHONE}).status_code == 202
    clock.advance(minutes=1)
    full = api("POST", ASK, {"phone": PHONE})
    assert refusal(full) == (429, "verifications_used_up")
    assert 23 * 3600 < int(full.headers["Retry-After"]) <= 24 * 3600


def test_of_many_requests_at_once_one_is_texted(api: Api, aws: dict[str, str]) -> None:
    from chalicelib.models.entry.verifications import VerificationForm
    from chalicelib.models.errors import DomainError
    from chalicelib.services.entry.verifications import request_verification
    from chalicelib.wiring.entry import verifier

    collaborators = verifier()

    def ask(_: int) -> str:
        try:
            request_verification(VerificationForm(phone=PHONE), verifier=collaborators)
        except DomainError as error:
            return error.code
        return "asked"

    with ThreadPoolExecutor(4) as threads:
        outcomes = sorted(threads.map(ask, range(8)))
    assert outcomes == ["asked", *["verification_too_soon"] * 7]
    assert len([row for row in rows("entries") if row["row"]["S"] == "REQUEST"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"phone": "+447911123456"}, "phone_not_texted"),
        ({"phone": "12"}, "phone_impossible"),
        ({"phone": "02763822233"}, "phone_impossible"),
        ({}, "field_missing"),
        ({"phone": None}, "wrong_type"),
    ],
)
def test_a_phone_that_gets_no_texts_is_a_problem_of_the_field(api: Api, body: dict[str, Any], code: str) -> None:
    assert fields_refused(api("POST", ASK, body)) == [("/phone", code)]


def test_wrong_codes_are_counted_down_and_after_five_tries_none_is_compared(
    api: Api, ask: Callable[..., tuple[str, str]]
) -> None:
    asked, code = ask()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    answers = [api("POST", f"{ASK}/{asked}/answer", {"one_time_code": wrong}) for _ in range(5)]
    assert [refusal(each) for each in answers] == [(422, "one_time_code_wrong")] * 5
    assert [each.json_body["tries_left"] for each in answers] == [4, 3, 2, 1, 0]
    assert refusal(api("POST", f"{ASK}/{asked}/answer", {"one_time_code": code})) == (410, "verification_tries_used_up")


def test_an_expired_verification_is_an_unknown_one(api: Api, ask: Callable[..., tuple[str, str]], clock: Clock) -> None:
    asked, code = ask()
    clock.advance(minutes=10)
    gone = api("POST", f"{ASK}/{asked}/answer", {"one_time_code": code})
    assert refusal(gone) == (404, "verification_unknown")
    for other in (str(Code.of(5, VERIFICATION)), str(Code.of(5, 0)), "nonsense", "%00", "X" * 300):
        unknown = api("POST", f"{ASK}/{other}/answer", {"one_time_code": code})
        assert {**unknown.json_body, "instance": ""} == {**gone.json_body, "instance": ""}


def test_a_verification_s_rows_lead_to_nobody_by_their_keys_and_leave_in_a_day(
    api: Api, ask: Callable[..., tuple[str, str]], clock: Clock, logged: StringIO
) -> None:
    asked, code = ask()
    api("POST", f"{ASK}/{asked}/answer", {"one_time_code": code})
    stored = rows("entries")
    # The former release reads no `language`.
    assert all("language" not in row["body"]["S"] for row in stored)
    kinds = sorted((row["declaration"]["S"].partition("#")[0], row["row"]["S"]) for row in stored)
    assert kinds == [("VERIFICATION", "REQUEST"), ("VERIFICATION", "TRY#1"), ("VERIFICATIONS", "000000")]
    day = int((clock() + timedelta(days=1)).timestamp())
    assert {int(row["expires_at"]["N"]) for row in stored} == {day}
    keys = json.dumps([[row["declaration"], row["row"]] for row in stored])
    everything = json.dumps([client("dynamodb").scan(TableName=table.lower())["Items"] for table in TABLES])
    for text in (keys, logged.getvalue()):
        assert "912345678" not in text
    assert code not in everything.replace(asked, "")
    assert code not in logged.getvalue()


def test_new_verifications_become_events_and_their_other_rows_do_not(lambdas: Client) -> None:
    code = Code.of(7, VERIFICATION)
    partition = f"VERIFICATION#{code.declaration}"
    new = inserted(
        *(
            {"declaration": {"S": declaration}, "row": {"S": row}}
            for declaration, row in (
                (partition, "REQUEST"),
                (partition, "TRY#1"),
                ("VERIFICATIONS#0123456789abcdef0123456789abcdef", "000000"),
            )
        )
    )
    lambdas.lambda_.invoke("fan_out", new)
    assert queued("messages") == [event("verification_requested", code)]
    assert (queued("tracing"), queued("declared"), queued("set_aside")) == ([], [], [])


@pytest.mark.parametrize(
    "partition", ["VERIFICATION", "VERIFICATION#", "VERIFICATION#short", "VERIFICATION#0123456789abc"]
)
def test_a_verification_that_is_none_of_ours_is_set_aside(lambdas: Client, partition: str) -> None:
    lambdas.lambda_.invoke("fan_out", inserted({"declaration": {"S": partition}, "row": {"S": "REQUEST"}}))
    assert (len(queued("set_aside")), queued("messages")) == (1, [])


def test_an_event_of_a_kind_that_a_worker_does_not_know_comes_again(
    lambdas: Client, sent: list[tuple[str, str]]
) -> None:
    """So a worker of the former release loses no event of the next one."""
    unknown = json.dumps({"kind": "of_the_next_release", "subject": str(Code.of(7, VERIFICATION))})
    assert lambdas.lambda_.invoke("notify", batch(unknown)).payload == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_a_code_is_texted_once_and_not_after_it_has_expired(
    api: Api, lambdas: Client, ask: Callable[..., tuple[str, str]], sent: list[tuple[str, str]], clock: Clock
) -> None:
    asked, _ = ask()
    again = batch(json.dumps(event("verification_requested", Code.parse(asked))))
    assert lambdas.lambda_.invoke("notify", again).payload == {"batchItemFailures": []}
    assert len(sent) == 1
    clock.advance(minutes=1)
    late = api("POST", ASK, {"phone": PHONE}).json_body["id"]
    clock.advance(minutes=10)
    lambdas.lambda_.invoke("notify", batch(json.dumps(event("verification_requested", Code.parse(late)))))
    assert len(sent) == 1
    outcomes = sorted(row["outcome"]["S"] for row in rows("messages") if "outcome" in row)
    assert outcomes == ["late", "sent"]
    assert "912345678" not in json.dumps(rows("messages"))


def test_each_verification_is_counted(api: Api, ask: Callable[..., tuple[str, str]], logged: StringIO) -> None:
    asked, code = ask()
    api("POST", ASK, {"phone": PHONE})
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for guess in (wrong, code):
        api("POST", f"{ASK}/{asked}/answer", {"one_time_code": guess})
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    counted = {name for line in lines for name in line if name.startswith("Verifications_")}
    assert counted == {f"Verifications_{what}" for what in ("requested", "refused", "wrong", "answered")}


def test_a_bad_token_is_refused_and_the_form_not_taken_as_unproven(
    api: Api, token: str, clock: Clock, issuer: Any
) -> None:
    body = form(clock())
    for authorization in ("Bearer nonsense", "Bearer", "Basic dTpw", "", f"Bearer {issuer.token('checkpoint')}", token):
        refused = api("POST", "/v1/declarations", body, Authorization=authorization)
        assert refusal(refused) == (401, "citizen_token_refused"), authorization
        assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    clock.advance(hours=12)
    expired = api("POST", "/v1/declarations", form(clock()), Authorization=f"Bearer {token}")
    assert refusal(expired) == (401, "citizen_token_expired")
    assert expired.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert [row for row in rows("entries") if row["row"]["S"] == "DECLARATION"] == []


def test_a_token_opens_nothing_of_staff_s(api: Api, token: str) -> None:
    answer = api("GET", "/v1/checkpoint/passes/0000-0000-0000-0000", Authorization=f"Bearer {token}")
    assert refusal(answer) == (401, "staff_token_refused")


def test_a_token_of_another_phone_is_a_problem_of_the_field(api: Api, token: str, clock: Clock) -> None:
    body = {**form(clock()), "traveller": person(3)}
    refused = api("POST", "/v1/declarations", body, Authorization=f"Bearer {token}")
    assert fields_refused(refused) == [("/traveller/phone", "phone_of_another_token")]


@pytest.mark.parametrize("first", [0, 1])
def test_a_repetition_with_a_token_or_without_gets_the_first_answer(
    api: Api, token: str, clock: Clock, first: int
) -> None:
    body = form(clock())
    ways: list[dict[str, str]] = [{}, {"Authorization": f"Bearer {token}"}]
    answers = [
        api("POST", "/v1/declarations", body, Idempotency_Key="a-key-that-nobody-else-has", **ways[way]).json_body
        for way in (first, 1 - first)
    ]
    assert answers[0] == answers[1]
    code = answers[0]["passes"][0]["code"]
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body
    assert seen["origin"] == ("unproven", "proven")[first]


def test_a_token_costs_a_declaration_no_call_to_aws(
    api: Api, token: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(operation)
        return call(operation, request)

    api("POST", "/v1/declarations", form(clock()))
    respond(monkeypatch, answer)
    assert api("POST", "/v1/declarations", form(clock()), Authorization=f"Bearer {token}").status_code == 201
    assert asked == ["PutItem"]


def test_what_a_verification_asks_of_dynamodb(
    api: Api, ask: Callable[..., tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function of the public may put and query. A transaction of puts needs the right to put."""
    asked, code = ask()
    operations: list[str] = []

    def answer(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        operations.append(operation)
        for step in request.get("TransactItems", ()):
            operations.extend(step)
        return call(operation, request)

    respond(monkeypatch, answer)
    assert api("POST", ASK, {"phone": "0987654321"}).status_code == 202
    assert api("POST", f"{ASK}/{asked}/answer", {"one_time_code": code}).status_code == 200
    assert operations == ["Query", "TransactWriteItems", "Put", "Put", "Query", "PutItem"]
