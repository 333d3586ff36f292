"""Signed tokens and key sets, without an issuer. What PyJWT says of the same is in `test_oidc_pyjwt.py`."""

import hmac
import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.adapters import jws
from chalicelib.adapters.jws import LONGEST, TokenForged, parse, read_keys
from tests.unit.adapters.issuing import Private, ec_key, encoded, jwk, jwk_set, numbered, rsa_key, token

CLAIMS = {"sub": "staff-1"}
RSA, EC = {"alg": "RS256", "kid": "k1"}, {"alg": "ES256", "kid": "e1"}
KEYS = read_keys(jwk_set(jwk(rsa_key()), jwk(ec_key(), "e1")))
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def claims(text: str) -> dict[str, Any]:
    parsed = parse(text)
    key = KEYS.get(parsed.key_id)
    if key is None:
        raise TokenForged
    return jws.verify(parsed, key)


def refused(text: str) -> bool:
    try:
        claims(text)
    except TokenForged:
        return True
    return False


def altered(text: str, part: int, change: Callable[[str], str]) -> str:
    parts = text.split(".")
    parts[part] = change(parts[part])
    return ".".join(parts)


def test_a_token_of_each_algorithm_is_read() -> None:
    assert claims(token(CLAIMS)) == CLAIMS
    assert claims(token(CLAIMS, EC, ec_key())) == CLAIMS


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
def test_a_jwt_and_an_access_token_are_taken(typ: str) -> None:
    assert claims(token(CLAIMS, {**RSA, "typ": typ})) == CLAIMS


@pytest.mark.parametrize("typ", ["", "JOSE", "dpop+jwt", "logout+jwt", "secevent+jwt", 1, None, ["JWT"]])
def test_a_token_of_another_type_is_refused(typ: object) -> None:
    assert refused(token(CLAIMS, {**RSA, "typ": typ}))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_without_a_signature_is_refused(alg: str) -> None:
    for signature in (b"", b"x"):
        assert refused(token(CLAIMS, {**RSA, "alg": alg}, sign=lambda *_: signature))  # noqa: B023
    signed_all_the_same = token(CLAIMS, {**RSA, "alg": alg})
    assert refused(signed_all_the_same)
    assert refused(token(CLAIMS, sign=lambda *_: b""))


def test_the_public_key_is_no_secret_of_hs256() -> None:
    public = rsa_key().public_key()
    secrets = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        json.dumps(jwk(rsa_key())).encode(),
        b"",
    ]
    for alg in ("HS256", "RS256"):
        for secret in secrets:
            made = token(CLAIMS, {**RSA, "alg": alg}, sign=lambda signed, _: hmac.digest(secret, signed, "sha256"))  # noqa: B023
            assert refused(made)


def pss(signed: bytes, key: Private) -> bytes:
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.sign(signed, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())


def rs384(signed: bytes, key: Private) -> bytes:
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.sign(signed, padding.PKCS1v15(), SHA384())


@pytest.mark.parametrize(
    ("header", "key", "sign"),
    [
        pytest.param({**RSA, "alg": "ES256"}, rsa_key(), None, id="a key of RSA used as ES256"),
        pytest.param({**EC, "alg": "RS256"}, ec_key(), None, id="a key of P-256 used as RS256"),
        pytest.param({**RSA, "alg": "RS384"}, rsa_key(), rs384, id="RS384"),
        pytest.param({**RSA, "alg": "PS256"}, rsa_key(), pss, id="PS256"),
        pytest.param(RSA, rsa_key(), pss, id="PS256 under the name of RS256"),
        pytest.param(RSA, rsa_key(), rs384, id="RS384 under the name of RS256"),
        pytest.param({**RSA, "alg": "rs256"}, rsa_key(), None, id="another case"),
        pytest.param({**RSA, "alg": ["RS256"]}, rsa_key(), None, id="a list"),
        pytest.param({**RSA, "alg": None}, rsa_key(), None, id="null"),
        pytest.param({"kid": "k1"}, rsa_key(), None, id="none at all"),
    ],
)
def test_a_key_is_for_one_algorithm(header: dict[str, Any], key: Private, sign: Any) -> None:
    assert refused(token(CLAIMS, header, key, sign))


