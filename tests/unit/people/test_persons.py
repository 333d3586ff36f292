"""Persons: names, births, genders, nationalities."""

import json
from typing import Any

import pytest

from chalicelib.models.entry.declarations import DeclarationForm
from tests.unit.refusals import MISSING, changed, refusals


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
        ("/traveller/nickname", "Tí", "unknown_field"),
        ("/traveller/full_name", "សុខ", "name_impossible"),
    ],
)
def test_a_person_who_cannot_be_is_refused_at_the_field(pointer: str, value: Any, code: str) -> None:
    assert refusals(changed(pointer, value)) == {(pointer, code)}


def test_a_name_in_decomposed_letters_is_a_name() -> None:
    import unicodedata

    body = changed("/traveller/full_name", unicodedata.normalize("NFD", "Nguyễn  Văn Thử"))
    assert DeclarationForm.model_validate_json(json.dumps(body)).traveller.full_name == "Nguyễn Văn Thử"


@pytest.mark.parametrize("typed", ["O’Brien", "O‘Brien", "Oʼ\u200bBrien"])
def test_an_apostrophe_is_one_character_whichever_keyboard_wrote_it(typed: str) -> None:
    body = changed("/traveller/full_name", f"Nguyễn {typed}")
    assert DeclarationForm.model_validate_json(json.dumps(body)).traveller.full_name == "Nguyễn O'Brien"


def test_a_long_name_in_decomposed_letters_is_measured_as_people_count_it() -> None:
    import unicodedata

    name = "Nguyễn " * 14
    body = changed("/traveller/full_name", unicodedata.normalize("NFD", name))
    assert DeclarationForm.model_validate_json(json.dumps(body)).traveller.full_name == name.strip()
