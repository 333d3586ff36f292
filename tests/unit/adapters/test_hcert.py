"""Certificates as text: prefix, base 45, compression and COSE; and texts that were made to do harm."""

import json
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cbor2
import pytest
from base45 import b45decode, b45encode
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.hcert import LARGEST
from chalicelib.handlers.certificates.answers import certificate as shape
from chalicelib.models.certificates.readings import Reading
from chalicelib.models.certificates.terms import LONGEST_CERTIFICATE, CertificateVerdict, Stage
from tests.certificates import claims_of, european_key, sealed, text_of, vaccination
from tests.unit.certificates.listed import BASE45, EXPIRES, ISSUED, KEYS, european, read, vietnamese

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "container",
    [
        {"algorithm_protected": False},
        {"kid_protected": False},
        {"algorithm_protected": False, "kid_protected": False},
        {"unprotected": {4: b"another!"}},
        {"unprotected": {4: b"another!", 1: -37, 33: [b"x"], "text": None}},
        {"tags": ()},
        {"tags": (18, 61)},
    ],
)
def test_headers_are_found_where_they_are_and_the_signed_one_wins(container: dict[str, Any]) -> None:
    assert read(european(vaccination(), **container), KEYS).verdict is CertificateVerdict.VALID


def test_a_wrong_key_id_that_is_signed_wins_too() -> None:
    text = sealed(
        european_key(),
        b"",
        cbor2.dumps(claims_of("AT", vaccination(), ISSUED, EXPIRES)),
        protected=cbor2.dumps({4: b"another!"}),
        unprotected={4: b"austria1", 1: -7},
    )
    assert read(text, KEYS).verdict is CertificateVerdict.UNTRUSTED


@pytest.mark.parametrize("around", [("", "\n"), ("\ufeff", "\r\n"), ("  ", "  "), ("\t", "\u00a0")])
def test_blanks_around_a_scan_are_no_hindrance(around: tuple[str, str]) -> None:
    assert read(around[0] + vietnamese() + around[1], KEYS).verdict is CertificateVerdict.VALID


@pytest.mark.parametrize("algorithm", [5, -257, -35, -8, "ES256", None])
def test_other_algorithms_are_not_read(algorithm: Any) -> None:
    text = european(vaccination(), protected=cbor2.dumps({1: algorithm, 4: b"austria1"}))
    assert (read(text, KEYS).verdict, read(text, KEYS).failed_at) == (CertificateVerdict.UNREADABLE, Stage.COSE)


def reading_of(text: str) -> Reading:
    reading = read(text, KEYS)
    assert isinstance(reading.verdict, CertificateVerdict)
    # Whatever it is: nobody has signed it.
    assert reading.verdict is not CertificateVerdict.VALID
    shape(reading, "vi").model_dump_json()
    return reading


def bomb(size: int) -> str:
    return text_of(b"\x5a" + size.to_bytes(4, "big") + bytes(size))


HOSTILE: dict[str, bytes] = {
    "deep arrays": b"\x81" * 5_000 + b"\x00",
    "deep open arrays": b"\x9f" * 5_000,
    "deep maps": b"\xa1\x00" * 2_500,
    "deep tags": b"\xd2" * 5_000 + b"\x00",
    "an announced array": b"\x9b" + b"\x7f" + b"\xff" * 7,
    "an announced map": b"\xbb" + b"\x7f" + b"\xff" * 7,
    "an announced text": b"\x7b" + b"\x7f" + b"\xff" * 7,
    "announced bytes": b"\x5b" + b"\xff" * 8,
    "announced gigabytes": b"\x5a\xff\xff\xff\xff",
    "nested announced arrays": (b"\x9a\x00\x00\x10\x00") * 15 + bytes(5_000),
    "a large number": b"\xc2\x59\x13\x88" + b"\xff" * 5_000,
    "a decimal fraction": b"\xc4\x82\x1b\x7f" + b"\xff" * 7 + b"\x01",
    "a big float": b"\xc5\x82\x1b\x7f" + b"\xff" * 7 + b"\x01",
    "a rational": b"\xd8\x1e\x82\x01\x00",
    "a regular expression": cbor2.dumps(cbor2.CBORTag(35, "(a+)+$")),
    "a shared value that holds itself": b"\xd8\x1c\x81\xd8\x1d\x00",
    "string references": b"\xd9\x01\x00\x82\x44abcd\xd8\x19\x00",
    "a set of lists": b"\xd9\x01\x02\x81\x80",
    "an address": b"\xd9\x01\x04\x44abcd",
    "a break alone": b"\xff",
    "reserved heads": b"\x1c",
    "a reserved simple value": b"\xf8\x14",
    "many empty arrays": b"\x99\x13\x88" + b"\x80" * 5_000,
    "many empty maps": b"\x9f" + b"\xa0" * 5_000 + b"\xff",
    "many empty chunks": b"\x5f" + b"\x40" * 5_000 + b"\xff",
    "a map with a list for a key": b"\xa1\x80\x00",
    "a key twice": b"\xa2\x01\x00\x01\x00",
    "text that is no text": b"\x62\xff\xfe",
    "nothing": b"",
    "more than one value": b"\x00\x00",
    "a date too far": b"\xc1\xfb" + b"\x7f\xef" + b"\xff" * 6,
}
WRAPPINGS: dict[str, Callable[[bytes], str]] = {
    "the message": text_of,
    "the header": lambda raw: text_of(cbor2.dumps(cbor2.CBORTag(18, [raw, {}, b"", b""]))),
    "the other header": lambda raw: text_of(b"\xd2\x84\x40" + raw + b"\x40\x40"),
    "the claims": lambda raw: text_of(
        cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -7, 4: b"austria1"}), {}, raw, bytes(64)]))
    ),
}


