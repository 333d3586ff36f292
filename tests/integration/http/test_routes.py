"""The edge: bodies, languages, headers, errors."""

import base64
import gzip
import json
import re
from io import StringIO
from typing import Any

import pytest
from aws_xray_sdk.core import xray_recorder
from openapi_spec_validator import validate

from chalicelib import settings
from chalicelib.handlers.workers.audit import keep_audit
from chalicelib.http.answers import Bytes
from chalicelib.http.negotiation import language_of, takes_gzip
from chalicelib.observability import log_invocation
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.tables import client


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "body_not_json"),
        (b"", "application/json", 400, "body_not_json"),
        (b'{"a": "\xff"}', "application/json", 400, "body_not_utf8"),
        ("{}".encode("utf-16"), "application/json", 400, "body_not_utf8"),
        (b"[]", "application/json", 422, "wrong_type"),
        (b"null", "application/json", 422, "wrong_type"),
        (b"{}", "text/plain", 415, "unsupported_content_type"),
        (b"{}", "application/x-www-form-urlencoded", 415, "unsupported_content_type"),
        (b" " * (64 * 1024 + 1), "application/json", 413, "body_too_large"),
        (b"[" * 60_000, "application/json", 400, "body_not_json"),
        (b"{}", "application/json; charset=utf-8", 422, "field_missing"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    api: Api, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = api("POST", "/v1/declarations", body, Content_Type=content_type)
    assert (answer.status_code, answer.json_body["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_problem_says_what_where_and_what_now_in_both_languages(api: Api, clock: Clock) -> None:
    body = form(clock())
    body["traveller"]["phone"] = "12345"
    vietnamese = api("POST", "/v1/declarations", body).json_body
    english = api("POST", "/v1/declarations", body, Accept_Language="en-GB,en;q=0.9,vi;q=0.5").json_body
    assert vietnamese["title"] == "Số điện thoại không đúng"
    assert english["title"] == "Not a possible phone number"
    assert vietnamese["errors"] == [
        {"pointer": "/traveller/phone", "code": "phone_impossible", "detail": vietnamese["errors"][0]["detail"]}
    ]
    assert (vietnamese["status"], vietnamese["type"]) == (422, "urn:problem-type:phone_impossible")


def test_several_problems_are_one_answer(api: Api, clock: Clock) -> None:
    body = form(clock())
    body["traveller"]["phone"] = "12345"
    body["trip"]["purpose"] = "fun"
    answer = api("POST", "/v1/declarations", body).json_body
    assert answer["code"] == "invalid_input"
    assert {each["pointer"] for each in answer["errors"]} == {"/traveller/phone", "/trip/purpose"}


def test_every_answer_carries_a_request_id_and_is_not_stored(api: Api, clock: Clock) -> None:
    for answer in (
        api("GET", "/v1/health"),
        api("POST", "/v1/declarations", form(clock())),
        api("POST", "/v1/declarations", b""),
    ):
        assert answer.headers["X-Request-Id"]
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "vi"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("en;q=0.3, vi;q=0.9", "vi"),
        ("fr, *", "vi"),
        ("en;q=0", "vi"),
        ("en;q=x, ;;;,", "vi"),
        ("fr, en;q=0.1", "en"),
    ],
)
def test_the_language_is_vietnamese_unless_english_is_preferred(header: str, language: str) -> None:
    assert language_of(header) == language


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


def test_one_structured_line_an_invocation(api: Api, clock: Clock, logged: StringIO) -> None:
    api("POST", "/v1/declarations", form(clock()))
    (line,) = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert (line["route"], line["status"], line["outcome"]) == ("POST /v1/declarations", 201, "answered")


def test_a_database_that_does_not_answer_is_503(api: Api, clock: Clock, aws: dict[str, str]) -> None:
    client("dynamodb").delete_table(TableName="entries")
    answer = api("POST", "/v1/declarations", form(clock()))
    assert (answer.status_code, answer.json_body["code"]) == (503, "service_unavailable")


def test_the_lists_a_form_needs(api: Api) -> None:
    provinces = api("GET", "/v1/administrative-units").json_body
    assert (provinces["list_version"], len(provinces["units"])) == ("2021", 63)
    assert len(api("GET", "/v1/administrative-units?parent=72").json_body["units"]) == 9
    assert len(api("GET", "/v1/administrative-units?parent=80&list_version=2025").json_body["units"]) == 96
    assert api("GET", "/v1/administrative-units?parent=xx").json_body["code"] == "unknown_administrative_unit"
    assert api("GET", "/v1/administrative-units?list_version=1").json_body["code"] == "unknown_list_version"
    checkpoints = api("GET", "/v1/checkpoints")
    assert len(checkpoints.json_body["checkpoints"]) == 13
    assert api("GET", "/v1/checkpoints", If_None_Match=checkpoints.headers["ETag"]).status_code == 304
    assert api("GET", "/v1/consent-text").json_body["version"] == "2021-07"


def test_the_public_keys_verify_a_token(api: Api, clock: Clock) -> None:
    import base64

    import cwt
    from base45 import b45decode

    token = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]["token"]
    (jwk,) = api("GET", "/v1/keys").json_body["keys"]
    assert jwk.keys() == {"kty", "crv", "use", "alg", "kid", "x", "y"}
    key = cwt.COSEKey.from_jwk({**jwk, "kid": base64.urlsafe_b64decode(jwk["kid"] + "==").decode("latin-1")})
    assert cwt.CWT(leeway=10**9).decode(b45decode(token.removeprefix("TNP1:")), _with_kid(key, jwk))


