"""A certificate for the local server, and a list of authorities as long as a real one.

Keys are RSA 2048, as those of AWS's endpoints are: a client's work at a handshake depends on it.
"""

from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID

SERVER, AUTHORITIES = "server.pem", "authorities.pem"


def make(folder: Path) -> None:
    """Write the server's key and certificate, and the authorities: botocore's own list and the bench's one."""
    authority_key, server_key = _key(), _key()
    authority = _certificate("Bench authority", authority_key, authority_key, authority=True)
    server = _certificate("127.0.0.1", server_key, authority_key, authority=False)
    private = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / SERVER
    file.touch(mode=0o600)
    file.write_bytes(private + _pem(server))
    (folder / AUTHORITIES).write_bytes(_known_authorities() + b"\n" + _pem(authority))


def _known_authorities() -> bytes:
    botocore = find_spec("botocore")
    assert botocore is not None
    assert botocore.origin is not None
    return Path(botocore.origin).with_name("cacert.pem").read_bytes()


def _key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(name: str, key: RSAPrivateKey, issuer: RSAPrivateKey, *, authority: bool) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("Bench authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
    return builder.sign(issuer, hashes.SHA256())


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
