"""Staff's bearer tokens."""

import time
from typing import Any

import pytest

from tests.forms import form
from tests.integration.conftest import Api
from tests.integration.gate.recording import CROSSING


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/checkpoint/passes/0000-0000-0000-0000", None),
        ("POST", "/v1/checkpoint/checks", {"qr": "0000-0000-0000-0000"}),
        ("POST", "/v1/checkpoint/crossings", {"code": "0000-0000-0000-0000", **CROSSING}),
        ("POST", "/v1/checkpoint/declarations", form()),
    ],
)
def test_only_staff_with_the_role_come_in(api: Api, method: str, path: str, body: Any) -> None:
    anonymous = api(method, path, body)
    assert (anonymous.status_code, anonymous.json_body["code"]) == (401, "staff_token_missing")
    assert anonymous.headers["WWW-Authenticate"] == "Bearer"
    assert api(method, path, body, Authorization="Bearer nonsense").json_body["code"] == "staff_token_refused"
    assert api(method, path, body, Authorization="Basic dTpw").json_body["code"] == "staff_token_missing"
    for role in ("administrator", "none-of-ours"):
        refused = api(method, path, body, role=role)
        assert (refused.status_code, refused.json_body["code"]) == (403, "staff_role_missing")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"client_id": "another-app"},
        {"client_id": None, "aud": "another-app"},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(api: Api, claims: dict[str, Any]) -> None:
    token = api.issuer.token("checkpoint", **claims)
    answer = api("POST", "/v1/checkpoint/checks", {"qr": "x"}, Authorization=f"Bearer {token}")
    assert (answer.status_code, answer.json_body["code"]) == (401, "staff_token_refused")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_an_app_can_see_that_a_token_need_only_be_refreshed(api: Api) -> None:
    token = api.issuer.token("checkpoint", exp=int(time.time()) - 60)
    answer = api("POST", "/v1/checkpoint/checks", {"qr": "x"}, Authorization=f"Bearer {token}")
    assert (answer.status_code, answer.json_body["code"]) == (401, "staff_token_expired")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(api: Api) -> None:
    import hashlib
    import hmac

    from jwt.utils import base64url_encode

    header, payload, _ = api.issuer.token("checkpoint").split(".")
    weak = base64url_encode(b'{"alg":"HS256","kid":"k1","typ":"JWT"}').decode()
    signature = hmac.new(b"k", f"{weak}.{payload}".encode(), hashlib.sha256).digest()
    token = f"{weak}.{payload}.{base64url_encode(signature).decode()}"
    answer = api("POST", "/v1/checkpoint/checks", {"qr": "x"}, Authorization=f"Bearer {token}")
    assert (answer.status_code, answer.json_body["code"]) == (401, "staff_token_refused")
    assert header


def test_an_issuer_that_does_not_answer_is_503(api: Api) -> None:
    api.issuer.down = True
    answer = api("POST", "/v1/checkpoint/checks", {"qr": "x"}, role="checkpoint")
    assert (answer.status_code, answer.json_body["code"]) == (503, "staff_issuer_unreachable")
    assert answer.headers["Retry-After"]