@pytest.mark.parametrize("place", WRAPPINGS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_content_ends_in_a_verdict_and_in_little_memory(name: str, place: str) -> None:
    text = WRAPPINGS[place](HOSTILE[name])
    tracemalloc.start()
    try:
        assert reading_of(text).verdict is CertificateVerdict.UNREADABLE
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


HOSTILE_TEXTS: dict[str, str] = {
    "a megabyte": "HC1:" + "A" * 1_000_000,
    "a megabyte of blanks": " " * 1_000_000,
    "a megabyte of something else": "Đ" * 1_000_000,
    "a bomb that fits the longest text": bomb(2_000_000),
    "one byte too many behind the compression": text_of(bytes(LARGEST + 1)),
    "something behind the compressed": "HC1:" + b45encode(zlib.compress(b"\x80") + b"more").decode(),
    "a cut end": vietnamese()[:-3],
    "an unpaired surrogate": "HC1:\ud800",
    "a NUL": "HC1:\0",
    "nothing": "",
    "the prefix alone": "HC1:",
    "small letters": vietnamese().lower(),
}


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_hostile_texts_end_in_a_verdict_and_in_little_memory(name: str) -> None:
    text = HOSTILE_TEXTS[name]
    tracemalloc.start()
    try:
        assert reading_of(text).verdict is CertificateVerdict.UNREADABLE
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_nothing_may_stand_behind_the_compressed() -> None:
    compressed = b45decode(vietnamese().removeprefix("HC1:"))
    reading = read("HC1:" + b45encode(compressed + b"more").decode(), KEYS)
    assert (reading.verdict, reading.failed_at) == (CertificateVerdict.UNREADABLE, Stage.COMPRESSION)


@given(st.binary(min_size=1))
def test_no_text_ends_with_a_blank_of_its_own(raw: bytes) -> None:
    assert not b45encode(raw).endswith(b" ")


def test_what_the_limits_let_through_is_small() -> None:
    assert len(bomb(2_000_000)) < LONGEST_CERTIFICATE  # so it was the limit behind the compression that held
    largest = text_of(b"\x59" + (LARGEST - 3).to_bytes(2, "big") + bytes(LARGEST - 3))
    assert reading_of(largest).failed_at is Stage.COSE


def test_no_hostile_text_takes_memory_that_python_does_not_see(tmp_path: Path) -> None:
    texts = [wrap(raw) for wrap in WRAPPINGS.values() for raw in HOSTILE.values()]
    (tmp_path / "texts.json").write_text(json.dumps([*texts, *HOSTILE_TEXTS.values()]))
    program = """
import json, resource, sys
from chalicelib.adapters.hcert import decode
from chalicelib.models.certificates.contents import Unreadable, contents_of
from tests.certificates import vietnamese_key
texts = json.load(open(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for text in texts:
    try:
        contents_of(decode(text).claims)
    except Unreadable:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    command = [sys.executable, "-c", program, str(tmp_path / "texts.json")]
    grown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert int(grown.stdout) * 1024 < 20_000_000


@given(st.text() | st.text(alphabet=BASE45).map(lambda text: "HC1:" + text))
def test_any_text_whatsoever_that_is_no_certificate_is_unreadable(text: str) -> None:
    reading = reading_of(text)
    assert (reading.verdict, reading.contents) == (CertificateVerdict.UNREADABLE, None)


@given(st.binary(max_size=300), st.sampled_from(sorted(WRAPPINGS)))
def test_any_bytes_whatsoever_in_a_certificate_are_unreadable(raw: bytes, place: str) -> None:
    reading = reading_of(WRAPPINGS[place](raw))
    assert (reading.verdict, reading.contents) == (CertificateVerdict.UNREADABLE, None)
