"""Bodies as they come."""

import gzip
import json

import pytest

from tests.forms import form, person
from tests.integration.conftest import Api, Clock
from tests.integration.gate.recording import batch


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "body_not_json"),
        (b"", "application/json", 400, "body_not_json"),
        (b'{"a": "\xff"}', "application/json", 400, "body_not_utf8"),
        ("{}".encode("utf-16"), "application/json", 400, "body_not_utf8"),
        (b"[]", "application/json", 422, "invalid_input"),
        (b"null", "application/json", 422, "invalid_input"),
        (b"{}", "text/plain", 415, "unsupported_content_type"),
        (b"{}", "application/x-www-form-urlencoded", 415, "unsupported_content_type"),
        (b'{"a": 1, "a": 2}', "application/json", 422, "invalid_input"),
        (b" " * (64 * 1024 + 1), "application/json", 413, "body_too_large"),
        (b"[" * 60_000, "application/json", 400, "body_not_json"),
        (b"{}", "application/json; charset=utf-8", 422, "invalid_input"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    api: Api, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = api("POST", "/v1/declarations", body, Content_Type=content_type)
    assert (answer.status_code, answer.json_body["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_compressed_body_is_refused_as_such(api: Api, clock: Clock, coding: str) -> None:
    body = gzip.compress(json.dumps(form(clock())).encode())
    answer = api("POST", "/v1/declarations", body, Content_Encoding=coding)
    assert (answer.status_code, answer.json_body["code"]) == (415, "unsupported_content_encoding")
    assert api("POST", "/v1/declarations", form(clock()), Content_Encoding="identity").status_code == 201


def test_a_byte_order_mark_before_a_body_is_no_part_of_it(api: Api, clock: Clock) -> None:
    body = json.dumps(form(clock())).encode("utf-8-sig")
    assert api("POST", "/v1/declarations", body).status_code == 201


@pytest.mark.parametrize("name", ["full_name", "trip", "x" * 50])
def test_a_member_that_comes_twice_is_refused_by_its_name(api: Api, clock: Clock, name: str) -> None:
    text = json.dumps(form(clock()), ensure_ascii=False)
    at = f'"{name}":'
    second = json.dumps({"full_name": "Khác", "trip": form(clock())["trip"]}.get(name))
    body = text.replace(at, f"{at} {second}, {at}") if at in text else f"{{{at} 1, {text[1:-1]}, {at} 1}}"
    answer = api("POST", "/v1/declarations", body.encode(), Accept_Language="en")
    if at in text:
        assert (answer.status_code, answer.json_body["code"]) == (400, "member_repeated")
        assert name in answer.json_body["detail"]
    else:
        assert answer.json_body["code"] == "invalid_input"  # it is unknown, however often it comes


def test_a_member_that_comes_twice_in_a_line_of_a_batch_is_refused(api: Api, clock: Clock) -> None:
    text = json.dumps(batch(clock, {"code": "0000-0000-0000-0000", "decision": "refuse"}))
    body = text.replace('"decision":', '"decision": "admit", "decision":').encode()
    answer = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint")
    assert (answer.status_code, answer.json_body["code"]) == (400, "member_repeated")


def test_a_line_of_a_batch_that_no_parser_of_ours_reads_is_refused_alone(api: Api, clock: Clock) -> None:
    text = json.dumps(batch(clock, {"code": "0000-0000-0000-0000", "nonsense": "deep"}))
    for nonsense in ("[" * 150 + "]" * 150, "1" * 4000):
        answer = api(
            "POST", "/v1/checkpoint/crossings/batch", text.replace('"deep"', nonsense).encode(), role="checkpoint"
        )
        assert answer.status_code == 200, answer.body
        assert answer.json_body["counts"]["refused"] == 1


def test_two_names_that_differ_are_no_repetition(api: Api, clock: Clock) -> None:
    body = {**form(clock()), "companions": [person(1), person(2)]}
    assert api("POST", "/v1/declarations", body).status_code == 201
