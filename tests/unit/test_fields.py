"""Texts of all records."""

import json
from typing import Any
from unicodedata import normalize

import pytest
from pydantic import ValidationError

from chalicelib.models.entry.corrections import CorrectionForm
from chalicelib.models.entry.crossings import CrossingForm
from chalicelib.models.entry.revocations import RevocationForm
from chalicelib.models.gate.batches import BatchForm, OfflineCrossingForm
from chalicelib.models.people.places import Place
from chalicelib.models.people.trips import Destination, Transport
from chalicelib.models.policy.policies import Policy
from chalicelib.models.records import STORED, Record
from chalicelib.models.staff.checkpoints import CheckpointForm
from chalicelib.models.staff.staff import PostingForm
from tests.unit.refusals import changed, refusals


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
def test_a_text_may_be_as_long_as_its_schema_says_and_no_longer(kind: type[Record], name: str, longest: int) -> None:
    assert f"'maxLength': {longest}," in str(kind.model_json_schema()["properties"][name])
    for length, refused in ((longest, False), (longest + 1, True)):
        with pytest.raises(ValidationError) as raised:  # the other fields are missing
            kind.model_validate({name: "x" * length, "none": None})
        assert ((name,) in [each["loc"] for each in raised.value.errors()]) == refused


def read(address: str, **how: Any) -> str:
    place = Place.model_validate_json(json.dumps({"country": "VN", "address": address}), **how)
    assert place.address is not None
    return place.address


@pytest.mark.parametrize("length", [200, 201])
def test_an_accent_typed_apart_from_its_letter_does_not_count(length: int) -> None:
    decomposed = normalize("NFD", "ế" * length)
    assert len(decomposed) == 3 * length
    if length <= 200:
        assert read(decomposed) == "ế" * length
    else:
        with pytest.raises(ValidationError, match="at most 200 characters"):
            read(decomposed)


@pytest.mark.parametrize(
    "invisible",
    ["\u200b", "\u00ad", "\ufeff", "\u200e", "\u202e", "\u2066", "\u061c", "\u180e", "\u3164", "\ufe0f", "\U000e0041"],
)
def test_what_a_phone_pastes_unseen_is_dropped(invisible: str) -> None:
    assert read(f"{invisible} ấp{invisible} Ninh {invisible}") == "ấp Ninh"


@pytest.mark.parametrize("empty", ["", "  ", "\u3164", "\u2800\u200b", " \u00a0\u00ad ", "\U000e0041"])
def test_a_text_that_looks_empty_is_empty(empty: str) -> None:
    address = "/trip/destination/address"
    assert refusals(changed(address, empty)) == {(address, "field_missing")}


@pytest.mark.parametrize(
    "character", ["\n", "\u0085", "\u2028", "\ue000", "\uffff", "\ufdd0", "\U000f0000", "\U0001fffe"]
)
def test_a_text_with_a_control_character_or_one_without_a_meaning_is_refused(character: str) -> None:
    address = "/trip/destination/address"
    assert refusals(changed(address, f"ấp{character}Ninh")) == {(address, "text_not_printable")}


def test_a_record_is_read_as_it_was_stored() -> None:
    stored = f"{normalize('NFD', 'ấp')}\u200b\ue000"
    assert read(stored, context=STORED) == stored
