"""Our verification of tokens compared with PyJWT's.

We accept a token if PyJWT accepts it and our stricter rules allow it. The rules are listed here; each is applied to
the texts of a token. We accept more in one case: the audience may be one of a list, which RFC 7519, 4.1.3 allows.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

import jwt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.oidc import Issuer
from chalicelib.models.staff.errors import TokenExpired, TokenRefused
from tests.unit.adapters.issuing import (
    AUDIENCE,
    GROUPS,
    ISSUER,
    NOW,
    Private,
    algorithm,
    ec_key,
    encoded,
    es256,
    good,
    jwk,
    jwk_set,
    key_server,
    numbered,
    rs256,
    rsa_key,
    text,
    token,
)

KEY_SET = jwk_set(jwk(rsa_key()), jwk(ec_key(), "e1"), jwk(rsa_key(1), "k2", use="enc"))


class _Then(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "_Then":
        return cls.fromtimestamp(NOW, tz or UTC)


@pytest.fixture(scope="module", autouse=True)
def at_a_moment() -> Iterator[None]:
    """PyJWT takes no clock."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jwt.api_jwt, "datetime", _Then)
        yield


@contextmanager
def issuing(key_set: bytes) -> Iterator[Issuer]:
    with key_server() as server:
        server.reply = server.reply._replace(body=key_set)
        yield Issuer(issuer=ISSUER, keys_url=server.url, audience=AUDIENCE, groups_claim=GROUPS, clock=lambda: NOW)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing(KEY_SET) as made:
        yield made


def ours(issuer: Issuer, signed: str) -> bool:
    try:
        issuer.principal(signed)
    except (TokenRefused, TokenExpired):
        return False
    return True


def theirs(signed: str, key_set: bytes = KEY_SET) -> bool:
    """The result of PyJWT, with the checks that this project had while it used PyJWT."""
    try:
        keys = jwt.PyJWKClient._get_signing_keys_from_jwk_set(jwt.PyJWKSet.from_json(key_set.decode()))
        header = jwt.decode_complete(signed, options={"verify_signature": False})["header"]
        key = jwt.PyJWKClient.match_kid(keys, header.get("kid"))
        if key is None:
            return False
        claims = jwt.decode(
            signed,
            key,
            algorithms=["RS256", "ES256"],
            issuer=ISSUER,
            leeway=30,
            options={"require": ["exp", "iss", "sub"], "verify_aud": False},
        )
    except Exception:  # noqa: BLE001 - PyJWT raises others than its own for some odd texts
        return False
    audience = claims.get("aud")
    return AUDIENCE in (audience, claims.get("client_id")) or (isinstance(audience, list) and AUDIENCE in audience)


class Made(NamedTuple):
    """A token, and what it was made of."""

    token: str
    header: bytes
    claims: bytes


