"""Members of staff, from tokens of an issuer on the loopback."""

import json
import sys
from subprocess import run
from typing import Any

import pytest

from chalicelib.adapters import jws
from chalicelib.adapters.oidc import Issuer
from chalicelib.models.staff.errors import IssuerUnreachable, TokenExpired, TokenRefused
from chalicelib.models.staff.roles import Principal, Role
from tests.unit.adapters.issuing import (
    AUDIENCE,
    GROUPS,
    ISSUER,
    NOW,
    Clock,
    KeyServer,
    ec_key,
    good,
    jwk,
    rsa_key,
    token,
)

HUGE = 10**400
ODD_TIMES: list[Any] = [None, True, False, "", str(NOW), "text", [], [NOW], {}, -1, HUGE, -HUGE, 1e300, 253_402_300_800]


@pytest.fixture
def issuer(server: KeyServer, clock: Clock) -> Issuer:
    return Issuer(issuer=ISSUER, keys_url=server.url, audience=AUDIENCE, groups_claim=GROUPS, clock=clock)


def refused(issuer: Issuer, text: str) -> bool:
    try:
        issuer.principal(text)
    except TokenRefused:
        return True
    return False


def expired(issuer: Issuer, text: str) -> bool:
    try:
        issuer.principal(text)
    except TokenExpired:
        return True
    return False


def of(issuer: Issuer, **claims: Any) -> Principal:
    return issuer.principal(token(good(**claims)))


def test_a_member_of_staff(issuer: Issuer) -> None:
    claims = good(username="an", preferred_username="somebody else")
    expected = Principal("staff-1", frozenset({Role.CHECKPOINT}), name=None, issued_at=claims["iat"])
    assert issuer.principal(token(claims)) == expected


@pytest.mark.parametrize("use", ["id", "refresh", "", None, 7, ["access"]])
def test_a_token_for_another_use_is_refused(issuer: Issuer, use: object) -> None:
    assert refused(issuer, token(good(token_use=use)))
    assert of(issuer, token_use="access").subject == "staff-1"


def test_a_token_of_es256(issuer: Issuer, server: KeyServer) -> None:
    server.serve(jwk(ec_key()))
    assert issuer.principal(token(good(), key=ec_key())).subject == "staff-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 29},
        {"exp": NOW - 28.5},
        {"exp": 253_402_300_799},
        {"nbf": NOW + 30},
        {"nbf": 0},
        {"nbf": ...},
        {"iat": NOW + 30},
        {"iat": NOW + 30.9},
        {"iat": ...},
        {"iat": 0.5},
    ],
)
def test_clocks_may_differ_by_half_a_minute(issuer: Issuer, claims: dict[str, Any]) -> None:
    assert of(issuer, **claims)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": ...},
        {"nbf": NOW + 31},
        {"iat": NOW + 31},
        *({name: odd} for name in ("exp", "nbf", "iat") for odd in ODD_TIMES),
    ],
)
def test_times_that_do_not_hold_are_refused(issuer: Issuer, claims: dict[str, Any]) -> None:
    assert refused(issuer, token(good(**claims)))


@pytest.mark.parametrize("end", [NOW - 30, NOW - 29.5, 0])
def test_a_token_whose_time_is_over_differs_from_one_that_was_never_good(issuer: Issuer, end: float) -> None:
    """An app refreshes the one, and must not try to with the other."""
    assert expired(issuer, token(good(exp=end)))
    wrong: list[dict[str, Any]] = [
        {"iss": "https://evil.example"},
        {"client_id": "another"},
        {"sub": ""},
        {"iat": NOW + 31},
    ]
    for each in wrong:
        assert refused(issuer, token(good(exp=end, **each))), each
    assert refused(issuer, token(good(exp=end), key=rsa_key(1)))


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("odd", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 4000, "0x10", "01"])
def test_times_that_are_no_numbers_are_refused(issuer: Issuer, name: str, odd: str) -> None:
    assert refused(issuer, token(json.dumps(good(**{name: "odd"})).replace('"odd"', odd)))


@pytest.mark.parametrize("iss", [..., None, "", "https://evil.example", ISSUER + "/", ISSUER.upper(), [ISSUER], 1, {}])
def test_another_issuer_is_refused(issuer: Issuer, iss: object) -> None:
    assert refused(issuer, token(good(iss=iss)))


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": AUDIENCE, "client_id": ...},
        {"aud": [AUDIENCE], "client_id": ...},
        {"aud": ["another", AUDIENCE], "client_id": ...},
        {"aud": [{}, None, AUDIENCE], "client_id": "another"},
        {"aud": "another"},
    ],
)
def test_the_audience_or_the_client_is_ours(issuer: Issuer, claims: dict[str, Any]) -> None:
    assert of(issuer, **claims)


@pytest.mark.parametrize(
    "odd", [..., None, "", "another", AUDIENCE + " ", AUDIENCE[:-1], [], [[AUDIENCE]], {AUDIENCE: 1}]
)
def test_another_audience_is_refused(issuer: Issuer, odd: object) -> None:
    assert refused(issuer, token(good(client_id=odd)))
    assert refused(issuer, token(good(aud=odd, client_id=...)))
    assert refused(issuer, token(good(client_id=[AUDIENCE])))


@pytest.mark.parametrize("sub", ["s", "a b", "auth0|5f7c", "x" * 255])
def test_a_subject_is_printable_ascii(issuer: Issuer, sub: str) -> None:
    assert of(issuer, sub=sub).subject == sub


