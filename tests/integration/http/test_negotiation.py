"""Languages, compression, and pages of other origins."""

import base64
import gzip
import json
from typing import Any

import pytest

from chalicelib import settings
from chalicelib.http.answers import Bytes
from chalicelib.http.negotiation import language_of, takes_gzip
from tests.forms import form
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.policy.drafts import SHIPPED


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "vi"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("en;q=0.3, vi;q=0.9", "vi"),
        ("*", "vi"),
        ("fr, *", "en"),
        ("zh-CN,zh;q=0.9", "zh"),
        ("km", "km"),
        ("km-KH,km;q=0.9,en;q=0.8", "km"),
        ("zh;q=0.5,en;q=0.8", "en"),
        ("zh,vi", "vi"),
        ("zh;q=0, km;q=0.1", "km"),
        ("fr, zh;q=0.2", "zh"),
        ("fr;q=0", "vi"),
        ("en;q=0", "vi"),
        ("en;q=x, ;;;,", "vi"),
        ("fr, en;q=0.1", "en"),
    ],
)
def test_the_preferred_language_is_chosen_and_english_for_those_that_we_do_not_have(header: str, language: str) -> None:
    assert language_of(header) == language


def test_an_answer_says_its_language_where_its_words_have_one(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    group = {"codes": [code], "checkpoint": "an-hoa", "temperature": 36.6, "decision": "admit", "mode": "each"}
    offline = {"device": "d", "sent_at": "2021-07-22T08:00:00Z", "crossings": [{}]}
    worded: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/checkpoint/passes/{code}", None),
        ("POST", "/v1/checkpoint/checks", {"qr": "hello"}),
        ("POST", "/v1/checkpoint/search", {"plate": "70A12345"}),
        ("GET", "/v1/checkpoint/search?plate=70A12345", None),
        ("GET", "/v1/checkpoint/manifest?plate=70A12345", None),
        ("POST", "/v1/checkpoint/crossings/group", group),
        ("POST", "/v1/checkpoint/crossings/batch", offline),
    ]
    for method, path, sent in worded:
        answer = api(method, path, sent, role="checkpoint", Accept_Language="en")
        assert answer.status_code == 200, answer.body
        assert (answer.headers["Content-Language"], answer.headers["Vary"].split(", ")[0]) == ("en", "Accept-Language")
    for path in ("/v1/keys", "/v1/checkpoints", "/v1/consent-text", f"/v1/passes/{code}"):
        answer = api("GET", path, Accept_Language="en")
        assert "Content-Language" not in answer.headers
        assert "Accept-Language" not in answer.headers.get("Vary", "")


def test_a_declaration_is_answered_in_the_language_that_it_asks_for(api: Api, clock: Clock) -> None:
    answer = api("POST", "/v1/declarations", form(clock()), Accept_Language="km")
    assert answer.headers["Content-Language"] == "km"
    own = answer.json_body["passes"][0]
    assert own["papers_required"][0]["text"] == SHIPPED["papers"]["negative-test-72"]["km"]
    assert own["instructions"][0]["text"] == SHIPPED["instructions"][own["instructions"][0]["id"]]["km"]


def test_an_error_whose_words_are_missing_in_a_language_is_in_english(api: Api, clock: Clock) -> None:
    known = api("GET", "/v1/passes/0000-0000-0000-0000", Accept_Language="zh")
    assert (known.headers["Content-Language"], known.json_body["title"]) == ("zh", "查无此通行码")
    unknown = api("GET", "/v1/administrative-units?list_version=1900", Accept_Language="zh")
    assert unknown.headers["Content-Language"] == "en"
    assert unknown.json_body["detail"].isascii()


