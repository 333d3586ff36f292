"""What tokens and certificates share: COSE_Sign1 (RFC 9052) with ES256."""

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.sign1 import (
    DETERMINISTIC_ECDSA,
    ECDSA,
    TAG,
    der_of,
    message_of,
    number,
    signature_of,
    text_string,
    to_be_signed,
)

halves = st.integers(1, 2**256 - 1)


@given(halves, halves)
def test_a_signature_is_the_same_in_64_bytes_and_in_der(r: int, s: int) -> None:
    der = encode_dss_signature(r, s)
    raw = signature_of(der)
    assert raw == r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert der_of(raw) == der
    assert decode_dss_signature(der_of(raw)) == (r, s)


def test_the_nonce_is_that_of_rfc_6979() -> None:
    """Appendix A.2.5: P-256, SHA-256, the message "sample"."""
    key = ec.derive_private_key(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1())
    raw = signature_of(key.sign(b"sample", DETERMINISTIC_ECDSA))
    assert raw[:32].hex() == "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    assert raw[32:].hex() == "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    key.public_key().verify(der_of(raw), b"sample", ec.ECDSA(SHA256()))


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        der_of(bytes(length))


def test_what_is_signed_are_the_header_and_the_content_as_rfc_9052_joins_them() -> None:
    assert cbor2.loads(to_be_signed(b"header", b"content")) == ["Signature1", b"header", b"", b"content"]


@pytest.mark.parametrize("length", [0, 1, 23, 24, 255, 256, 6_000, 65_535, 65_536])
def test_bytes_of_any_length_are_written_as_cbor2_writes_them(length: int) -> None:
    raw = bytes(length)
    for header, content, signature in ((raw, b"content", b"signature"), (b"header", raw, raw)):
        assert to_be_signed(header, content) == cbor2.dumps(["Signature1", header, b"", content])
        signed = cbor2.CBORTag(TAG, [header, {}, content, signature])
        assert message_of(header, content, signature) == cbor2.dumps(signed)


@given(st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([23, 24, 255, 256, 65_535, 65_536])), st.text())
def test_numbers_and_texts_are_written_as_cbor2_writes_them(value: int, text: str) -> None:
    assert number(value) == cbor2.dumps(value)
    assert text_string(text) == cbor2.dumps(text)


@pytest.mark.parametrize("value", [-1, 2**32])
def test_a_number_beyond_four_bytes_is_not_written(value: int) -> None:
    with pytest.raises(OverflowError):
        number(value)


def test_a_signature_holds_for_its_header_and_its_content_alone() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    raw = signature_of(key.sign(to_be_signed(b"header", b"content"), ECDSA))
    public = key.public_key()
    public.verify(der_of(raw), to_be_signed(b"header", b"content"), ECDSA)
    for protected, payload in ((b"header!", b"content"), (b"header", b"content!"), (b"headerc", b"ontent")):
        with pytest.raises(InvalidSignature):
            public.verify(der_of(raw), to_be_signed(protected, payload), ECDSA)