def _with_kid(key: Any, jwk: dict[str, str]) -> Any:
    import base64

    key._kid = base64.urlsafe_b64decode(jwk["kid"] + "=" * (-len(jwk["kid"]) % 4))
    return key


def test_the_document_describes_what_serves_and_its_examples_work(api: Api) -> None:
    document = api("GET", "/v1/openapi.json").json_body
    assert document["openapi"] == "3.1.0"
    example = document["paths"]["/v1/declarations"]["post"]["requestBody"]["content"]["application/json"]["example"]
    answer = api("POST", "/v1/declarations", example)
    assert answer.status_code == 201, answer.body
    validate(document)
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_the_documentation_page_comes_from_our_own_files(api: Api) -> None:
    page = api("GET", "/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert not re.search(rb"(?:src|href)=\"(?:https?:)?//", page.body)
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "init.js"):
        assert name.encode() in page.body
        assert api("GET", f"/docs/{name}").status_code == 200
    for name in ("..%2Fcountries.txt", "README.md", "index.html"):
        assert api("GET", f"/docs/{name}").status_code == 404


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP;q=0.5, br", True),
        ("x-gzip", True),
        ("br, deflate", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("identity, *;q=0.1", True),
        ("*;q=0", False),
        ("gzip;q=much", False),
        (", ;q=1,, gzip ;q=1", True),
    ],
)
def test_gzip_is_for_who_takes_it(header: str, taken: bool) -> None:
    assert takes_gzip(header) == taken


def test_a_long_answer_is_compressed_for_who_takes_that(api: Api) -> None:
    plain = api("GET", "/v1/checkpoints")
    packed = api("GET", "/v1/checkpoints", Accept_Encoding="gzip, deflate, br")
    assert "Content-Encoding" not in plain.headers
    assert (packed.headers["Content-Encoding"], packed.headers["Content-Type"]) == ("gzip", "application/json")
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 3
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Language, Accept-Encoding"
    assert packed.headers["ETag"] == f"W/{plain.headers['ETag']}"
    for etag in (plain.headers["ETag"], packed.headers["ETag"]):
        same = api("GET", "/v1/checkpoints", If_None_Match=f'"other", {etag}', Accept_Encoding="gzip")
        assert (same.status_code, same.body, same.headers["ETag"]) == (304, b"", etag)
        assert same.headers["Vary"] == "Accept-Language, Accept-Encoding"
        assert "Content-Encoding" not in same.headers