def test_an_error_about_fields_is_in_a_language_that_all_its_words_have(api: Api, clock: Clock) -> None:
    body = form(clock())
    del body["traveller"]["phone"]
    answer = api("POST", "/v1/declarations", body, Accept_Language="km")
    assert answer.headers["Content-Language"] == "km"
    body["traveller"]["shoe_size"] = 43
    answer = api("POST", "/v1/declarations", body, Accept_Language="km")
    assert answer.headers["Content-Language"] == "en"
    assert all(each["detail"].isascii() for each in answer.json_body["errors"])


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
def test_gzip_is_used_if_accept_encoding_allows_it(header: str, taken: bool) -> None:
    assert takes_gzip(header) == taken


def test_a_long_answer_is_compressed_if_the_client_accepts_gzip(api: Api) -> None:
    plain = api("GET", "/v1/checkpoints")
    packed = api("GET", "/v1/checkpoints", Accept_Encoding="gzip, deflate, br")
    assert "Content-Encoding" not in plain.headers
    assert (packed.headers["Content-Encoding"], packed.headers["Content-Type"]) == ("gzip", "application/json")
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 3
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["ETag"] == f"W/{plain.headers['ETag']}"
    for etag in (plain.headers["ETag"], packed.headers["ETag"]):
        same = api("GET", "/v1/checkpoints", If_None_Match=f'"other", {etag}', Accept_Encoding="gzip")
        assert (same.status_code, same.body, same.headers["ETag"]) == (304, b"", etag)
        assert same.headers["Vary"] == "Accept-Encoding"
        assert "Content-Encoding" not in same.headers


def test_a_compressed_answer_is_what_the_gateway_asks_for(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://h5.example")
    settings.settings.cache_clear()
    answer = api("GET", "/v1/openapi.json", Accept_Encoding="gzip", Origin="https://h5.example")
    assert answer.headers["Vary"] == "Origin, Accept-Encoding"
    assert json.loads(gzip.decompress(answer.body))["openapi"] == "3.1.0"
    raw = Bytes(b"\x1f\x8b", {}, 200).to_dict()
    assert (raw["isBase64Encoded"], base64.b64decode(raw["body"])) == (True, b"\x1f\x8b")


def test_short_answers_and_png_are_not_compressed_and_long_errors_are(api: Api, clock: Clock) -> None:
    assert "Content-Encoding" not in api("GET", "/v1/health", Accept_Encoding="gzip").headers
    own = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]
    png, svg = (
        api("GET", f"/v1/passes/{own['code']}/{name}", Accept_Encoding="gzip", X_Pass_Secret=own["secret"])
        for name in ("qr.png", "qr.svg")
    )
    assert (png.status_code, svg.status_code) == (200, 200)
    assert "Content-Encoding" not in png.headers
    assert svg.headers["Content-Encoding"] == "gzip"
    wrong = api("POST", "/v1/declarations", {str(number): 0 for number in range(50)}, Accept_Encoding="gzip")
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (422, "application/problem+json")
    assert json.loads(gzip.decompress(wrong.body))["status"] == 422


def test_pages_of_this_machine_may_call_on_any_port_where_they_are_listed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "http://localhost,http://localhost:*,https://h5.example")
    settings.settings.cache_clear()
    for origin in ("http://localhost", "http://localhost:5173"):
        assert api("GET", "/v1/health", Origin=origin).headers["Access-Control-Allow-Origin"] == origin
    for origin in (
        "http://localhost:5173.evil.example",
        "http://localhost:",
        "https://localhost:5173",
        "http://localhost.evil.example:80",
        "https://h5.example:8443",
    ):
        assert "Access-Control-Allow-Origin" not in api("GET", "/v1/health", Origin=origin).headers, origin


def test_pages_of_listed_origins_may_call_and_others_may_not(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://tayninh.example,https://h5.example")
    settings.settings.cache_clear()
    listed = api("GET", "/v1/health", Origin="https://h5.example")
    assert listed.headers["Access-Control-Allow-Origin"] == "https://h5.example"
    assert "Access-Control-Allow-Origin" not in api("GET", "/v1/health", Origin="https://evil.example").headers
    assert "Access-Control-Allow-Origin" not in api("GET", "/v1/health").headers
