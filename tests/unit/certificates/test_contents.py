"""What a certificate says: its holder, its proof, and their dates."""

import json
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.handlers.certificates.answers import certificate as shape
from chalicelib.models.certificates import contents
from chalicelib.models.certificates import readings as models
from chalicelib.models.certificates.readings import doubts_of_person, vaccination_of
from chalicelib.models.certificates.terms import CertificateVerdict, Stage
from tests import certificates
from tests.certificates import claims_of, european_key, make_certificate, recovery, sealed, vaccination, vietnamese_key
from tests.unit.anything import ANYTHING
from tests.unit.certificates.listed import EXPIRES, ISSUED, KEYS, KID, european, read, vietnamese


def proof_of(payload: Any) -> Any:
    """What a genuine European certificate with this payload says."""
    reading = read(european(payload), KEYS)
    assert reading.contents is not None, reading
    return reading.contents.proof


@pytest.mark.parametrize("tags", [(18,), (), (18, 61), (61,)])
@pytest.mark.parametrize("kid_protected", [True, False])
def test_a_vietnamese_certificate_is_read(kid_protected: bool, tags: tuple[int, ...]) -> None:
    reading = read(vietnamese(kid_protected=kid_protected, tags=tags), KEYS)
    assert (reading.verdict, reading.failed_at, reading.doubts) == (CertificateVerdict.VALID, None, ())
    assert (reading.signature_holds, reading.issuer_holds, reading.times_hold) == (True, True, True)
    assert reading.contents is not None
    assert (reading.contents.issuer, reading.contents.issued_at, reading.contents.expires_at) == ("VN", ISSUED, EXPIRES)
    holder = reading.contents.holder
    assert (holder.full_name, holder.transliterated, holder.born) == ("Nguyễn Văn Thử", "NGUYEN<VAN THU", "1990-05-17")
    proof = reading.contents.proof
    assert isinstance(proof, contents.Vaccinated)
    assert (proof.dose, proof.of_doses, proof.on.text, proof.country) == (2, 2, "2021-07-01", "VN")


def test_a_european_test_is_read() -> None:
    proof = proof_of(certificates.test())
    assert isinstance(proof, contents.Tested)
    assert (proof.test_kind, proof.result, proof.place) == ("pcr", "negative", "Invented Test Centre")
    assert proof.taken_at == datetime(2021, 7, 21, 1, 0, tzinfo=UTC)