def test_an_algorithm_is_a_text() -> None:
    with pytest.raises(TokenForged):
        parse(token(CLAIMS, {**RSA, "alg": 1}))


@pytest.mark.parametrize("kid", [None, "", "k2", "K1", "k1 ", 1, ["k1"], {"k1": 1}, "../k1", "k1\0", "x" * 4096])
def test_a_token_names_its_key(kid: object) -> None:
    assert refused(token(CLAIMS, {"alg": "RS256", "kid": kid}))
    assert refused(token(CLAIMS, {"alg": "RS256"}))


def test_the_key_of_another_is_refused() -> None:
    assert refused(token(CLAIMS, RSA, rsa_key(1)))
    assert refused(token(CLAIMS, EC, ec_key(1)))
    assert refused(token(CLAIMS, {**RSA, "kid": "e1"}))


def test_keys_and_addresses_in_a_token_are_not_read() -> None:
    foreign = jwk(rsa_key(1))
    certificate = b64encode(rsa_key(1).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    offered = {
        "jwk": foreign,
        "jku": "http://127.0.0.1:9/",
        "x5u": "http://127.0.0.1:9/",
        "x5c": [certificate.decode()],
    }
    for member, value in offered.items():
        assert refused(token(CLAIMS, {**RSA, member: value}, rsa_key(1)))
        assert claims(token(CLAIMS, {**RSA, member: value})) == CLAIMS


@pytest.mark.parametrize(
    "more",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": None},
        {"crit": ["b64"], "b64": True},
        {"b64": False},
        {"crit": ["b64"], "b64": False},
    ],
)
def test_extensions_that_must_be_understood_are_refused(more: dict[str, Any]) -> None:
    assert refused(token(CLAIMS, {**RSA, **more}))


@pytest.mark.parametrize(
    "header",
    [
        '{"alg":"RS256","kid":"k2","kid":"k1"}',
        '{"alg":"RS256","kid":"k1","kid":"k1"}',
        '{"alg":"none","alg":"RS256","kid":"k1"}',
        '{"alg":"RS256","kid":"k1","x":{"a":1,"a":2}}',
        r'{"alg":"RS256","kid":"k1","\u006bid":"k1"}',
    ],
)
def test_a_member_twice_is_refused_in_a_header(header: str) -> None:
    assert refused(token(CLAIMS, header))


@pytest.mark.parametrize("payload", ['{"sub":"a","sub":"b"}', '{"sub":"a","sub":"a"}', '{"x":[{"a":1,"a":1}]}'])
def test_a_member_twice_is_refused_in_claims(payload: str) -> None:
    assert refused(token(payload))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b"{} {}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":"\xff"}',
        b'{"a":"\n"}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_header_and_claims_are_objects_in_json(content: bytes) -> None:
    assert refused(token(content))
    assert refused(token(CLAIMS, content))


def test_a_deep_nest_does_no_harm() -> None:
    nest = b'{"alg":"RS256","kid":"k1","a":' + b"[" * 2500 + b"]" * 2500 + b"}"
    # Some versions of Python can read it.
    assert refused(token(nest)) in (True, False)
    assert refused(token(CLAIMS, nest)) in (True, False)


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda part: part + "=" * (-len(part) % 4), id="padding"),
        pytest.param(lambda part: part + "====", id="much padding"),
        pytest.param(lambda part: part + "\n", id="a line's end"),
        pytest.param(lambda part: " " + part, id="a space"),
        pytest.param(lambda part: part[:4] + "\r\n" + part[4:], id="a fold"),
        pytest.param(lambda part: part[:4] + "!" + part[4:], id="a foreign character"),
        pytest.param(lambda part: part[:4] + "\u200b" + part[4:], id="a space without width"),
        pytest.param(lambda part: part[:-1] + chr(ord(part[-1]) + 0xFEE0), id="a character of full width"),
        pytest.param(lambda part: part + "\ud800", id="half a character"),
        pytest.param(lambda part: part + "\0", id="a zero"),
        pytest.param(lambda _: "", id="nothing"),
        pytest.param(lambda part: part + ".", id="a part more"),
        pytest.param(lambda part: part[:-1], id="a character less"),
    ],
)
def test_a_text_is_exactly_the_encoding(part: int, change: Callable[[str], str]) -> None:
    for signed in (
        token({"sub": "staff"}),
        token({"sub": "staff-"}, EC, ec_key()),
        token({"sub": "staff-1"}, EC, ec_key()),
    ):
        changed = altered(signed, part, change)
        assert changed == signed or refused(changed)


