"""All routes: headers, failures, maintenance."""

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest

from chalicelib import settings
from chalicelib.http import openapi
from chalicelib.http.deprecations import Deprecation
from chalicelib.http.routes import _OPERATIONS, serve
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.tables import client


def test_every_answer_carries_a_request_id_and_is_not_stored(api: Api, clock: Clock) -> None:
    for answer in (
        api("GET", "/v1/health"),
        api("POST", "/v1/declarations", form(clock())),
        api("POST", "/v1/declarations", b""),
    ):
        assert answer.headers["X-Request-Id"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_operation_that_will_end_says_so_in_every_answer_and_in_the_document(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = Deprecation(date(2026, 12, 1), date(2027, 6, 30), "`GET /v1/checkpoints`")
    route = ("GET", "/v1/health")
    assert "Deprecation" not in api(*route).headers
    monkeypatch.setitem(_OPERATIONS, route, _OPERATIONS[route]._replace(deprecated=ending))
    openapi._document.cache_clear()
    headers = api(*route, Origin="https://h5.example").headers
    assert headers["Deprecation"] == "@1796083200"
    assert headers["Sunset"] == "Wed, 30 Jun 2027 00:00:00 GMT"
    assert headers["Link"] == '<https://pass.example/docs>; rel="deprecation"; type="text/html"'
    described = api("GET", "/v1/openapi.json").json_body["paths"]["/v1/health"]["get"]
    openapi._document.cache_clear()
    assert (described["deprecated"], described["x-sunset"]) == (True, "2027-06-30")
    assert "**Ends on 2027-06-30.** Instead: `GET /v1/checkpoints`." in described["description"]


def test_an_end_is_announced_half_a_year_before() -> None:
    with pytest.raises(AssertionError):
        serve("GET", "/x", summary="", tag="", deprecated=Deprecation(date(2026, 12, 1), date(2027, 6, 1), "nothing"))


OF_A_CALLER = "0AF7651916CD43DD8448EB211C80319C"


@pytest.mark.parametrize("sent", [OF_A_CALLER, "5e2f4a86-0f5d-4b0e-9d3a-2b1c7f8a9e10"])
def test_a_callers_own_request_id_is_logged_and_answered_beside_ours(api: Api, logged: StringIO, sent: str) -> None:
    for path in ("/v1/health", "/v1/passes/MISTYPED"):
        answer = api("GET", path, X_Request_Id=sent)
        assert answer.headers["X-Client-Request-Id"] == sent
        assert answer.headers["X-Request-Id"] != sent
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert [line["client_request_id"] for line in lines] == [sent, sent]
    assert all(line["request_id"] != sent for line in lines)


@pytest.mark.parametrize("sent", ["0912345678", "072090000123", "Nguyễn Văn An", "x" * 36, OF_A_CALLER + "0"])
def test_a_request_id_that_may_be_a_persons_data_is_neither_logged_nor_answered(
    api: Api, logged: StringIO, sent: str
) -> None:
    answer = api("GET", "/v1/health", X_Request_Id=sent)
    assert "X-Client-Request-Id" not in answer.headers
    assert sent not in logged.getvalue()


PROTECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def test_a_browser_is_kept_from_misusing_any_answer(api: Api, clock: Clock) -> None:
    own = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]
    for answer in (
        api("GET", f"/v1/passes/{own['code']}/qr.svg", X_Pass_Secret=own["secret"]),
        api("GET", "/v1/passes/MISTYPED"),
        api("GET", "/v1/checkpoint/sync"),
    ):
        assert answer.headers.items() >= PROTECTED.items()
    page = api("GET", "/docs").headers
    assert (page["X-Content-Type-Options"], page["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_a_browser_that_came_by_https_comes_by_https_for_a_year(api: Api) -> None:
    transport = "Strict-Transport-Security"
    for path in ("/v1/health", "/v1/passes/MISTYPED", "/docs"):
        assert api("GET", path, X_Forwarded_Proto="https").headers[transport] == "max-age=31536000; includeSubDomains"
        # RFC 6797, 7.2: not over http.
        assert transport not in api("GET", path).headers
        assert transport not in api("GET", path, X_Forwarded_Proto="http").headers


def test_a_wrong_setting_is_named_in_the_log_and_not_in_the_answer(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch, logged: StringIO
) -> None:
    monkeypatch.setenv("PASS_LIFETIME_SECONDS", "an hour")
    settings.settings.cache_clear()
    answer = api("POST", "/v1/declarations", form(clock()))
    assert (answer.status_code, answer.json_body["code"]) == (500, "internal_error")
    assert b"LIFETIME" not in answer.body
    assert "PASS_LIFETIME_SECONDS" in logged.getvalue()


def test_an_unexpected_error_leaks_nothing(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch, logged: StringIO
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("Nguyễn Văn Thử 0912345678")

    monkeypatch.setattr("chalicelib.services.entry.declarations.evaluate", broken)
    answer = api("POST", "/v1/declarations", form(clock()))
    assert (answer.status_code, answer.json_body["code"]) == (500, "internal_error")
    assert b"Th" not in answer.body.replace(b"Th\xe1\xbb\xad l", b"")
    assert "RuntimeError" in logged.getvalue()
    assert "0912345678" not in logged.getvalue()


def test_a_database_that_does_not_answer_is_503(api: Api, clock: Clock, aws: dict[str, str]) -> None:
    client("dynamodb").delete_table(TableName="entries")
    answer = api("POST", "/v1/declarations", form(clock()))
    assert (answer.status_code, answer.json_body["code"]) == (503, "service_unavailable")


def test_maintenance_rests_what_writes_and_still_checks_passes(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]["code"]
    monkeypatch.setenv("MAINTENANCE", "true")
    settings.settings.cache_clear()
    for path, role in (("/v1/declarations", None), ("/v1/checkpoint/crossings", "checkpoint")):
        refused = api("POST", path, form(clock()), role=role)
        assert (refused.status_code, refused.json_body["code"]) == (503, "maintenance")
        assert refused.headers["Retry-After"] == "300"
    checked = api("POST", "/v1/checkpoint/checks", {"qr": code}, role="checkpoint")
    assert (checked.status_code, checked.json_body["verdict"]) == (200, "valid")
