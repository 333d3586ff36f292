"""What a form may say: each refusal with its own code, at its own place."""

import json
from copy import deepcopy
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.http.problems import refusal_of
from chalicelib.models.entry.corrections import CorrectionForm
from chalicelib.models.entry.crossings import CrossingForm
from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.entry.revocations import RevocationForm
from chalicelib.models.errors import InvalidInput
from chalicelib.models.gate.batches import BatchForm, OfflineCrossingForm
from chalicelib.models.people.phones import _MOBILE
from chalicelib.models.people.places import Place
from chalicelib.models.people.trips import Destination, Transport
from chalicelib.models.policy.policies import Policy
from chalicelib.models.records import STORED, Record
from chalicelib.models.staff.checkpoints import CheckpointForm
from chalicelib.models.staff.staff import PostingForm
from tests.forms import form, person

MISSING = object()
TEST = {"kind": "pcr", "result": "negative"}
INSIDE = {"vaccination_date_does_not_fit", "number_out_of_range", "time_invalid", "value_not_listed"}
"""Codes told of a field within the one that was changed."""


def changed(pointer: str, value: Any, companions: int = 0) -> dict[str, Any]:
    body = form(companions=companions)
    *way, last = pointer.strip("/").split("/")
    place: Any = body
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is MISSING:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return body


def refusals(body: dict[str, Any]) -> set[tuple[str, str]]:
    try:
        DeclarationForm.model_validate_json(json.dumps(body))
    except ValidationError as error:
        refused = refusal_of(error)
        assert isinstance(refused, InvalidInput)
        return {(each.pointer, each.code) for each in refused.problems}
    return set()


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/traveller/full_name", MISSING, "field_missing"),
        ("/traveller/full_name", "A", "text_too_short"),
        ("/traveller/full_name", "A" * 101, "text_too_long"),
        ("/traveller/full_name", "Nguyen 4n", "name_impossible"),
        ("/traveller/full_name", "<script>", "name_impossible"),
        ("/traveller/full_name", 7, "wrong_type"),
        ("/traveller/birth_year", 1899, "birth_year_impossible"),
        ("/traveller/birth_year", "1990", "wrong_type"),
        ("/traveller/birth_year", MISSING, "birth_ambiguous"),
        ("/traveller/gender", "x", "value_not_listed"),
        ("/traveller/nationality", "XX", "country_unknown"),
        ("/traveller/identity/kind", "ticket", "value_not_listed"),
        ("/traveller/identity/number", "12345", "identity_number_impossible"),
        ("/traveller/identity/number", "972090000123", "identity_number_impossible"),  # no such province
        ("/traveller/identity/number", "072990000123", "identity_number_impossible"),  # no such century
        ("/traveller/identity/number", "072085000123", "identity_contradicts_birth"),
        ("/traveller/phone", "12", "text_too_short"),
        ("/traveller/phone", "0123", "phone_impossible"),
        ("/traveller/phone", "không có", "phone_impossible"),
        ("/traveller/health", MISSING, "field_missing"),
        ("/traveller/health/symptoms", ["headache"], "value_not_listed"),
        ("/traveller/health/contact_with_patient", "no", "wrong_type"),
        ("/traveller/health/contact_with_patient", MISSING, "field_missing"),
        ("/traveller/health/vaccination", {"doses": 1}, "vaccination_date_does_not_fit"),
        ("/traveller/health/vaccination", {"doses": 11, "last_date": "2021-07-01"}, "number_out_of_range"),
        ("/traveller/health/vaccination", {"doses": 1, "last_date": "01/07/2021"}, "time_invalid"),
        (
            "/traveller/health/test",
            {**TEST, "taken_at": "2021-07-22T08:00:00"},
            "time_invalid",
        ),
        ("/traveller/nickname", "Tí", "unknown_field"),
        ("/trip/origin", {}, "place_ambiguous"),
        ("/trip/origin", {"country": "KH", "unit": {"list_version": "2021", "code": "79"}}, "place_ambiguous"),
        ("/trip/origin/unit/list_version", "1999", "unknown_list_version"),
        ("/trip/origin/unit/code", "99999", "unknown_administrative_unit"),
        ("/trip/destination/unit/code", "00000", "unknown_administrative_unit"),
        ("/trip/destination/address", "", "text_too_short"),
        ("/trip/destination/address", "a\u0000b", "text_not_printable"),
        ("/trip/transport/plate", MISSING, "plate_missing"),
        ("/trip/transport/plate", "HELLO", "plate_impossible"),
        ("/trip/transport/plate", "70I-12345", "plate_impossible"),
        ("/trip/purpose", "fun", "value_not_listed"),
        ("/trip/expected_arrival", "2021-07-22T14:30:00", "time_invalid"),
        ("/trip/expected_arrival", "soon", "time_invalid"),
        ("/trip/expected_arrival", 1626937200, "time_invalid"),
        ("/trip/expected_arrival", "1626937200", "time_invalid"),
        ("/trip/expected_arrival", "9999-12-31T23:59:59Z", "time_invalid"),
        ("/trip/stay_until", "86400", "time_invalid"),
        ("/trip/destination/address", "a\u202eb", "text_not_printable"),
        ("/traveller/full_name", "សុខ", "name_impossible"),
        ("/traveller/phone", "0276 3822 233", "phone_impossible"),
        ("/traveller/phone", "19001009", "phone_impossible"),
        ("/consent/accepted", False, "consent_not_given"),
        ("/consent/accepted", MISSING, "field_missing"),
        ("/consent", MISSING, "field_missing"),
    ],
)
def test_a_field_that_cannot_be_accepted_is_named(pointer: str, value: Any, code: str) -> None:
    refused = refusals(changed(pointer, value))
    assert [found for _, found in refused] == [code]
    ((where, _),) = refused
    assert where.startswith(pointer) if code in INSIDE else where == pointer