@pytest.mark.parametrize("sub", [..., None, "", 1, True, [], {}, "x" * 256, "a\n", "a\0", "An é", "\ud800", "\u202e"])
def test_an_odd_subject_is_refused(issuer: Issuer, sub: object) -> None:
    assert refused(issuer, token(good(sub=sub)))


@pytest.mark.parametrize("jti", [None, 1, [], {}])
def test_an_odd_id_of_a_token_is_refused(issuer: Issuer, jti: object) -> None:
    assert of(issuer, jti="1")
    assert refused(issuer, token(good(jti=jti)))


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        (["checkpoint", "hotline"], {Role.CHECKPOINT, Role.HOTLINE}),
        (["checkpoint", "none-of-ours", "Supervisor"], {Role.CHECKPOINT}),
        (["checkpoint", {}, [], None, 1, True, "\ud800"], {Role.CHECKPOINT}),
        ([["checkpoint"], {"checkpoint": 1}], set()),
        ("checkpoint", set()),
        ({"checkpoint": True}, set()),
        ([], set()),
        (None, set()),
        (..., set()),
    ],
)
def test_groups_become_roles(issuer: Issuer, groups: object, roles: set[Role]) -> None:
    assert of(issuer, **{GROUPS: groups}).roles == roles


@pytest.mark.parametrize("text", ["", "nonsense", "a.b.c", "\ud800", "é.é.é", "x" * 100_000])
def test_what_is_no_token_costs_no_fetch(issuer: Issuer, server: KeyServer, text: str) -> None:
    assert refused(issuer, text)
    assert server.fetches == 0


def test_an_issuer_that_is_down_and_comes_back(issuer: Issuer, server: KeyServer, clock: Clock) -> None:
    server.down = True
    with pytest.raises(IssuerUnreachable):
        of(issuer)
    server.down = False
    clock.now += 1
    assert of(issuer)


def test_tokens_of_unknown_keys_cost_one_fetch(issuer: Issuer, server: KeyServer) -> None:
    assert all(refused(issuer, token(good(), {"alg": "RS256", "kid": f"k-{number}"})) for number in range(50))
    assert server.fetches == 1
    assert of(issuer)


def test_a_token_is_verified_once_a_minute_and_again_when_it_has_ended(
    issuer: Issuer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[bytes] = []
    real = jws.verify

    def verify(parsed: jws.Jws, key: jws.Key) -> dict[str, Any]:
        verified.append(parsed.payload)
        return real(parsed, key)

    def times(text: str, later: float) -> int:
        clock.now = NOW + later
        assert issuer.principal(text)
        return verified.count(text.split(".")[1].encode())

    monkeypatch.setattr(jws, "verify", verify)
    lasting, short = token(good()), token(good(exp=NOW + 30))
    assert [times(lasting, later) for later in (0, 1, 59, 60, 61)] == [1, 1, 1, 2, 2]
    assert [times(short, later) for later in (0, 1, 29, 30)] == [1, 1, 1, 2]


def test_a_remembered_token_has_expired_when_it_has_ended(issuer: Issuer, clock: Clock) -> None:
    short = token(good(exp=NOW + 30))
    assert issuer.principal(short)
    clock.now += 59
    assert issuer.principal(short)
    clock.now += 1
    assert expired(issuer, short)


def test_a_token_of_a_withdrawn_key_is_believed_for_six_minutes_at_most(
    issuer: Issuer, server: KeyServer, clock: Clock
) -> None:
    text = token(good())
    assert issuer.principal(text)
    server.serve(jwk(rsa_key(1), "k2"))
    clock.now += 299
    assert issuer.principal(text)
    clock.now += 59
    assert issuer.principal(text)
    clock.now += 1
    assert refused(issuer, text)
    assert issuer.principal(token(good(), {"alg": "RS256", "kid": "k2"}, rsa_key(1)))


def test_a_new_token_of_a_withdrawn_key_is_refused_after_five_minutes(
    issuer: Issuer, server: KeyServer, clock: Clock
) -> None:
    assert of(issuer)
    server.serve(jwk(rsa_key(1), "k2"))
    clock.now += 300
    assert refused(issuer, token(good(jti="another")))


def test_a_hundred_tokens_are_remembered(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = jws.parse

    def counted(text: str) -> jws.Jws:
        parsed.append(text)
        return parse(text)

    monkeypatch.setattr(jws, "parse", counted)
    tokens = [token(good(jti=str(number))) for number in range(101)]
    for _ in range(2):
        for text in tokens[:100]:
            issuer.principal(text)
    assert parsed == tokens[:100]
    # One more, and they are forgotten: a caller with many tokens takes no more memory.
    issuer.principal(tokens[100])
    assert len(issuer._verified) == 1
    issuer.principal(tokens[0])
    assert parsed == [*tokens, tokens[0]]


def test_a_refused_token_is_not_remembered(issuer: Issuer) -> None:
    assert expired(issuer, token(good(exp=NOW - 60)))
    assert refused(issuer, token(good(iss="https://evil.example")))
    assert not issuer._verified


def test_what_another_kind_of_key_needs_is_not_loaded() -> None:
    code = "import sys, chalicelib.adapters.oidc; print(*sys.modules)"
    loaded = run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
    assert "chalicelib.adapters.oidc" in loaded
    slow = {"jwt", "urllib.request", "cryptography.x509", "cbor2"}
    kinds = {f"cryptography.hazmat.primitives.asymmetric.{kind}" for kind in ("rsa", "padding", "ec")}
    assert not {*slow, *kinds} & {*loaded}
