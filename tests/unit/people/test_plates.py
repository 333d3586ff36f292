"""Plates of vehicles."""

import json
from typing import Any

import pytest

from chalicelib.models.entry.declarations import DeclarationForm
from tests.forms import form
from tests.unit.refusals import MISSING, changed, refusals


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/trip/transport/plate", MISSING, "plate_missing"),
        ("/trip/transport/plate", "HELLO", "plate_impossible"),
        ("/trip/transport/plate", "70I-12345", "plate_impossible"),
    ],
)
def test_a_plate_that_cannot_be_is_refused(pointer: str, value: Any, code: str) -> None:
    assert refusals(changed(pointer, value)) == {(pointer, code)}


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
