"""Keys of the trust list as administrators send them: X.509 certificates, bare public keys (SubjectPublicKeyInfo)."""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509 import Certificate, InvalidVersion, load_der_x509_certificate
from cryptography.x509.oid import NameOID

from chalicelib.models.certificates.terms import CertificateKind
from chalicelib.models.certificates.trusted_keys import KeyFacts, KeyNotUsable, TrustListEntry, country_of

SHORTEST_RSA = 2048
"""Bits."""
_LONGEST_RSA, _LONGEST_EXPONENT = 16_384, 64
"""Bits. OpenSSL verifies nothing by a longer key, or by a longer exponent of a long key."""
_KEY_ID_LENGTH = 8
_LONGEST_KEY_ID = 64

_ARC = bytes.fromhex("2b06010401")
_USES_ARCS = (_ARC + bytes.fromhex("8e378f6501"), _ARC + bytes.fromhex("008e378f6501"))
"""1.3.6.1.4.1.1847.2021.1, and the form with a zero that was used before."""
_USES = {1: CertificateKind.TEST, 2: CertificateKind.VACCINATION, 3: CertificateKind.RECOVERY}
_OBJECT_IDENTIFIER = 6


def facts_of(entry: TrustListEntry) -> KeyFacts:
    """What an entry's certificate says of its key, or the entry itself of its bare one.

    Raises
    ------
    KeyNotUsable
        For what cannot be read, and for keys too weak or of a kind that signs no certificates.
    """
    if entry.certificate is not None:
        return _of_certificate(entry.certificate)
    if entry.public_key is None or entry.kid is None or entry.uses is None:
        raise KeyNotUsable("trusted_key_ambiguous")
    if entry.valid_from is None or entry.valid_until is None:
        raise KeyNotUsable("trusted_key_ambiguous")
    return KeyFacts(
        kid=_encoded(_key_id(entry.kid)),
        country=None,
        public_key=_encoded(_checked(_der(entry.public_key, "public_key_unreadable"))),
        valid_from=entry.valid_from,
        valid_until=entry.valid_until,
        uses=tuple(sorted(set(entry.uses))),
    )


def _of_certificate(text: str) -> KeyFacts:
    der = _der(text, "certificate_not_x509")
    try:
        certificate = load_der_x509_certificate(der)
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        valid_from, valid_until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        countries = certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    except UnsupportedAlgorithm:
        raise KeyNotUsable("key_kind_not_allowed") from None
    # `cryptography` has errors of other classes for versions other than 1 and 3, and for a name that is no text.
    except (InvalidVersion, TypeError, ValueError):
        raise KeyNotUsable("certificate_not_x509") from None
    return KeyFacts(
        kid=_encoded(sha256(der).digest()[:_KEY_ID_LENGTH]),
        country=country_of(str(countries[0].value)) if countries else None,
        public_key=_encoded(_checked(key)),
        valid_from=valid_from,
        valid_until=valid_until,
        uses=_uses(certificate),
    )


def _uses(certificate: Certificate) -> tuple[CertificateKind, ...]:
    """The kinds that the certificate names among its key's uses; all where it names none.

    Its bytes are searched: some real ones have an empty list of uses, and for those `cryptography` reads no
    extensions.
    """
    content = certificate.tbs_certificate_bytes
    named = [
        use
        for number, use in _USES.items()
        if any(bytes([_OBJECT_IDENTIFIER, len(arc) + 1, *arc, number]) in content for arc in _USES_ARCS)
    ]
    return tuple(sorted(named or CertificateKind))


def _checked(der: bytes) -> bytes:
    """The key as SubjectPublicKeyInfo, if it is one that may sign certificates."""
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyNotUsable("public_key_unreadable") from None
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < SHORTEST_RSA:
            raise KeyNotUsable("key_too_short")
        if key.key_size > _LONGEST_RSA or key.public_numbers().e.bit_length() > _LONGEST_EXPONENT:
            raise KeyNotUsable("key_kind_not_allowed")
    elif not (isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)):
        raise KeyNotUsable("key_kind_not_allowed")
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _der(text: str, code: str) -> bytes:
    lines = [line.strip() for line in text.strip().splitlines()]
    if lines and lines[0].startswith("-----BEGIN") and lines[-1].startswith("-----END"):
        lines = lines[1:-1]
    try:
        return b64decode("".join(lines), validate=True)
    except ValueError:
        raise KeyNotUsable(code) from None


def _key_id(text: str) -> bytes:
    try:
        key_id = b64decode(text, validate=True)
    except (NoBase64, ValueError):
        raise KeyNotUsable("key_id_malformed") from None
    if not 1 <= len(key_id) <= _LONGEST_KEY_ID:
        raise KeyNotUsable("key_id_malformed")
    return key_id


def _encoded(raw: bytes) -> str:
    return b64encode(raw).decode()
