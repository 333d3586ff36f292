"""What an entry of a trust list says about its key."""

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.trusted_key_files import facts_of
from chalicelib.models.certificates.terms import CertificateKind
from chalicelib.models.certificates.trusted_keys import KeyNotUsable, TrustListEntry
from tests.certificates import bare_entry, european_key, signer, vietnamese_key
from tests.forms import NOW
from tests.unit.certificates.listed import trusted


def test_a_key_that_names_no_use_signs_all() -> None:
    for uses in ((), ("1.3.6.1.5.5.7.3.2",)):
        _, entry = signer(vietnamese_key(), NOW, uses=uses)
        assert set(trusted(entry).uses) == set(CertificateKind)


def der_of(entry: dict[str, Any]) -> bytes:
    lines = entry["certificate"].strip().splitlines()
    return b64decode("".join(line for line in lines if not line.startswith("-")))


def refusal_of(der: bytes) -> str | None:
    try:
        facts_of(TrustListEntry(certificate=b64encode(der).decode()))
    except KeyNotUsable as error:
        return error.code
    return None


def replaced(der: bytes, old: str, new: str) -> bytes:
    assert der.count(bytes.fromhex(old)) >= 1
    return der.replace(bytes.fromhex(old), bytes.fromhex(new))


def test_a_certificate_of_another_version_or_with_a_country_that_is_no_text_is_refused_and_no_failure() -> None:
    _, entry = signer(european_key(), NOW)
    der = der_of(entry)
    assert refusal_of(der) is None
    for version in ("01", "05", "7f"):
        assert refusal_of(replaced(der, "a003020102", f"a0030201{version}")) == "certificate_not_x509"
    # The attribute's identifier and its value: a PrintableString of two letters; a BIT STRING.
    assert refusal_of(replaced(der, "06035504061302564e", "060355040603020041")) == "certificate_not_x509"


@pytest.mark.parametrize(("bits", "exponent"), [(16_392, 65_537), (3_072, 2**3_000 + 1)], ids=("long", "slow"))
def test_a_key_by_which_nothing_can_be_verified_is_not_listed(bits: int, exponent: int) -> None:
    key = rsa.RSAPublicNumbers(exponent, 2**bits - 1).public_key()
    text = b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    entry = bare_entry(vietnamese_key(), b"1", NOW, public_key=text)
    with pytest.raises(KeyNotUsable, match="key_kind_not_allowed"):
        facts_of(TrustListEntry.model_validate_json(json.dumps(entry)))


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_no_byte_of_a_certificate_leads_to_a_failure(place: int, byte: int) -> None:
    _, entry = signer(european_key(), NOW)
    der = bytearray(der_of(entry))
    der[place % len(der)] = byte
    refusal = refusal_of(bytes(der))
    assert refusal in (None, "certificate_not_x509", "public_key_unreadable", "key_kind_not_allowed", "key_too_short")
    if refusal is None:  # then its key can be used
        facts = facts_of(TrustListEntry(certificate=b64encode(der).decode()))
        assert load_der_public_key(b64decode(facts.public_key)) is not None
        assert {*facts.uses} <= {*CertificateKind}