def test_a_recovery_is_read() -> None:
    proof = proof_of(recovery())
    assert isinstance(proof, contents.Recovered)
    assert proof.valid_from is not None
    assert proof.valid_until is not None
    assert (proof.first_positive.text, proof.valid_from.text, proof.valid_until.text) == (
        "2021-04-01",
        "2021-04-12",
        "2021-09-28",
    )


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("2021-06-03", "2021-06-03"),
        ("2021-06-03T00:00:00", "2021-06-03"),
        ("2021-06-03T00:00Z", "2021-06-03"),
        ("2021-06-03T23:59:59.9999999+02:00", "2021-06-03"),
        (" 2021-06-03 ", "2021-06-03"),
        ("2021-06", "2021-06"),
        ("2021-12", "2021-12"),
        ("2021", "2021"),
        (1622678400, "2021-06-03"),
        (cbor2.CBORTag(0, "2021-06-03T00:00:00Z"), "2021-06-03"),
        (cbor2.CBORTag(1, 1622678400.5), "2021-06-03"),
        (cbor2.CBORTag(1004, "2021-06-03"), "2021-06-03"),
    ],
)
def test_dates_are_read_however_they_are_written(written: Any, text: str) -> None:
    assert proof_of(vaccination(dt=written)).on.text == text


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2021-07-21T08:00:00Z", 8),
        ("2021-07-21t08:00:00z", 8),
        ("2021-07-21T08:00:00", 8),
        ("2021-07-21T08:00", 8),
        ("2021-07-21 08:00:00+02:00", 6),
        ("2021-07-21T08:00:00+0200", 6),
        ("2021-07-21T08:00:00+02", 6),
        ("2021-07-21T08:00:00+0", 8),
        ("2021-07-21T08:00:00-03:00", 11),
        ("2021-07-21T08:00:00.000+07:00", 1),
        ("2021-07-21T08:00:00.7315849+03:00", 5),
        ("2021-07-21", 0),
        (cbor2.CBORTag(0, "2021-07-21T08:00:00Z"), 8),
        (1626854400, 8),
    ],
)
def test_times_are_read_however_they_are_written(written: Any, hour: int) -> None:
    assert proof_of(certificates.test(sc=written)).taken_at == datetime(2021, 7, 21, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["", "yesterday", "2021-13-01", "2021-02-30", "21-06-03", None, [], {}, 1e300, True]
)
def test_what_is_no_date_is_not_of_the_schema(written: Any) -> None:
    reading = read(european(vaccination(dt=written)), KEYS)
    assert (reading.verdict, reading.failed_at) == (CertificateVerdict.UNREADABLE, Stage.SCHEMA)


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("1990-05-17", "1990-05-17"),
        ("1990-05-17T00:00:00", "1990-05-17"),
        ("1990-05", "1990-05"),
        ("1990", "1990"),
        (1990, "1990"),
        ("1990-XX-XX", "1990"),
        ("1990-05-00", "1990-05"),
        ("1990-00-00", "1990"),
        ("", ""),
        (None, ""),
        ("unknown", ""),
    ],
)
def test_a_birth_is_read_as_far_as_it_is_known(written: Any, born: str) -> None:
    reading = read(european({**vaccination(), "dob": written}), KEYS)
    assert reading.contents is not None
    assert reading.contents.holder.born == born


def test_missing_and_unknown_fields_are_no_hindrance() -> None:
    bare = {"nam": {"fnt": "THU", "mn": ""}, "v": [{"dn": 1, "dt": "2021-06", "new": {"x": [1, None, 2.5]}}], "x": b"y"}
    reading = read(european({**bare, "t": [], "r": None}), KEYS)
    assert reading.verdict is CertificateVerdict.VALID
    assert reading.contents is not None
    assert reading.contents.holder.full_name == "THU"
    assert isinstance(reading.contents.proof, contents.Vaccinated)
    assert reading.contents.proof.of_doses is None


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {**vaccination(), "v": []},
        {**vaccination(), **certificates.test()},
        {**vaccination(), "v": vaccination()["v"] * 11},
        {**vaccination(), "v": [*vaccination()["v"], {}]},
        {**vaccination(), "v": {"dn": 1}},
        {**vaccination(), "v": "x"},
        {**vaccination(), "v": [[]]},
        {**vaccination(), "v": 5},
        {**vaccination(), "nam": {}},
        {**vaccination(), "nam": {"fn": " "}},
        {**vaccination(), "nam": "Thử"},
        vaccination(dn=0),
        vaccination(dn=1.5),
        vaccination(dn="two"),
        vaccination(dn=2**64 - 1),
        vaccination(dn=float("inf")),
        vaccination(sd=[]),
    ],
)
def test_anything_but_one_kind_of_proof_of_one_person_is_not_of_the_schema(payload: Any) -> None:
    reading = read(european(payload), KEYS)
    assert (reading.verdict, reading.failed_at) == (CertificateVerdict.UNREADABLE, Stage.SCHEMA)


def entries(name: str, make: Any, *changes: dict[str, Any]) -> dict[str, Any]:
    """A payload with several entries, as schemas 1.0.0 to 1.2.1 allow."""
    payload: dict[str, Any] = {**make(), "ver": "1.2.1"}
    return {**payload, name: [entry for each in changes for entry in make(**each)[name]]}


