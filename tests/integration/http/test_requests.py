"""Bodies as they come."""

import pytest

from tests.integration.conftest import Api


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
