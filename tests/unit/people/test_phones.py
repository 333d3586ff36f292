"""Phone numbers."""

import json
import re
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.people.phones import _MOBILE
from tests.unit.refusals import changed, refusals


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/traveller/phone", "12", "phone_impossible"),
        ("/traveller/phone", "0123", "phone_impossible"),
        ("/traveller/phone", "không có", "phone_impossible"),
        ("/traveller/phone", "0276 3822 233", "phone_impossible"),
        ("/traveller/phone", "19001009", "phone_impossible"),
    ],
)
def test_a_phone_number_that_cannot_be_is_refused(pointer: str, value: Any, code: str) -> None:
    assert refusals(changed(pointer, value)) == {(pointer, code)}


@given(st.sampled_from("35789"), st.integers(0, 99_999_999))
def test_our_short_cut_for_phones_accepts_only_numbers_that_the_library_accepts(first: str, rest: int) -> None:
    number = f"0{first}{rest:08d}"
    if re.fullmatch(_MOBILE, number):
        assert phonenumbers.is_valid_number(phonenumbers.parse(number, "VN"))


@pytest.mark.parametrize("written", ["0912345678", "+84 912 345 678", "84912345678", "091.234.5678"])
def test_phones_are_kept_in_e164(written: str) -> None:
    read = DeclarationForm.model_validate_json(json.dumps(changed("/traveller/phone", written)))
    assert read.traveller.phone == "+84912345678"
