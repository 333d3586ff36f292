"""Signed tokens as OpenID Connect issuers make them: a compact JWS (RFC 7515) of JSON claims (a JWT, RFC 7519), and the
public keys of a JWK set (RFC 7517) that verify it. Rules are those of RFC 8725.

The type of a key decides its algorithm: RS256 for RSA, ES256 for P-256. A token's `alg` must be the same. A token names
its key by `kid`; its `jwk`, `jku`, `x5c` and `x5u` are not read.

Written on `cryptography`: the import of PyJWT takes 20 ms of a cold request at a gate. The tests compare with PyJWT.
Modules for one type of key are imported with the first key of that type.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature

LONGEST = 8192
"""Characters. A longer token is not looked at: API Gateway takes 10,240 bytes of headers in all."""

_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""A JWT, or an access token (RFC 9068, 4). A token of another type is for another purpose (RFC 8725, 3.11)."""
_SMALLEST_MODULUS, _LARGEST_EXPONENT = 2048, 64
"""Bits. RFC 7518, 3.3, and what OpenSSL takes with a modulus of more than 3,072 bits: a large exponent takes long."""
_COORDINATE = 32
"""Bytes of each coordinate of a point of P-256."""


class TokenForged(Exception):
    """The text is not a token signed by the key."""


class Key(NamedTuple):
    """A public key of an issuer."""

    algorithm: str
    """The only one that it is used with."""
    verify: Callable[[bytes, bytes], None]
    """Takes a signature and the bytes that were signed. Raises `InvalidSignature` or `ValueError`."""


class Jws(NamedTuple):
    """A token whose signature is not verified yet. Its claims are read after that."""

    algorithm: str
    key_id: str
    signed: bytes
    payload: bytes
    signature: bytes


def parse(text: str) -> Jws:
    """The parts of a token. Raises `TokenForged` if it is malformed, or needs an unsupported extension."""
    if len(text) > LONGEST:
        raise TokenForged
    try:
        raw = text.encode("ascii")
        header_part, payload, signature = raw.split(b".")
        header = _read_object(header_part)
        algorithm, key_id, kind = header["alg"], header["kid"], header.get("typ", "JWT")
        # `crit` lists extensions that must be understood. We know none, `b64` (RFC 7797) included.
        if "crit" in header or "b64" in header or kind.lower() not in _TYPES:
            raise TokenForged
        if not isinstance(algorithm, str) or not isinstance(key_id, str):
            raise TokenForged
        return Jws(algorithm, key_id, raw[: -len(signature) - 1], payload, _decode(signature))
    # Untrusted text: not ASCII or base64url, not three parts, no JSON, members missing or of other types.
    except (AttributeError, KeyError, RecursionError, ValueError) as error:
        raise TokenForged from error


def verify(jws: Jws, key: Key) -> dict[str, Any]:
    """The claims of a token that this key signed. They are not validated. Raises `TokenForged`."""
    if jws.algorithm != key.algorithm:
        raise TokenForged
    try:
        key.verify(jws.signature, jws.signed)
        return _read_object(jws.payload)
    except (InvalidSignature, RecursionError, ValueError) as error:
        raise TokenForged from error


def read_keys(text: bytes) -> dict[str, Key]:
    """The keys of a JWK set, by `kid`; of keys with the same one, the first.

    Keys that are not for our signatures, and malformed ones, are left out. Raises `ValueError` if no key remains.
    """
    try:
        members = json.loads(text.decode())["keys"]
    except (KeyError, RecursionError, TypeError) as error:
        raise ValueError("no JWK set") from error
    keys: dict[str, Key] = {}
    for jwk in members if isinstance(members, list) else ():
        key_id = jwk.get("kid") if isinstance(jwk, dict) else None
        if isinstance(key_id, str) and key_id and key_id not in keys:
            try:
                keys[key_id] = _read_key(jwk)
            except (KeyError, TypeError, ValueError):
                continue
    if not keys:
        raise ValueError("no key that we can use")
    return keys


def _read_key(jwk: dict[str, Any]) -> Key:
    """Raises `KeyError`, `TypeError` or `ValueError` if it is not a public key for RS256 or ES256."""
    read, algorithm = _READERS[jwk["kty"]]
    operations = jwk.get("key_ops")
    if (
        jwk.get("use") not in (None, "sig")
        or jwk.get("alg") not in (None, algorithm)
        or not (operations is None or (isinstance(operations, list) and "verify" in operations))
        or "d" in jwk  # a published private key: anyone can sign with it
    ):
        raise ValueError("not for our signatures")
    return Key(algorithm, read(jwk))


def _read_rsa(jwk: dict[str, Any]) -> Callable[[bytes, bytes], None]:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.hashes import SHA256

    modulus, exponent = (int.from_bytes(_read_bytes(jwk[each]), "big") for each in "ne")
    if modulus.bit_length() < _SMALLEST_MODULUS or exponent.bit_length() > _LARGEST_EXPONENT:
        raise ValueError("the key is too weak, or too slow")
    public = RSAPublicNumbers(exponent, modulus).public_key()
    return lambda signature, signed: public.verify(signature, signed, PKCS1v15(), SHA256())


def _read_p256(jwk: dict[str, Any]) -> Callable[[bytes, bytes], None]:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers

    from chalicelib.adapters.sign1 import ECDSA, der_of

    x, y = _read_bytes(jwk["x"]), _read_bytes(jwk["y"])
    if jwk["crv"] != "P-256" or not len(x) == len(y) == _COORDINATE:
        raise ValueError("not a point of P-256")
    public = EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), SECP256R1()).public_key()
    return lambda signature, signed: public.verify(der_of(signature), signed, ECDSA)


_READERS = {"RSA": (_read_rsa, "RS256"), "EC": (_read_p256, "ES256")}
"""What reads a key, and its algorithm, by `kty`."""


def _read_bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError
    return _decode(text.encode())


def _decode(part: bytes) -> bytes:
    """Base64url without padding. Raises `ValueError` for all but the one encoding of the same bytes."""
    raw = b64decode(part + b"=" * (-len(part) % 4), b"-_")
    if b64encode(raw, b"-_").rstrip(b"=") != part:
        raise ValueError("not base64url")
    return raw


def _read_object(part: bytes) -> dict[str, Any]:
    """A JSON object, as RFC 8259 has it, with no two members of one name. Raises `ValueError` or `RecursionError`."""
    content = _JSON.decode(_decode(part).decode())
    if not isinstance(content, dict):
        raise ValueError("no object")  # noqa: TRY004 - the text is wrong, not a caller
    return content


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse duplicate member names: parsers disagree on which value counts (RFC 8725, 2.4)."""
    content = dict(members)
    if len(content) != len(members):
        raise ValueError("a name twice")
    return content


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)