@pytest.mark.parametrize(
    ("kind", "name", "longest"),
    [
        (Place, "address", 200),
        (Destination, "address", 200),
        (Destination, "host", 100),
        (Transport, "service_number", 20),
        (Transport, "seat", 10),
        (RevocationForm, "reason", 500),
        (CorrectionForm, "reason", 500),
        (CrossingForm, "reason", 500),
        (OfflineCrossingForm, "id", 64),
        (BatchForm, "device", 64),
        (Policy, "version", 40),
        (Policy, "basis", 200),
        (CheckpointForm, "name", 200),
        (PostingForm, "name", 200),
    ],
)
def test_a_text_is_as_long_as_is_told_and_no_longer(kind: type[Record], name: str, longest: int) -> None:
    assert f"'maxLength': {longest}," in str(kind.model_json_schema()["properties"][name])
    for length, refused in ((longest, False), (longest + 1, True)):
        with pytest.raises(ValidationError) as raised:  # the other fields are missing
            kind.model_validate({name: "x" * length, "none": None})
        assert ((name,) in [each["loc"] for each in raised.value.errors()]) == refused


def test_51_companions_are_too_many() -> None:
    assert refusals(form(companions=51)) == {("/companions", "too_many_companions")}
    assert refusals(form(companions=50)) == set()


def test_a_body_of_nonsense_is_not_answered_by_more_than_itself() -> None:
    nobody = {**form(), "companions": [{}] * 20_000}
    assert refusals(nobody) == {("/companions", "too_many_companions")}
    body = {**form(), **{f"field{number}": 1 for number in range(5_000)}}
    assert len(refusals(body)) == 100


def test_nobody_is_listed_twice() -> None:
    body = form(companions=2)
    body["companions"][1]["identity"] = deepcopy(body["traveller"]["identity"])
    assert refusals(body) == {("/companions/1", "companion_duplicate")}


