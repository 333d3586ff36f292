"""The token: `TNP1:` + base45 (RFC 9285) of a COSE_Sign1 (RFC 9052, tag 18) over a CWT (RFC 8392), ES256.

Claims: issuer (1), expiry (4), issued at (6), token id (7): the code in 10 bytes, and, under one private-use claim,
what the gate compares with the papers: [masked name, birth year, plate, commune]. One array under one key, because a
private-use key costs five bytes and the picture must stay coarse enough to be read from a scratched screen at night.
The token of a permit has three numbers more in it: days of the week, first minute, minute after the last one. A reader
that knows only passes refuses an array of seven.
"""

from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.adapters import base45
from chalicelib.adapters.sign1 import (
    DETERMINISTIC_ECDSA,
    byte_string,
    lower,
    message_of,
    number,
    signature_of,
    text_string,
    to_be_signed,
)
from chalicelib.models.entry.passes import PassClaims

PREFIX = "TNP1:"

ISSUER, EXPIRES_AT, ISSUED_AT, TOKEN_ID, PAPERS = 1, 4, 6, 7, -65537
"""Labels of the claims."""
_LABEL_OF_PAPERS = b"\x3a\x00\x01\x00\x00"
"""In CBOR."""


class SigningKey(NamedTuple):
    """A private key and the id under which its public key is listed."""

    key_id: bytes
    private: ec.EllipticCurvePrivateKey


def sign(claims: PassClaims, *, issuer: str, key: SigningKey) -> str:
    """The text of the QR. The same claims and key give the same text."""
    payload = _written(claims, issuer)
    protected = _protected(key.key_id)
    signature = lower(signature_of(key.private.sign(to_be_signed(protected, payload), DETERMINISTIC_ECDSA)))
    return PREFIX + base45.encode(message_of(protected, payload, signature))


def _written(claims: PassClaims, issuer: str) -> bytes:
    """In CBOR: a map of five, whose last value is an array of four, or of seven for a permit. All labels but the last
    are their own bytes."""
    times = claims.times or ()
    return b"".join(
        [
            _beginning(issuer),
            number(int(claims.expires_at.timestamp())),
            bytes((ISSUED_AT,)),
            number(int(claims.issued_at.timestamp())),
            bytes((TOKEN_ID,)),
            byte_string(claims.code.to_bytes()),
            _LABEL_OF_PAPERS + bytes((0x84 + len(times),)),
            text_string(claims.masked_name),
            number(claims.birth_year),
            text_string(claims.plate),
            number(int(claims.commune)),
            *map(number, times),
        ]
    )


@lru_cache(maxsize=8)
def _beginning(issuer: str) -> bytes:
    """Up to the label of the expiry."""
    return bytes((0xA5, ISSUER)) + text_string(issuer) + bytes((EXPIRES_AT,))


@lru_cache(maxsize=8)
def _protected(key_id: bytes) -> bytes:
    """`{1: -7, 4: key id}` in CBOR: algorithm and key."""
    return b"\xa2\x01\x26\x04" + byte_string(key_id)