def strictly(raw: bytes) -> Any:
    """JSON of RFC 8259 in UTF-8, no name twice."""

    def read(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({name for name, _ in pairs}) == len(pairs)
        return dict(pairs)

    def refuse(_: str) -> None:
        raise AssertionError

    return json.loads(raw.decode("utf-8"), object_pairs_hook=read, parse_constant=refuse)


def is_strict_json(made: Made) -> bool:
    try:
        return all(isinstance(strictly(raw), dict) for raw in (made.header, made.claims))
    except (AssertionError, ValueError, RecursionError):
        return False


def header_of(made: Made) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(made.header)
    return content


def claims_of(made: Made) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(made.claims)
    return content


def is_number_of_seconds(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < 253_402_300_800


STRICTER: dict[str, Callable[[Made], bool]] = {
    "at most 8,192 characters": lambda made: len(made.token) <= 8192,
    "no padding": lambda made: "=" not in made.token,
    "strict JSON in UTF-8, no name twice": is_strict_json,
    "no extensions": lambda made: not {"crit", "b64"} & set(header_of(made)),
    "typ is that of a JWT or an access token": lambda made: (
        str(header_of(made).get("typ", "JWT")).lower() in ("jwt", "at+jwt", "application/at+jwt")
    ),
    "times are numbers from 1970 to 9999": lambda made: all(
        is_number_of_seconds(value) for name, value in claims_of(made).items() if name in ("exp", "nbf", "iat")
    ),
    "the subject is 1 to 255 characters of printable ASCII": lambda made: bool(
        re.fullmatch(r"[ -~]{1,255}", str(claims_of(made)["sub"]))
    ),
}


def agree(issuer: Issuer, made: Made) -> bool:
    """Whether the token is accepted; asserts that both implementations agree."""
    accepted = theirs(made.token)
    broken = [name for name, holds in STRICTER.items() if accepted and not holds(made)]
    assert ours(issuer, made.token) == (accepted and not broken), (accepted, broken)
    return accepted and not broken


def made_of(header: Any, claims: Any, key: Private | None = None, sign: Any = None) -> Made:
    return Made(token(claims, header, key, sign), text(header), text(claims))


def few(members: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Some members. Of tokens with many odd ones, none would be accepted."""
    names = st.sets(st.sampled_from(sorted(members)), max_size=2)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: members[name] for name in sorted(chosen)}))


MOMENTS = st.sampled_from([NOW + each for each in (-3600, -31, -30, -29, 0, 29, 30, 31, 3600)]).flatmap(
    lambda second: st.sampled_from([second, second + 0.5, float(second)])
)
ODD = st.one_of(
    st.sampled_from(
        [None, True, False, 0, -1, 0.0, 1.5, "", "0", str(NOW), str(NOW + 60), "NaN", 10**400, -(10**400), 1e300]
    ),
    st.sampled_from([float("nan"), float("inf"), 253_402_300_799, 253_402_300_800, [], {}, [NOW], {"a": NOW}]),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.text(st.characters(codec="ascii"), max_size=300),
)
CLAIMS = few(
    {
        "exp": st.one_of(MOMENTS, ODD),
        "nbf": st.one_of(MOMENTS, ODD),
        "iat": st.one_of(MOMENTS, ODD),
        "iss": st.one_of(st.sampled_from([ISSUER, ISSUER + "/", [ISSUER]]), ODD),
        "sub": ODD,
        "jti": ODD,
        "aud": st.one_of(st.sampled_from([AUDIENCE, "another", [AUDIENCE], ["another", AUDIENCE], [None]]), ODD),
        "client_id": st.one_of(st.sampled_from([AUDIENCE, "another", [AUDIENCE], ...]), ODD),
        GROUPS: st.one_of(st.lists(st.one_of(ODD, st.just("checkpoint")), max_size=3), ODD),
        "username": ODD,
    }
)
HEADERS = few(
    {
        "alg": st.one_of(st.sampled_from(["RS256", "ES256", "HS256", "none", "RS384", "rs256"]), ODD),
        "kid": st.one_of(st.sampled_from(["k1", "e1", "k2", "", "K1"]), ODD),
        "typ": st.one_of(st.sampled_from(["JWT", "jwt", "at+JWT", "JOSE", "application/at+jwt"]), ODD),
        "crit": st.sampled_from([[], ["b64"], ["exp"], None, "b64"]),
        "b64": st.sampled_from([True, False, None, 0]),
        "jwk": st.just(jwk(rsa_key(1))),
        "jku": st.just("http://127.0.0.1:9/"),
        "cty": st.just("JWT"),
    }
)
SIGNERS = st.sampled_from([(rsa_key(), "k1"), (ec_key(), "e1")])


@given(SIGNERS, CLAIMS)
@settings(max_examples=600)
def test_both_judge_claims_alike(issuer: Issuer, signer: tuple[Private, str], claims: dict[str, Any]) -> None:
    key, kid = signer
    agree(issuer, made_of({"alg": algorithm(key), "kid": kid}, good(**claims), key))


@given(st.sampled_from(["exp", "nbf", "iat"]), st.floats(-100, 100))
@settings(max_examples=300)
def test_both_judge_times_alike(issuer: Issuer, name: str, later: float) -> None:
    agree(issuer, made_of({"alg": "ES256", "kid": "e1"}, good(**{name: NOW + later}), ec_key()))


@given(SIGNERS, HEADERS)
@settings(max_examples=600)
def test_both_judge_headers_alike(issuer: Issuer, signer: tuple[Private, str], header: dict[str, Any]) -> None:
    key, kid = signer
    agree(issuer, made_of({"alg": algorithm(key), "kid": kid, **header}, good(), key))


@given(SIGNERS, st.integers(0), st.integers(0, 2), st.one_of(st.characters(), st.sampled_from("=-_+/ \n.")), st.data())
@settings(max_examples=600)
def test_both_judge_altered_texts_alike(
    issuer: Issuer, signer: tuple[Private, str], number: int, how: int, character: str, data: st.DataObject
) -> None:
    key, kid = signer
    header, claims = {"alg": algorithm(key), "kid": kid}, good(n=number)
    signed = token(claims, header, key)
    place = data.draw(st.integers(0, len(signed)))
    # A character is added, replaced or removed.
    changed = signed[:place] + ("" if how == 2 else character) + signed[place + (how > 0) :]
    agree(issuer, Made(changed, text(header), text(claims)))


@given(SIGNERS, st.integers(0, 2), st.integers(0), st.integers(1, 255))
@settings(max_examples=400)
def test_both_refuse_altered_bytes(issuer: Issuer, signer: tuple[Private, str], part: int, at: int, bits: int) -> None:
    key, kid = signer
    header, claims = {"alg": algorithm(key), "kid": kid}, good()
    parts = token(claims, header, key).split(".")
    raw = bytearray(urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4)))
    raw[at % len(raw)] ^= bits
    parts[part] = encoded(bytes(raw))
    assert not agree(issuer, Made(".".join(parts), text(header), text(claims)))


@given(SIGNERS, st.integers(0, 2), st.integers(1, 4))
def test_no_padding_is_accepted(issuer: Issuer, signer: tuple[Private, str], part: int, padding: int) -> None:
    key, kid = signer
    header, claims = {"alg": algorithm(key), "kid": kid}, good()
    sign = rs256 if key is rsa_key() else es256
    parts = [encoded(text(header)), encoded(text(claims))]
    if part < 2:
        parts[part] += "=" * padding
    signature = encoded(sign(".".join(parts).encode(), key)) + ("=" * padding if part == 2 else "")
    assert not agree(issuer, Made(".".join([*parts, signature]), text(header), text(claims)))


@given(st.sampled_from(["header", "claims"]), st.integers(0, 12), st.text(max_size=3))
@example("claims", 0, "")
@settings(max_examples=200)
def test_both_judge_texts_of_json_alike(issuer: Issuer, which: str, form: int, name: str) -> None:
    contents = {"header": {"alg": "ES256", "kid": "e1"}, "claims": good()}
    whole = json.dumps(contents[which])
    more = json.dumps(name)
    forms: list[bytes] = [
        whole.encode(),
        whole.encode("utf-16"),
        whole.encode("utf-16-le"),
        whole.encode("utf-32"),
        whole.encode("utf-8-sig"),
        f" \n{whole}\t ".encode(),
        f"{whole}x".encode(),
        f"[{whole}]".encode(),
        f"{{{more}:1,{whole[1:-1]},{more}:1}}".encode(),
        f'{{"x":{{{more}:1,{more}:2}},{whole[1:]}'.encode(),
        f'{{"x":NaN,{whole[1:]}'.encode(),
        f'{{"x":[-Infinity,Infinity],{whole[1:]}'.encode(),
        whole.encode() + b"\xff",
    ]
    texts = {**{each: json.dumps(content).encode() for each, content in contents.items()}, which: forms[form]}
    accepted = agree(issuer, made_of(texts["header"], texts["claims"], ec_key()))
    assert not accepted or form in (0, 5)


KEY_RULES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "the key has a text as id": lambda key: isinstance(key["kid"], str),
    "its alg is that of its type": lambda key: key.get("alg") in (None, "RS256" if key["kty"] == "RSA" else "ES256"),
    "its key_ops are a list with verify": lambda key: (
        key.get("key_ops") is None or (isinstance(key["key_ops"], list) and "verify" in key["key_ops"])
    ),
    "it is public": lambda key: "d" not in key,
    "RSA has 2,048 bits": lambda key: key["kty"] != "RSA" or len(key["n"]) > 340,
    "an exponent has 64 bits at most": lambda key: key["kty"] != "RSA" or len(key["e"]) <= 11,
    "its exponent is base64url without padding": lambda key: key["kty"] != "RSA" or "=" not in key["e"],
}
KEY_MEMBERS = few(
    {
        "kid": st.sampled_from(["k1", "k2", "", None, 1]),
        "use": st.sampled_from(["sig", "enc", "", None, 1]),
        "alg": st.sampled_from(["RS256", "ES256", "RS384", "PS256", "HS256", "RSA-OAEP", None, 1]),
        "key_ops": st.sampled_from([["verify"], ["sign"], [], None, ["encrypt", "verify"], "verify"]),
        "kty": st.sampled_from(["RSA", "EC", "oct", "OKP", None, 1]),
        "crv": st.sampled_from(["P-256", "P-384", "secp256k1", None]),
        "e": st.sampled_from(["AQAB", "AQAB==", "AAEAAQ", "Aw", "AQ", "", numbered(2**64 + 1), 65537]),
        "d": st.sampled_from(["AQAB"]),
    }
)


@given(SIGNERS, KEY_MEMBERS, st.booleans())
@settings(max_examples=400)
def test_both_judge_keys_alike(signer: tuple[Private, str], members: dict[str, Any], broken_ones_too: bool) -> None:
    """A foreign key is in the set as well, so that it is never without any."""
    key, _ = signer
    own = jwk(key, **members)
    others = [
        jwk(rsa_key(1), "other"),
        *([{"kty": "RSA"}, {}, {"kty": "none", "kid": "k1"}] if broken_ones_too else []),
    ]
    key_set = jwk_set(*others, own)
    signed = token(good(), {"alg": algorithm(key), "kid": "k1"}, key)
    accepted = theirs(signed, key_set)
    broken = [name for name, holds in KEY_RULES.items() if accepted and not holds(own)]
    with issuing(key_set) as issuer:
        assert ours(issuer, signed) == (accepted and not broken), (accepted, broken)


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_a_weak_key_is_refused_by_us_alone() -> None:
    weak = rsa_key(bits=1024)
    signed = token(good(), {"alg": "RS256", "kid": "weak"}, weak)
    key_set = jwk_set(jwk(weak, "weak"), jwk(rsa_key()))
    assert theirs(signed, key_set)
    with issuing(key_set) as issuer:
        assert not ours(issuer, signed)


def test_each_stricter_rule_refuses_what_pyjwt_accepts(issuer: Issuer) -> None:
    header = {"alg": "ES256", "kid": "e1"}
    plain = made_of(header, good(), ec_key())
    broken = {
        "at most 8,192 characters": made_of(header, good(more="x" * 8192), ec_key()),
        "no padding": plain._replace(token=plain.token + "=="),
        "strict JSON in UTF-8, no name twice": made_of(header, json.dumps(good(more=1))[:-1] + ',"more":1}', ec_key()),
        "no extensions": made_of({**header, "crit": ["b64"], "b64": True}, good(), ec_key()),
        "typ is that of a JWT or an access token": made_of({**header, "typ": "JOSE"}, good(), ec_key()),
        "times are numbers from 1970 to 9999": made_of(header, good(exp=str(NOW + 60)), ec_key()),
        "the subject is 1 to 255 characters of printable ASCII": made_of(header, good(sub=""), ec_key()),
    }
    assert agree(issuer, plain)
    assert broken.keys() == STRICTER.keys()
    for name, made in broken.items():
        assert theirs(made.token), name
        assert [rule for rule, holds in STRICTER.items() if not holds(made)] == [name]
        assert not ours(issuer, made.token), name