def test_of_several_entries_the_one_that_says_most_counts() -> None:
    doses = ({"dn": 1, "dt": "2021-06-01"}, {"dn": 2, "dt": "2021-07-01"}, {"tg": "6142004", "dn": 3})
    samples = ({"sc": "2021-07-20T08:00:00Z"}, {"sc": "2021-07-21T08:00:00Z", "tr": "260373001"})
    ill = ({"fr": "2021-04-01"}, {"fr": "2020-11-01"})
    for order in (1, -1):
        proof = proof_of(entries("v", vaccination, *doses[::order]))
        assert (proof.dose, proof.on.text) == (2, "2021-07-01")
        assert proof_of(entries("t", certificates.test, *samples[::order])).result == "positive"
        assert proof_of(entries("r", recovery, *ill[::order])).first_positive.text == "2021-04-01"


def test_times_may_have_fractions_and_the_issuing_may_be_missing() -> None:
    for claims in ({4: EXPIRES.timestamp() + 0.5, 6: ISSUED.timestamp() + 0.25}, {4: int(EXPIRES.timestamp())}):
        content = cbor2.dumps({1: "AT", -260: {1: vaccination()}, **claims})
        assert read(sealed(european_key(), b"austria1", content), KEYS).verdict is CertificateVerdict.VALID


@pytest.mark.parametrize("name", [4, 6])
@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), 1e308, 2**64 - 1, -(2**64), [], {}, b"", "x"]
)
def test_what_is_no_time_is_unreadable(name: int, value: Any) -> None:
    content = cbor2.dumps({**claims_of("AT", vaccination(), ISSUED, EXPIRES), name: value})
    reading = read(sealed(european_key(), b"austria1", content), KEYS)
    assert (reading.verdict, reading.failed_at) == (CertificateVerdict.UNREADABLE, Stage.CWT)


def test_a_strangers_text_is_short_and_on_one_line() -> None:
    payload = {**vaccination(co="VN"), "nam": {"fn": "ΐ" * 2_000, "gn": "A\n\u202eB"}}
    text = make_certificate(vietnamese_key(), KID, "VN\n<b>", payload, ISSUED, EXPIRES)
    reading = read(text, KEYS)
    assert reading.contents is not None
    holder = reading.contents.holder
    assert (reading.contents.issuer, len(holder.family_name), holder.given_name) == ("VN", 200, "A  B")


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([1, 4, 6, -260]), ANYTHING), ANYTHING)
def test_no_signed_claims_whatsoever_break_the_reader(claims: dict[int, Any], payload: Any) -> None:
    signed = {**claims_of("AT", payload, ISSUED, EXPIRES), **claims}
    for content in (signed, {**signed, -260: {1: payload}}):
        reading = read(sealed(european_key(), b"austria1", cbor2.dumps(content)), KEYS)
        assert json.loads(shape(reading, "en").model_dump_json())["verdict"] == reading.verdict


ENTRY_FIELDS = sorted({*vaccination()["v"][0], *certificates.test()["t"][0], *recovery()["r"][0]})


@settings(max_examples=300)
@given(
    st.sampled_from("vtr"),
    st.dictionaries(st.sampled_from(ENTRY_FIELDS), ANYTHING),
    st.dictionaries(st.sampled_from(["fn", "gn", "fnt", "gnt"]), ANYTHING),
    ANYTHING,
)
def test_no_signed_payload_whatsoever_breaks_the_reader(kind: str, fields: Any, names: Any, born: Any) -> None:
    whole = {**vaccination(), **certificates.test(), **recovery()}
    payload = {"nam": names, "dob": born, kind: [{**whole[kind][0], **fields}]}
    reading = read(european(payload), KEYS)
    assert json.loads(shape(reading, "vi").model_dump_json())["verdict"] == reading.verdict
    proofs = [vaccination_of(reading), models.test_of(reading)]
    assert sum(each is not None for each in proofs) <= 1
    # What cannot be read proves nothing, and is compared with nobody.
    if reading.contents is None:
        assert (proofs, doubts_of_person(reading, "Nguyễn Văn Thử", 1990)) == ([None, None], ())
