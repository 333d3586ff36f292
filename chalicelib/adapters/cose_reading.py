"""To read a token: `cose.py` has its format. A declaration signs, and reads none: it does not load this."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.adapters import base45
from chalicelib.adapters.cose import EXPIRES_AT, ISSUED_AT, ISSUER, PAPERS, PREFIX, TOKEN_ID
from chalicelib.adapters.sign1 import ALGORITHM, ECDSA, ES256, KEY_ID, TAG, der_of, lower, message_of, to_be_signed
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.entry.passes import PassClaims, StandingTimes

LONGEST = 400
"""Characters. No token of ours is longer; what is longer is not looked at."""

_UNDECODABLE = (
    cbor2.CBORDecodeError,
    CodeMistyped,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
"""Errors that untrusted input causes in the decoders: wrong types and shapes, numbers out of range, nesting."""


class TokenForged(Exception):
    """The text is no token that a listed key signed."""


class TokenUnreadable(TokenForged):
    """The text contains no signed message: a part of a token, or a mistake in copying. It is not called a forgery,
    because that would accuse the holder."""


class _Signed(NamedTuple):
    """A token taken apart."""

    claims: PassClaims
    key_id: bytes
    content: bytes
    """What its key has signed."""
    signature: bytes


def read(text: str, *, issuer: str) -> PassClaims:
    """The claims of a text in the format of a token. The signature is not verified: anyone can write such a text.

    Raises
    ------
    TokenUnreadable
        No signed message can be read from the text.
    TokenForged
        For every other text.
    """
    return _signed(text, issuer).claims


def verify(text: str, *, issuer: str, keys: Mapping[bytes, ec.EllipticCurvePublicKey]) -> PassClaims:
    """The claims of a token that one of `keys` (by key id) signed for `issuer`; whether it has expired is not judged.

    Raises
    ------
    TokenForged
        For every other text.
    """
    signed = _signed(text, issuer)
    if signed.signature != lower(signed.signature):
        raise TokenForged  # the second valid signature, derived from ours: one token has one text
    try:
        keys[signed.key_id].verify(der_of(signed.signature), signed.content, ECDSA)
    except (InvalidSignature, LookupError, TypeError, ValueError) as error:
        raise TokenForged from error
    return signed.claims


def _signed(text: str, issuer: str) -> _Signed:
    message, (protected, unprotected, payload, signature) = _taken_apart(text)
    try:
        header = cbor2.loads(protected)
        # One token, one text: no bytes behind it, and no other encoding of the same content.
        if message != message_of(protected, payload, signature):
            raise TokenForged
        if unprotected or header.keys() != {ALGORITHM, KEY_ID} or header[ALGORITHM] != ES256:
            raise TokenForged
        claims = _claims(cbor2.loads(payload), issuer)
        return _Signed(claims, header[KEY_ID], to_be_signed(protected, payload), signature)
    except _UNDECODABLE as error:
        raise TokenForged from error


def _taken_apart(text: str) -> tuple[bytes, Sequence[Any]]:
    """A token's message, and its four parts. Raises `TokenUnreadable`."""
    if not text.startswith(PREFIX) or len(text) > LONGEST:
        raise TokenUnreadable
    try:
        message = base45.decode(text[len(PREFIX) :])
        tag = cbor2.loads(message)
    except _UNDECODABLE as error:
        raise TokenUnreadable from error
    whole = isinstance(tag, cbor2.CBORTag) and tag.tag == TAG and isinstance(tag.value, list) and len(tag.value) == 4
    if not whole:
        raise TokenUnreadable
    return message, tag.value


def _claims(claims: Mapping[int, object], issuer: str) -> PassClaims:
    if claims[ISSUER] != issuer:
        raise TokenForged
    token_id, issued_at, expires_at, papers = (claims[key] for key in (TOKEN_ID, ISSUED_AT, EXPIRES_AT, PAPERS))
    if not (isinstance(token_id, bytes) and isinstance(issued_at, int) and isinstance(expires_at, int)):
        raise TokenForged
    if not isinstance(papers, list):
        raise TokenForged
    masked_name, birth_year, plate, commune, *times = papers
    # The signature is not verified yet. CBOR has decimal fractions: a few bytes are a number that `int` computes for
    # minutes.
    if not (isinstance(masked_name, str) and isinstance(plate, str)):
        raise TokenForged
    if not (isinstance(birth_year, int) and isinstance(commune, int)):
        raise TokenForged
    if times and not all(type(each) is int for each in times):
        raise TokenForged
    return PassClaims(
        code=Code.from_bytes(token_id),
        issued_at=datetime.fromtimestamp(issued_at, UTC),
        expires_at=datetime.fromtimestamp(expires_at, UTC),
        masked_name=masked_name,
        birth_year=birth_year,
        plate=plate,
        commune=f"{commune:05d}",
        times=StandingTimes(*times) if times else None,
    )
