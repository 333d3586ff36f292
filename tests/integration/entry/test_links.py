"""What the link of a pass opens, and what the one in a text proves."""

import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pytest
from chalice.test import Client

from chalicelib import settings, wiring
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.links import LinkKind
from chalicelib.services.entry.links import secret_for
from tests.forms import form, person
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.queues import batch, event
from tests.tables import rows


def text_secret(code: str) -> str:
    return secret_for(LinkKind.TEXT, Code.parse(code), wiring.keyed_hash())


def opened(api: Api, code: str, secret: str, **headers: str) -> dict[str, Any]:
    answer = api("POST", f"/v1/passes/{code}/open", X_Pass_Secret=secret, **headers)
    assert answer.status_code == 200, answer.body
    assert answer.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = answer.json_body
    return body


def proofs() -> list[dict[str, Any]]:
    return [row for row in rows("entries") if row["row"]["S"] == "PROOF"]


def origin(api: Api, code: str) -> str:
    """As staff see it."""
    seen: str = api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body["origin"]
    return seen


def test_a_link_shows_its_holder_what_the_declaration_did(api: Api, submitted: Submit) -> None:
    own, companion = submitted(companions=1)["passes"]
    for each in (own, companion):
        seen = opened(api, each["code"], each["secret"])
        assert (seen.pop("state"), seen.pop("origin"), seen.pop("checkpoint")) == ("valid", "unproven", "an-hoa")
        assert seen == {name: value for name, value in each.items() if name != "person"}
        assert seen["links"]["page"] == f"https://pass.example/p#{each['code'].replace('-', '')}{each['secret']}"
    assert opened(api, own["code"], own["secret"], Accept_Language="en")["instructions"] != own["instructions"]
    assert proofs() == []


def test_the_link_in_the_text_proves_the_traveller_s_phone_once(
    api: Api, clock: Clock, lambdas: Client, sent: list[tuple[str, str]]
) -> None:
    own = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]
    declared = json.dumps(event("declaration_submitted", Code.parse(own["code"])))
    lambdas.lambda_.invoke("notify_declared", batch(declared))
    ((phone, text),) = sent
    page, _, fragment = text.rpartition(" ")[2].partition("#")
    assert (phone, page) == ("+84912345678", "https://pass.example/p")
    code, secret = fragment[:16], fragment[16:]
    assert secret != own["secret"]
    assert origin(api, code) == "unproven"

    clock.advance(minutes=5)
    first = opened(api, code, secret)
    assert (first["origin"], origin(api, code)) == ("proven", "proven")
    clock.advance(minutes=5)
    assert opened(api, code, secret) == first
    (proof,) = proofs()
    assert json.loads(proof["body"]["S"]).keys() == {"recorded_at"}
    # It is not handed on: what the page gives to be shared proves nothing.
    assert first["secret"] == own["secret"]


def test_neither_the_sender_nor_a_companion_proves_the_traveller_s_phone(api: Api, clock: Clock) -> None:
    body = form(clock(), companions=1)
    own, companion = api("POST", "/v1/declarations", body).json_body["passes"]
    opened(api, own["code"], own["secret"])
    assert opened(api, companion["code"], text_secret(companion["code"]))["origin"] == "unproven"
    assert api("GET", f"/v1/passes/{own['code']}/qr.svg", X_Pass_Secret=text_secret(own["code"])).status_code == 200
    assert proofs() == []


def test_what_staff_declared_is_not_written_about_again(api: Api, clock: Clock) -> None:
    body = {**form(clock()), "companions": [person(1)]}
    passes = api("POST", "/v1/checkpoint/declarations", body, role="checkpoint").json_body["passes"]
    for each in passes:
        assert opened(api, each["code"], text_secret(each["code"]))["origin"] == "staff"
    assert proofs() == []


def test_two_phones_that_follow_a_link_at_once_leave_one_proof(
    api: Api, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = submitted()["passes"][0]["code"]
    secret, within = text_secret(code), False

    def follow_first(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        nonlocal within
        if operation == "PutItem" and not within:
            within = True
            assert opened(api, code, secret)["origin"] == "proven"
        return call(operation, request)

    respond(monkeypatch, follow_first)
    assert opened(api, code, secret)["origin"] == "proven"
    assert within
    assert len(proofs()) == 1


def test_maintenance_shows_a_pass_and_writes_nothing(
    api: Api, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = submitted()["passes"][0]
    monkeypatch.setenv("MAINTENANCE", "true")
    settings.settings.cache_clear()
    seen = opened(api, own["code"], text_secret(own["code"]))
    assert (seen["token"], seen["origin"], proofs()) == (own["token"], "unproven", [])


def test_a_repeated_declaration_gets_the_same_links(api: Api, clock: Clock) -> None:
    body = form(clock(), companions=2)
    first, again = (
        api("POST", "/v1/declarations", body, Idempotency_Key="a-key-of-a-test-0001").json_body for _ in range(2)
    )
    assert first == again
    assert len({each["secret"] for each in first["passes"]}) == 3


def test_no_log_has_a_secret_or_a_link(api: Api, submitted: Submit, logged: StringIO) -> None:
    own = submitted()["passes"][0]
    secret = text_secret(own["code"])
    opened(api, own["code"], secret)
    for given in (own["secret"], secret, own["secret"][:-1]):
        api("GET", f"/v1/passes/{own['code']}/qr.svg", X_Pass_Secret=given)
        api("GET", f"/v1/passes/{own['code']}/qr.png?size=0", X_Pass_Secret=given)
    lines = logged.getvalue()
    assert lines.count("/v1/passes/{code}") == 7
    assert not any(each in lines for each in (own["secret"], secret, own["secret"][:-1], own["code"].replace("-", "")))


def test_pages_of_listed_origins_may_send_a_secret(
    api: Api, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = submitted()["passes"][0]
    monkeypatch.setenv("CORS_ORIGINS", "https://h5.example")
    settings.settings.cache_clear()
    asked = api.client.http.request(
        "OPTIONS", "/v1/passes/0000-0000-0000-0000/open", headers={"Origin": "https://h5.example"}
    )
    assert "X-Pass-Secret" in asked.headers["Access-Control-Allow-Headers"].split(", ")
    # What a cache keeps is for one origin and one secret.
    picture = api("GET", f"/v1/passes/{own['code']}/qr.svg", X_Pass_Secret=own["secret"], Origin="https://h5.example")
    assert {"Origin", "X-Pass-Secret"} <= set(picture.headers["Vary"].split(", "))
