"""A person in the Zalo mini app proves their phone, on moto and against a server that speaks as Zalo."""

import json
from datetime import datetime, timedelta
from io import StringIO

import pytest

from chalicelib import settings
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.standins.faults import Fault, Kind, always
from tests.standins.zalo import Zalo

SESSION = "/v1/zalo/session"
TOKENS = {"access_token": "user-token", "phone_token": "phone-token"}


def test_a_phone_that_zalo_names_is_proven_as_by_a_one_time_code(api: Api, zalo: Zalo, clock: Clock) -> None:
    tokens = zalo.sign_in("84912345678")._asdict()
    answer = api("POST", SESSION, tokens)
    assert answer.status_code == 200, answer.body
    assert datetime.fromisoformat(answer.json_body["expires_at"]) == clock() + timedelta(hours=12)
    bearer = f"Bearer {answer.json_body['citizen_token']}"
    declared = api("POST", "/v1/declarations", form(clock()), Authorization=bearer)
    seen = api("GET", f"/v1/checkpoint/passes/{declared.json_body['passes'][0]['code']}", role="checkpoint").json_body
    assert seen["origin"] == "proven"
    # The phone's token is used up.
    again = api("POST", SESSION, tokens)
    assert (again.status_code, again.json_body["code"]) == (422, "zalo_parameter_refused")


def test_a_number_of_a_country_that_gets_no_texts_is_proven_too(api: Api, zalo: Zalo) -> None:
    assert api("POST", SESSION, zalo.sign_in("66812345678")._asdict()).status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "code", "counted"),
    [
        (100, 422, "zalo_parameter_refused", "refused"),
        (112, 503, "zalo_app_not_linked", "failed"),
        (210, 403, "zalo_not_permitted", "refused"),
        (452, 422, "zalo_session_invalid", "refused"),
        (2500, 503, "zalo_request_malformed", "failed"),
        (12000, 429, "zalo_quota_used_up", "failed"),
        (12010, 429, "zalo_quota_used_up", "failed"),
        (-501, 503, "zalo_address_refused", "failed"),
        (-32, 503, "zalo_error_unknown", "failed"),
    ],
)
def test_each_error_of_zalo_has_its_own_answer(
    api: Api, zalo: Zalo, logged: StringIO, error: int, status: int, code: str, counted: str
) -> None:
    zalo.misbehave("phone", always(Fault(Kind.ERROR, error)))
    answer = api("POST", SESSION, TOKENS)
    assert (answer.status_code, answer.json_body["code"]) == (status, code)
    assert json.loads(logged.getvalue())[f"Zalo_session_{counted}"] == 1


@pytest.mark.parametrize(
    "fault", [*map(Fault, (Kind.EMPTY, Kind.GARBLED, Kind.HTML, Kind.CLOSES, Kind.LOST)), Fault(Kind.STATUS, 502)]
)
def test_an_answer_that_cannot_be_read_is_a_failure_of_zalo(api: Api, zalo: Zalo, fault: Fault) -> None:
    zalo.misbehave("phone", always(fault))
    answer = api("POST", SESSION, zalo.sign_in("84912345678")._asdict())
    assert (answer.status_code, answer.json_body["code"]) == (503, "zalo_unreachable")
    assert "Retry-After" in answer.headers


def test_zalo_that_does_not_answer_is_a_failure(api: Api, zalo: Zalo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZALO_GRAPH_URL", "http://127.0.0.1:1")
    settings.settings.cache_clear()
    assert api("POST", SESSION, TOKENS).json_body["code"] == "zalo_unreachable"


def test_a_stage_without_zalo_says_so(api: Api) -> None:
    answer = api("POST", SESSION, TOKENS)
    assert (answer.status_code, answer.json_body["code"]) == (404, "zalo_not_set_up")


@pytest.mark.parametrize("wrong", ["", "two words", "a\r\nb: c", "x" * 3000, "ế"])
def test_a_token_that_no_header_can_carry_is_refused_before_zalo_is_asked(api: Api, zalo: Zalo, wrong: str) -> None:
    assert api("POST", SESSION, {**TOKENS, "access_token": wrong}).status_code == 422


def test_no_token_and_no_number_is_logged(api: Api, zalo: Zalo, logged: StringIO) -> None:
    tokens = zalo.sign_in("84912345678")
    token = api("POST", SESSION, tokens._asdict()).json_body["citizen_token"]
    zalo.misbehave("phone", always(Fault(Kind.ERROR, -99)))
    api("POST", SESSION, tokens._asdict())
    for secret in (*tokens, "912345678", token, zalo.app_secret):
        assert secret not in logged.getvalue()
