"""What tokens and certificates share: COSE_Sign1 (RFC 9052) with ES256."""

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

TAG = 18
ALGORITHM, KEY_ID = 1, 4
"""Labels of a header."""
ES256 = -7


class _Ecdsa(ec.ECDSA):
    """ECDSA with SHA-256. The constructor of `cryptography` imports OpenSSL's whole backend, to ask whether it can sign
    deterministically: 3 ms of a cold start. The tests sign, so they fail with a backend that cannot."""

    algorithm = SHA256()
    deterministic_signing = False

    def __init__(self) -> None:
        pass


class _DeterministicEcdsa(_Ecdsa):
    deterministic_signing = True


ECDSA = _Ecdsa()
"""For verifying: it does not depend on how the signer chose the nonce."""
DETERMINISTIC_ECDSA = _DeterministicEcdsa()
"""To sign: the nonce is computed from key and content (RFC 6979). A random one must never repeat: two signatures with
the same nonce give the private key away. Processes that are restored from one snapshot may draw the same numbers."""

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (FIPS 186-4, D.1.2.3). From a signature (r, s) anyone can compute (r, order - s): both hold."""

_COORDINATE = 32
"""Bytes of each half of a signature."""


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052, section 4.4: `["Signature1", protected, b"", payload]`."""
    return b"\x84\x6aSignature1" + byte_string(protected) + b"\x40" + byte_string(payload)


def message_of(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """The COSE_Sign1 of RFC 9052, section 4.2, with its tag: `18([protected, {}, payload, signature])`."""
    return b"\xd2\x84" + byte_string(protected) + b"\xa0" + byte_string(payload) + byte_string(signature)


def number(value: int) -> bytes:
    """A number in CBOR, of 0 to 4 bytes. Raises `OverflowError` for others, negative ones too."""
    return _head(0x00, value)


def byte_string(raw: bytes) -> bytes:
    return _head(0x40, len(raw)) + raw


def text_string(text: str) -> bytes:
    raw = text.encode()
    return _head(0x60, len(raw)) + raw


@lru_cache(maxsize=512)
def _head(kind: int, argument: int) -> bytes:
    """The head of a value in CBOR (RFC 8949, section 3). `cbor2` takes several times as long for the few types used
    here."""
    if 0 <= argument < 24:
        return bytes((kind | argument,))
    if argument < 0x100:
        return bytes((kind | 24,)) + argument.to_bytes(1, "big")
    if argument < 0x10000:
        return bytes((kind | 25,)) + argument.to_bytes(2, "big")
    return bytes((kind | 26,)) + argument.to_bytes(4, "big")


def der_of(signature: bytes) -> bytes:
    """A signature as `cryptography` takes it. Raises `ValueError` if it is not 64 bytes."""
    if len(signature) != 2 * _COORDINATE:
        raise ValueError
    r, s = signature[:_COORDINATE], signature[_COORDINATE:]
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def lower(signature: bytes) -> bytes:
    """The low-s form of a signature: of (r, s) and (r, order - s), the one with the lower s."""
    r, s = signature[:_COORDINATE], int.from_bytes(signature[_COORDINATE:], "big")
    return r + min(s, _ORDER - s).to_bytes(_COORDINATE, "big") if s < _ORDER else signature


def signature_of(der: bytes) -> bytes:
    """The inverse of `der_of`."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")
