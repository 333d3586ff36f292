"""CBOR (RFC 8949) as certificates use it."""

from typing import Any

import cbor2
from hypothesis import given, settings

from chalicelib.adapters import cbor
from chalicelib.models.certificates.terms import CertificateVerdict
from tests.certificates import claims_of, european_key, sealed, vaccination
from tests.unit.anything import ANYTHING
from tests.unit.certificates.listed import EXPIRES, ISSUED, KEYS, read


def test_lengths_may_be_left_open() -> None:
    def opened(value: Any) -> bytes:
        if isinstance(value, dict):
            return b"\xbf" + b"".join(cbor2.dumps(key) + opened(each) for key, each in value.items()) + b"\xff"
        if isinstance(value, list):
            return b"\x9f" + b"".join(map(opened, value)) + b"\xff"
        if isinstance(value, str):
            return b"\x7f" + b"".join(map(cbor2.dumps, value)) + b"\xff"
        return cbor2.dumps(value)

    text = sealed(european_key(), b"austria1", opened(claims_of("AT", vaccination(), ISSUED, EXPIRES)))
    assert read(text, KEYS).verdict is CertificateVerdict.VALID


@settings(max_examples=300)
@given(ANYTHING)
def test_our_reader_reads_what_cbor_writes(value: Any) -> None:
    # By their text, in which one NaN is like the other.
    assert repr(cbor.read(cbor2.dumps(value))) == repr(value)
