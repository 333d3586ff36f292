"""Every route of staff, with every role alone and every kind of token that is not good.

The routes are those that are served, so a new one is in it.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_decode, base64url_encode

from chalicelib.http.routes import Operation, operations
from chalicelib.models.staff.roles import Role
from tests.integration.conftest import Api
from tests.issuer import Issuer

PUBLIC = {
    "GET /docs",
    "GET /docs/errors",
    "GET /docs/{file}",
    "GET /v1/administrative-units",
    "GET /v1/checkpoints",
    "GET /v1/checkpoints/waiting-times",
    "GET /v1/consent-text",
    "GET /v1/health",
    "GET /v1/keys",
    "GET /v1/openapi.json",
    "GET /v1/passes",
    "GET /v1/passes/{code}",
    "GET /v1/passes/{code}/messages",
    "GET /v1/passes/{code}/personal-qr.png",
    "GET /v1/passes/{code}/personal-qr.svg",
    "GET /v1/passes/{code}/qr.png",
    "GET /v1/passes/{code}/slip.pdf",
    "GET /v1/public/bulletins",
    "GET /v1/public/bulletins/{day}/{number}",
    "GET /v1/public/statistics",
    "GET /v1/public/statistics.csv",
    "GET /v1/public/statistics/{family}/plot.svg",
    "GET /v1/symptoms",
    "GET /v1/passes/{code}/stay",
    "GET /v1/passes/{code}/qr.svg",
    "GET /v1/partner/permits",
    "GET /v1/partner/permits/{code}",
    "POST /v1/partner/permits",
    "GET /v1/permits/{code}/holder",
    "GET /v1/permits/{code}/qr.png",
    "GET /v1/permits/{code}/qr.svg",
    "GET /v1/partner/webhook-deliveries",
    "POST /v1/partner/webhook-deliveries/{id}/replay",
    "POST /v1/declarations",
    "POST /v1/partner/declarations",
    "POST /v1/passes/{code}/arrival",
    "POST /v1/passes/{code}/health-reports",
    "POST /v1/passes/{code}/open",
    "POST /v1/passes/{code}/slip.pdf",
    "POST /v1/phone-verifications",
    "POST /v1/phone-verifications/{id}/answer",
    "POST /v1/zalo/session",
    "POST /v1/zalo/webhook",
    "GET /v1/sms/receipts/{token}",
    "GET /v1/drafts",
    "POST /v1/drafts",
    "GET /v1/drafts/{id}",
    "PUT /v1/drafts/{id}",
    "DELETE /v1/drafts/{id}",
    "POST /v1/drafts/{id}/confirmation",
    "POST /v1/partner/manifests",
    "GET /v1/partner/manifests/{id}",
    "POST /v1/manifest-seats/{id}/{number}",
}
"""All others are for staff. A route that is to be public is put here, by a decision of its own."""

WITH_CITIZEN_TOKEN = {"POST /v1/declarations"}
"""Public routes that take the token of a proven phone, and refuse any other."""
FOR_CITIZENS = {
    "GET /v1/passes",
    "GET /v1/drafts",
    "POST /v1/drafts",
    "GET /v1/drafts/{id}",
    "PUT /v1/drafts/{id}",
    "DELETE /v1/drafts/{id}",
    "POST /v1/drafts/{id}/confirmation",
}
"""Public routes that need it."""

STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
MISSING, REFUSED, NO_ROLE = (401, "staff_token_missing"), (401, "staff_token_refused"), (403, "staff_role_missing")
EXPIRED = (401, "staff_token_expired")


def _unsigned(issuer: Issuer, role: str) -> str:
    payload = issuer.token(role).split(".")[1]
    return f"{base64url_encode(json.dumps({'alg': 'none', 'kid': 'k1'}).encode()).decode()}.{payload}."


def _with_the_public_key_as_a_secret(issuer: Issuer, role: str) -> str:
    key = issuer.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64url_encode(json.dumps({"alg": "HS256", "kid": "k1"}).encode()).decode()
    signed = f"{header}.{issuer.token(role).split('.')[1]}"
    return f"{signed}.{base64url_encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()}"


def _with_more_roles(issuer: Issuer, role: str) -> str:
    header, payload, signature = issuer.token(role).split(".")
    claims = {**json.loads(base64url_decode(payload)), "cognito:groups": [each.value for each in Role]}
    return f"{header}.{base64url_encode(json.dumps(claims).encode()).decode()}.{signature}"


def _by_a_stranger(issuer: Issuer, role: str) -> str:
    claims = json.loads(base64url_decode(issuer.token(role).split(".")[1]))
    return jwt.encode(claims, STRANGER, algorithm="RS256", headers={"kid": "k1"})


BROKEN: dict[str, Callable[[Issuer, str], str]] = {
    "garbage": lambda _, role: f"{role}.garbage.x",
    "cut off": lambda issuer, role: issuer.token(role)[:-10],
    "expired": lambda issuer, role: issuer.token(role, exp=int(time.time()) - 60),
    "of another issuer": lambda issuer, role: issuer.token(role, iss="https://issuer.example/other"),
    "for another audience": lambda issuer, role: issuer.token(role, client_id="another-app"),
    "unsigned": _unsigned,
    "signed with the public key as a secret": _with_the_public_key_as_a_secret,
    "tampered with": _with_more_roles,
    "signed by a stranger": _by_a_stranger,
}


@pytest.fixture
def staffed(api: Api) -> list[Operation]:
    assert api
    found = [each for each in operations() if each.roles]
    assert len(found) > 20
    return found


def outcome(api: Api, route: Operation, token: str | None) -> tuple[int, str | None]:
    """The status, and the code of a problem. No body is sent: a route that needs one refuses what comes so far."""
    path = route.path.format(
        subject="someone",
        code="0000-0000-0000-0000",
        id="an-hoa",
        country="VN",
        case="0000-0000-0000-0C0N",
        contact="00000000",
        commune="25480",
        number="0",
        family="gates",
        draft="2021-07-22-1-0",
    )
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = api(route.method, path, **headers)
    body: Any = answer.json_body if answer.status_code >= 400 else {}
    return answer.status_code, body.get("code")


def test_every_route_is_public_by_a_decision_or_needs_a_role(api: Api) -> None:
    assert api
    assert {f"{each.method} {each.path}" for each in operations() if not each.roles} == PUBLIC


def test_a_route_takes_a_citizen_token_by_a_decision_and_refuses_every_other(api: Api) -> None:
    """Others of the public do not look at a token."""
    taking = {f"{each.method} {each.path}" for each in operations() if each.citizen}
    needing = [each for each in operations() if each.needs_citizen]
    assert taking == WITH_CITIZEN_TOKEN | FOR_CITIZENS
    assert {f"{each.method} {each.path}" for each in needing} == FOR_CITIZENS
    for route in needing:
        tokens = [make(api.issuer, role) for make in BROKEN.values() for role in Role]
        assert {outcome(api, route, token) for token in tokens} == {(401, "citizen_token_refused")}, route.path
        assert outcome(api, route, None) == (401, "citizen_token_missing")
    public = [each for each in operations() if not each.roles and each.body not in (None, bytes)]
    for route in public:
        refused = (401, "citizen_token_refused") if route.citizen else (415, "unsupported_content_type")
        tokens = [make(api.issuer, role) for make in BROKEN.values() for role in Role]
        assert {outcome(api, route, token) for token in tokens} == {refused}, route.path
        nothing = (401, "citizen_token_missing") if route.needs_citizen else (415, "unsupported_content_type")
        assert outcome(api, route, None) == nothing


def test_no_route_of_staff_lets_a_token_in_that_is_not_good(api: Api, staffed: list[Operation]) -> None:
    tokens = {(kind, role): make(api.issuer, role) for kind, make in BROKEN.items() for role in Role}
    mismatches = [
        (route.method, route.path, kind, role)
        for route in staffed
        for (kind, role), token in tokens.items()
        if outcome(api, route, token) != (EXPIRED if kind == "expired" else REFUSED)
    ]
    assert mismatches == []
    assert [each.path for each in staffed if outcome(api, each, None) != MISSING] == []


def test_every_route_of_staff_lets_its_roles_in_and_no_other(api: Api, staffed: list[Operation]) -> None:
    mismatches = []
    for role in (*Role, None):
        token = api.issuer.token(*([role] if role else ["none-of-ours"]))
        for route in staffed:
            status, code = outcome(api, route, token)
            if role not in route.roles:
                as_expected = (status, code) == NO_ROLE
            elif route.body is not None:
                as_expected = (status, code) == (415, "unsupported_content_type")
            else:
                as_expected = status < 500 and (status, code) not in (NO_ROLE, MISSING, REFUSED, EXPIRED)
            if not as_expected:
                mismatches.append((route.method, route.path, role, status, code))
    assert mismatches == []
