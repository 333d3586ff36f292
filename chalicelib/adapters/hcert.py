"""The European health certificate's container, which Vietnam's vaccine certificate uses too (decision 5772/QĐ-BYT).

`HC1:` + base45 (RFC 9285) of zlib (RFC 1950) of a COSE_Sign1 (RFC 9052) over a CWT (RFC 8392), ES256 or PS256. Its
wrappings are removed one by one; `Unreadable` names the one that could not be.
"""

import zlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from chalicelib.adapters import base45
from chalicelib.adapters.cbor import NotReadable, read
from chalicelib.adapters.sign1 import ALGORITHM, ECDSA, ES256, KEY_ID, TAG, der_of, to_be_signed
from chalicelib.models.certificates.contents import Container, Unreadable
from chalicelib.models.certificates.terms import LONGEST_CERTIFICATE, Stage
from chalicelib.models.scanned import plain_scan

PREFIX = "HC1:"
LARGEST = 6_000
"""Bytes behind the compression. A certificate has 300 to 1,000."""

_PS256 = -37
_CWT_TAG = 61
_KEY_ID_LENGTH = 64
# RFC 8230 wants a salt as long as the digest; some libraries use another length, which is no forgery.
_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=padding.PSS.AUTO)


def decode(text: str) -> Container:
    """What the text of a QR wraps. Nothing is verified yet.

    Raises
    ------
    Unreadable
        With the wrapping that could not be removed.
    """
    # Blanks around a scan are the scanner's: no base45 text ends with one.
    text = plain_scan(text) if len(text) <= 2 * LONGEST_CERTIFICATE else text
    if not text.startswith(PREFIX) or len(text) > LONGEST_CERTIFICATE:
        raise Unreadable(Stage.PREFIX)
    return _message(_unpacked(_unwrapped(text.removeprefix(PREFIX))))


def _unwrapped(text: str) -> bytes:
    try:
        raw: bytes = base45.decode(text)
    except ValueError:
        raise Unreadable(Stage.BASE45) from None
    return raw


def _unpacked(raw: bytes) -> bytes:
    inflating = zlib.decompressobj()
    try:
        unpacked = inflating.decompress(raw, LARGEST)
    except zlib.error:
        raise Unreadable(Stage.COMPRESSION) from None
    if not inflating.eof or inflating.unused_data:
        raise Unreadable(Stage.COMPRESSION)
    return unpacked


def _message(raw: bytes) -> Container:
    try:
        message = read(raw, tags=frozenset({_CWT_TAG, TAG}))
        protected, unprotected, payload, signature = _of(list, message)
        # A header without entries is zero bytes.
        signed_header = _of(dict, read(protected) if _of(bytes, protected) else {})
        header = {**_of(dict, unprotected), **signed_header}
        key_id, algorithm = _of(bytes, header.get(KEY_ID, b"")), header.get(ALGORITHM)
        if algorithm not in (ES256, _PS256) or len(key_id) > _KEY_ID_LENGTH:
            raise NotReadable
        content = to_be_signed(protected, _of(bytes, payload))
        signature = _of(bytes, signature)
    # Hostile bytes lead to wrong types and wrong numbers of values here.
    except (NotReadable, ValueError, TypeError):
        raise Unreadable(Stage.COSE) from None
    try:
        claims = read(payload)
    except NotReadable:
        raise Unreadable(Stage.CWT) from None
    return Container(key_id, claims, lambda key: _signed(content, signature, algorithm, key))


def _of(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise NotReadable
    return value


def _signed(content: bytes, signature: bytes, algorithm: int, public_key: bytes) -> bool:
    key = load_der_public_key(public_key)
    try:
        if algorithm == ES256 and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(der_of(signature), content, ECDSA)
            return True
        if algorithm == _PS256 and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, _PSS, SHA256())
            return True
    except (InvalidSignature, ValueError):
        pass
    return False
