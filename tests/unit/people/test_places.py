"""Places: where people come from, and where they stay."""

from typing import Any

import pytest

from chalicelib.data import read_text
from tests.unit.refusals import changed, refusals


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/trip/origin", {}, "place_ambiguous"),
        ("/trip/origin", {"country": "KH", "unit": {"list_version": "2021", "code": "79"}}, "place_ambiguous"),
        ("/trip/origin/unit/list_version", "1999", "unknown_list_version"),
        ("/trip/origin/unit/code", "99999", "unknown_administrative_unit"),
        ("/trip/destination/unit/code", "00000", "unknown_administrative_unit"),
        ("/trip/destination/address", "", "field_missing"),
        ("/trip/destination/address", "a\u0000b", "text_not_printable"),
        ("/trip/destination/address", "a\u2028b", "text_not_printable"),
    ],
)
def test_a_place_that_cannot_be_is_refused_at_the_field(pointer: str, value: Any, code: str) -> None:
    assert refusals(changed(pointer, value)) == {(pointer, code)}


def test_countries_are_iso_3166() -> None:
    codes = read_text("countries.txt").split()
    assert len(codes) == 249
    assert {"VN", "KH", "LA"} <= set(codes)