def test_two_children_without_documents_are_told_apart_by_name_and_birth() -> None:
    child = person(1, identity=None, birth_year=2018, full_name="Lê Bé Hai")
    body = {**form(), "companions": [child, {**child, "full_name": "Lê Bé Ba"}]}
    assert refusals(body) == set()
    assert refusals({**form(), "companions": [child, child]}) == {("/companions/1", "companion_duplicate")}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("70A-123.45", "70A12345"),
        ("70a 12345", "70A12345"),
        ("70E1-1234", "70E11234"),
        ("51F-123.45", "51F12345"),
        ("70R-123.45", "70R12345"),
        ("70LD-1234", "70LD1234"),
        ("80-123-NG-01", "80123NG01"),
        ("29MĐ1-234.56", "29MD123456"),
        ("TC-33-86", "TC3386"),
        ("T70-123.456", "T70123456"),
    ],
)
def test_plates_are_normalised(written: str, kept: str) -> None:
    read = DeclarationForm.model_validate_json(json.dumps(changed("/trip/transport/plate", written)))
    assert read.trip.transport.plate == kept


def test_a_foreign_plate_is_taken_as_it_is() -> None:
    body = form(transport={"kind": "car", "plate_country": "KH", "plate": "2AB-1234"})
    assert DeclarationForm.model_validate_json(json.dumps(body)).trip.transport.plate == "2AB1234"


@given(st.sampled_from("35789"), st.integers(0, 99_999_999))
def test_our_short_cut_for_phones_knows_no_number_that_the_library_does_not(first: str, rest: int) -> None:
    number = f"0{first}{rest:08d}"
    if _MOBILE.fullmatch(number):
        assert phonenumbers.is_valid_number(phonenumbers.parse(number, "VN"))


@pytest.mark.parametrize("written", ["0912345678", "+84 912 345 678", "84912345678", "091.234.5678"])
def test_phones_are_kept_in_e164(written: str) -> None:
    read = DeclarationForm.model_validate_json(json.dumps(changed("/traveller/phone", written)))
    assert read.traveller.phone == "+84912345678"


def test_a_name_in_decomposed_letters_is_a_name() -> None:
    import unicodedata

    body = changed("/traveller/full_name", unicodedata.normalize("NFD", "Nguyễn  Văn Thử"))
    assert DeclarationForm.model_validate_json(json.dumps(body)).traveller.full_name == "Nguyễn Văn Thử"


def test_a_record_is_read_back_without_being_judged_again() -> None:
    stored = DeclarationForm.model_validate_json(json.dumps(form())).model_dump_json()
    tightened = stored.replace('"70E112345"', '"NOT A PLATE"').replace('"25480"', '"99999"')
    assert DeclarationForm.model_validate_json(tightened, context=STORED).trip.transport.plate == "NOT A PLATE"


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"code": "0000-0000-0000-0001"}, "/code", "code_mistyped"),
        ({"temperature": 29.9}, "/temperature", "temperature_out_of_range"),
        ({"temperature": 45.1}, "/temperature", "temperature_out_of_range"),
        ({"temperature": "37"}, "/temperature", "wrong_type"),
        ({"decision": "perhaps"}, "/decision", "value_not_listed"),
        ({"decision": "refuse"}, "/reason", "reason_missing"),
        ({"documents_seen": ["library_card"]}, "/documents_seen/0", "value_not_listed"),
        ({"note": "x"}, "/note", "unknown_field"),
    ],
)
def test_a_crossing_that_cannot_be_recorded_is_refused(changes: dict[str, Any], pointer: str, code: str) -> None:
    good = {"code": "0000-0000-0000-0000", "checkpoint": "an-hoa", "temperature": 36.6, "decision": "admit"}
    CrossingForm.model_validate_json(json.dumps(good))
    with pytest.raises(ValidationError) as raised:
        CrossingForm.model_validate_json(json.dumps({**good, **changes}))
    refused = refusal_of(raised.value)
    assert isinstance(refused, InvalidInput)
    assert [(each.pointer, each.code) for each in refused.problems] == [(pointer, code)]
