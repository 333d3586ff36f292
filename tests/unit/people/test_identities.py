"""Numbers of identity documents."""

from typing import Any

import pytest

from tests.unit.refusals import changed, refusals


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/traveller/identity/kind", "ticket", "value_not_listed"),
        ("/traveller/identity/number", "12345", "identity_number_impossible"),
        ("/traveller/identity/number", "972090000123", "identity_number_impossible"),  # no such province
        ("/traveller/identity/number", "072990000123", "identity_number_impossible"),  # no such century
        ("/traveller/identity/number", "072085000123", "identity_contradicts_birth"),
    ],
)
def test_an_identity_that_cannot_be_is_refused_at_the_field(pointer: str, value: Any, code: str) -> None:
    assert refusals(changed(pointer, value)) == {(pointer, code)}