def test_a_compressed_answer_is_what_the_gateway_asks_for(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://h5.example")
    settings.settings.cache_clear()
    answer = api("GET", "/v1/openapi.json", Accept_Encoding="gzip", Origin="https://h5.example")
    assert answer.headers["Vary"] == "Accept-Language, Origin, Accept-Encoding"
    assert json.loads(gzip.decompress(answer.body))["openapi"] == "3.1.0"
    raw = Bytes(b"\x1f\x8b", {}, 200).to_dict()
    assert (raw["isBase64Encoded"], base64.b64decode(raw["body"])) == (True, b"\x1f\x8b")


def test_short_answers_pictures_and_long_errors(api: Api, clock: Clock) -> None:
    assert "Content-Encoding" not in api("GET", "/v1/health", Accept_Encoding="gzip").headers
    code = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]["code"]
    assert "Content-Encoding" not in api("GET", f"/v1/passes/{code}/qr.png", Accept_Encoding="gzip").headers
    assert api("GET", f"/v1/passes/{code}/qr.svg", Accept_Encoding="gzip").headers["Content-Encoding"] == "gzip"
    wrong = api("POST", "/v1/declarations", {str(number): 0 for number in range(50)}, Accept_Encoding="gzip")
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (422, "application/problem+json")
    assert json.loads(gzip.decompress(wrong.body))["status"] == 422


def test_pages_of_listed_origins_may_call_and_others_may_not(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://tayninh.example,https://h5.example")
    settings.settings.cache_clear()
    listed = api("GET", "/v1/health", Origin="https://h5.example")
    assert listed.headers["Access-Control-Allow-Origin"] == "https://h5.example"
    assert "Access-Control-Allow-Origin" not in api("GET", "/v1/health", Origin="https://evil.example").headers
    assert "Access-Control-Allow-Origin" not in api("GET", "/v1/health").headers


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


def test_what_happens_is_counted_in_the_line_of_the_invocation(api: Api, clock: Clock, logged: StringIO) -> None:
    api("POST", "/v1/declarations", form(clock()))
    (line,) = [json.loads(line) for line in logged.getvalue().splitlines()]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "TayNinhPass"
    assert directive["Dimensions"] == [["Stage"]]
    assert directive["Metrics"] == [{"Name": "Declarations", "Unit": "Count"}]
    assert (line["Declarations"], line["Stage"]) == (1, "test")


def test_the_first_answer_never_waits_for_the_tracing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    patched: list[object] = []
    monkeypatch.setattr("aws_xray_sdk.core.patch", patched.append)
    monkeypatch.setattr("chalicelib.observability._traced", {"first": True, "patched": False})
    for sampled, expected in (("1", 0), ("0", 0), ("1", 1), ("1", 1)):
        monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root=1-5e1b4151-5ac6c58f0b5d4b7c1d2e3f4a;Sampled={sampled}")
        log_invocation(None, lambda event: event)
        assert len(patched) == expected
    emitter: Any = xray_recorder.emitter
    emitter._socket.close()  # its import opened it


def test_audit_lines_are_handed_over_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    events = [{"id": "1", "timestamp": 1, "message": '{"message": "audit", "staff": "a"}\n'}]
    packed = {"messageType": "DATA_MESSAGE", "logEvents": events}
    data = base64.b64encode(gzip.compress(json.dumps(packed).encode())).decode()
    keep_audit({"awslogs": {"data": data}}, None)
    keep_audit(
        {"awslogs": {"data": base64.b64encode(gzip.compress(b'{"messageType": "CONTROL_MESSAGE"}')).decode()}}, None
    )
    assert capsys.readouterr().out == '{"message": "audit", "staff": "a"}\n'
