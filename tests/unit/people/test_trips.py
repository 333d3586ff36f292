"""Trips."""

from typing import Any

import pytest

from tests.unit.refusals import changed, refusals


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/trip/purpose", "fun", "value_not_listed"),
        ("/trip/expected_arrival", "2021-07-22T14:30:00", "time_invalid"),
        ("/trip/expected_arrival", "soon", "time_invalid"),
        ("/trip/expected_arrival", 1626937200, "time_invalid"),
        ("/trip/expected_arrival", "1626937200", "time_invalid"),
        ("/trip/expected_arrival", "9999-12-31T23:59:59Z", "time_out_of_range"),
        ("/trip/expected_arrival", "0001-01-01T00:00:00Z", "time_out_of_range"),
        ("/trip/expected_arrival", "2021-07-22T14:30:60Z", "time_out_of_range"),
        ("/trip/stay_until", "9999-12-31", "time_out_of_range"),
        ("/trip/stay_until", "2021-02-30", "time_out_of_range"),
        ("/trip/expected_arrival", None, "time_invalid"),
        ("/trip/stay_until", "86400", "time_invalid"),
    ],
)
def test_a_trip_that_cannot_be_is_refused_at_the_field(pointer: str, value: Any, code: str) -> None:
    assert refusals(changed(pointer, value)) == {(pointer, code)}