def test_the_bits_that_no_byte_needs_are_zero() -> None:
    signed = token(CLAIMS, EC, ec_key())  # 64 bytes of signature: the last character has four bits too many
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(signed[-1])
    assert last % 16 == 0
    assert all(refused(signed[:-1] + alphabet[last + more]) for more in range(1, 16))


def test_a_text_in_base64s_other_alphabet_is_refused() -> None:
    signed = next(made for number in range(1000) if set("-_") & set((made := token({"n": number})).split(".")[2]))
    assert claims(signed)
    assert refused(altered(signed, 2, lambda part: part.replace("-", "+").replace("_", "/")))


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "...", "a.b.c.d", "{}.{}.{}", "nonsense"])
def test_another_text_is_refused(text: str) -> None:
    assert refused(text)


def test_a_long_token_is_not_looked_at() -> None:
    rest = len(token({"pad": ""}))
    assert claims(token({"pad": "x" * ((LONGEST - rest) * 3 // 4 - 2)}))
    assert refused(token({"pad": "x" * LONGEST}))
    assert refused("x" * 10_000_000)


def test_each_byte_that_is_changed_is_noticed() -> None:
    for signed in (token(CLAIMS), token(CLAIMS, EC, ec_key())):
        for place, character in enumerate(signed):
            if character != ".":
                changed = signed[:place] + ("A" if character != "A" else "B") + signed[place + 1 :]
                assert refused(changed), place


def test_parts_of_two_tokens_are_no_token() -> None:
    one, other = token({"sub": "a"}).split("."), token({"sub": "b"}).split(".")
    assert refused(".".join([one[0], other[1], one[2]]))
    assert refused(".".join([one[0], one[1], other[2]]))


def test_a_signature_of_es256_is_two_numbers_of_32_bytes() -> None:
    def in_der(signed: bytes, key: Private) -> bytes:
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key.sign(signed, ec.ECDSA(SHA256()))

    assert refused(token(CLAIMS, EC, ec_key(), in_der))
    good = token(CLAIMS, EC, ec_key())
    raw = jws.parse(good).signature
    assert claims(altered(good, 2, lambda _: encoded(raw)))
    for wrong in (raw[:-1], raw + b"\0", b"\0" + raw, raw[:32], b"\0" + raw[:32] + b"\0" + raw[32:]):
        assert refused(altered(good, 2, lambda _: encoded(wrong)))  # noqa: B023


@pytest.mark.parametrize("r", [0, 1, P256_ORDER, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, P256_ORDER, 2**256 - 1])
def test_numbers_that_no_signature_has_are_refused(r: int, s: int) -> None:
    assert refused(token(CLAIMS, EC, ec_key(), lambda *_: r.to_bytes(32, "big") + s.to_bytes(32, "big")))
    assert refused(token(CLAIMS, EC, ec_key(), lambda *_: encode_dss_signature(r, s)))


def kept(*keys: Any) -> set[str]:
    """The ids of those keys that are usable, beside a good one."""
    return set(read_keys(jwk_set(*keys, jwk(ec_key(), "good")))) - {"good"}


@pytest.mark.parametrize("key", [rsa_key(), ec_key()])
@pytest.mark.parametrize(
    ("members", "usable"),
    [
        ({}, True),
        ({"use": None}, True),
        ({"key_ops": ["verify"]}, True),
        ({"key_ops": ["sign", "verify"]}, True),
        ({"use": "enc"}, False),
        ({"use": 1}, False),
        ({"key_ops": ["encrypt"]}, False),
        ({"key_ops": []}, False),
        ({"key_ops": "verify"}, False),
        ({"key_ops": 1}, False),
        ({"alg": "RS384"}, False),
        ({"alg": "RSA-OAEP"}, False),
        ({"alg": 1}, False),
        ({"kty": "oct", "k": "c2VjcmV0"}, False),
        ({"kty": "OKP", "crv": "Ed25519"}, False),
        ({"kty": ["RSA"]}, False),
        ({"kty": None}, False),
        ({"d": "AQAB"}, False),
        ({"kid": None}, False),
        ({"kid": ""}, False),
        ({"kid": 1}, False),
    ],
)
def test_only_keys_for_our_signatures_are_kept(key: Private, members: dict[str, Any], usable: bool) -> None:
    assert kept(jwk(key, **members)) == ({"k1"} if usable else set())


def test_a_keys_own_algorithm_must_be_that_of_its_type() -> None:
    assert kept(jwk(rsa_key(), alg="RS256"), jwk(ec_key(), "e1", alg="ES256")) == {"k1", "e1"}
    assert kept(jwk(rsa_key(), alg="ES256"), jwk(ec_key(), "e1", alg="RS256")) == set()


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(jwk(rsa_key(bits=1024)), id="1,024 bits"),
        pytest.param(jwk(rsa_key(), n=numbered(2**2046 + 1)), id="2,047 bits"),
        pytest.param(jwk(rsa_key(), e=numbered(2**64 + 1)), id="a huge exponent"),
        pytest.param(jwk(rsa_key(), e=numbered(1)), id="an exponent of 1"),
        pytest.param(jwk(rsa_key(), e=numbered(4)), id="an even exponent"),
        pytest.param(jwk(rsa_key(), e=""), id="an exponent of 0"),
        pytest.param(jwk(rsa_key(), e=65537), id="an exponent in a number"),
        pytest.param(jwk(rsa_key(), e="AQAB===="), id="padding"),
        pytest.param(jwk(rsa_key(), n=None), id="no modulus"),
        pytest.param(jwk(rsa_key(), n="é"), id="no base64url"),
        pytest.param(jwk(rsa_key(), n="\ud800"), id="half a character"),
        pytest.param(jwk(ec_key(), x=encoded(bytes(32))), id="not on the curve"),
        pytest.param(jwk(ec_key(), x=encoded(b"\0" + urlsafe_b64decode(jwk(ec_key())["x"] + "="))), id="33 bytes"),
        pytest.param(jwk(ec_key(), crv="P-384"), id="another curve"),
        pytest.param(jwk(ec_key(), crv=None), id="no curve"),
        pytest.param(jwk(ec_key(), x=1, y=[]), id="coordinates of other types"),
        pytest.param(jwk(ec_key(), y=None), id="half a point"),
        "text",
        None,
        [],
        {},
    ],
)
def test_a_malformed_or_weak_key_is_left_out_and_the_others_stay(key: Any) -> None:
    assert kept(key, jwk(rsa_key(), "other")) == {"other"}


def test_of_two_keys_with_one_id_the_first_counts() -> None:
    keys = read_keys(jwk_set(jwk(rsa_key(), use="enc"), jwk(rsa_key()), jwk(rsa_key(1)), jwk(ec_key())))
    assert jws.verify(parse(token(CLAIMS)), keys["k1"]) == CLAIMS
    for foreign in (token(CLAIMS, RSA, rsa_key(1)), token(CLAIMS, {**EC, "kid": "k1"}, ec_key())):
        with pytest.raises(TokenForged):
            jws.verify(parse(foreign), keys["k1"])


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"1",
        b'"keys"',
        b"{}",
        b'{"keys":{}}',
        b'{"keys":null}',
        b'{"keys":[]}',
        b'{"keys":[{}]}',
        b'{"keys":[1,"a",null]}',
        b"\xff",
        b"[" * 60_000,
        b'{"keys":' + b"[" * 60_000,
        jwk_set(jwk(rsa_key(), use="enc")),
        jwk_set(jwk(rsa_key()))[:-3],
    ],
)
def test_a_text_without_a_usable_key_is_no_key_set(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_keys(text)


def test_the_example_of_rfc_7515() -> None:
    """Appendix A.3: ES256."""
    point = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
    key = read_keys(jwk_set({**point, "kid": "k1"}))["k1"]
    payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    key.verify(urlsafe_b64decode(signature + "=="), f"eyJhbGciOiJFUzI1NiJ9.{payload}".encode())
