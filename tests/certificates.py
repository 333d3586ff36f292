"""Invented certificates of vaccination, test and recovery, as Vietnam and Europe make them, and their trust lists."""

import zlib
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import cbor2
from base45 import b45encode
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

VIETNAMESE_NAME = {"fn": "Nguyễn Văn", "gn": "Thử", "fnt": "NGUYEN<VAN", "gnt": "THU"}
EUROPEAN_NAME = {"fn": "Müller-Größe", "gn": "Änne", "fnt": "MUELLER<GROESSE", "gnt": "AENNE"}

OLD_USES = "1.3.6.1.4.1.0.1847.2021.1."
USES = "1.3.6.1.4.1.1847.2021.1."
"""1 test, 2 vaccination, 3 recovery."""


@cache
def vietnamese_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def european_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def vaccination(**changes: Any) -> dict[str, Any]:
    """A payload: the second of two doses."""
    entry = {
        "tg": "840539006",
        "vp": "1119349007",
        "mp": "EU/1/20/1528",
        "ma": "ORG-100030215",
        "dn": 2,
        "sd": 2,
        "dt": "2021-07-01",
        "co": "VN",
        "is": "Invented Health Centre",
        "ci": "URN:UVCI:01:VN:INVENTED",
        **changes,
    }
    return {"ver": "1.3.0", "nam": VIETNAMESE_NAME, "dob": "1990-05-17", "v": [entry]}


def test(**changes: Any) -> dict[str, Any]:
    """A payload: a negative PCR test."""
    entry = {
        "tg": "840539006",
        "tt": "LP6464-4",
        "nm": "Invented PCR",
        "sc": "2021-07-21T08:00:00+07:00",
        "tr": "260415000",
        "tc": "Invented Test Centre",
        "co": "VN",
        "is": "Invented Health Centre",
        "ci": "URN:UVCI:01:VN:INVENTED",
        **changes,
    }
    return {"ver": "1.3.0", "nam": VIETNAMESE_NAME, "dob": "1990-05-17", "t": [entry]}


def recovery(**changes: Any) -> dict[str, Any]:
    """A payload: ill in spring."""
    entry = {
        "tg": "840539006",
        "fr": "2021-04-01",
        "df": "2021-04-12",
        "du": "2021-09-28",
        "co": "VN",
        "is": "Invented Health Centre",
        "ci": "URN:UVCI:01:VN:INVENTED",
        **changes,
    }
    return {"ver": "1.3.0", "nam": VIETNAMESE_NAME, "dob": "1990-05-17", "r": [entry]}


def claims_of(country: str, payload: Any, issued_at: Any, expires_at: Any) -> dict[int, Any]:
    def seconds(moment: Any) -> Any:
        return int(moment.timestamp()) if isinstance(moment, datetime) else moment

    return {1: country, 4: seconds(expires_at), 6: seconds(issued_at), -260: {1: payload}}


def make_certificate(
    private_key: PrivateKey,
    kid: bytes,
    country: str,
    payload: Any,
    issued_at: datetime,
    expires_at: datetime,
    **container: Any,
) -> str:
    """The text of a certificate's QR; `container` as `sealed` takes it."""
    return sealed(private_key, kid, cbor2.dumps(claims_of(country, payload, issued_at, expires_at)), **container)


def sealed(
    private_key: PrivateKey,
    kid: bytes,
    content: bytes,
    *,
    algorithm: int | None = None,
    kid_protected: bool = True,
    algorithm_protected: bool = True,
    protected: bytes | None = None,
    unprotected: Mapping[Any, Any] | None = None,
    tags: tuple[int, ...] = (18,),
) -> str:
    """The text around a content that `private_key` signs. Headers are those of the flags, or as they are given."""
    algorithm = algorithm or (-37 if isinstance(private_key, rsa.RSAPrivateKey) else -7)
    inside: dict[int, Any] = {1: algorithm} if algorithm_protected else {}
    outside: dict[Any, Any] = {} if algorithm_protected else {1: algorithm}
    (inside if kid_protected else outside)[4] = kid
    header = protected if protected is not None else cbor2.dumps(inside) if inside else b""
    signature = _sign(private_key, cbor2.dumps(["Signature1", header, b"", content]))
    message: Any = [header, outside if unprotected is None else unprotected, content, signature]
    for tag in tags:
        message = cbor2.CBORTag(tag, message)
    return text_of(cbor2.dumps(message))


def text_of(message: bytes) -> str:
    return "HC1:" + str(b45encode(zlib.compress(message, 9)), "ascii")


def _sign(key: PrivateKey, content: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(content, padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH), SHA256())
    r, s = decode_dss_signature(key.sign(content, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def spki(key: PrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


def bare_entry(key: PrivateKey, kid: bytes, now: datetime, **changes: Any) -> dict[str, Any]:
    """An entry of a trust list: a bare key, listed for a year on both sides."""
    return {
        "public_key": spki(key),
        "kid": b64encode(kid).decode(),
        "valid_from": (now - timedelta(days=365)).isoformat(),
        "valid_until": (now + timedelta(days=365)).isoformat(),
        "uses": ["vaccination", "test", "recovery"],
        **changes,
    }


def signer(
    key: Any, now: datetime, *, country: str | None = "VN", uses: tuple[str, ...] = ()
) -> tuple[bytes, dict[str, Any]]:
    """A signer's X.509 certificate: its key id, and its entry for a trust list. `uses` are object identifiers."""
    attributes = [x509.NameAttribute(x509.NameOID.COMMON_NAME, "Invented Signer")]
    if country:
        attributes.append(x509.NameAttribute(x509.NameOID.COUNTRY_NAME, country))
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(attributes))
        .issuer_name(x509.Name(attributes))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now.astimezone(UTC) - timedelta(days=365))
        .not_valid_after(now.astimezone(UTC) + timedelta(days=365))
    )
    if uses:
        named = [x509.ObjectIdentifier(use) for use in uses]
        builder = builder.add_extension(x509.ExtendedKeyUsage(named), critical=False)
    der = builder.sign(key, SHA256()).public_bytes(Encoding.DER)
    return sha256(der).digest()[:8], {"certificate": b64encode(der).decode()}
