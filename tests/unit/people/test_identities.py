"""Numbers of identity documents."""

from typing import Any

import pytest

from chalicelib.models.people.identities import Identity, kinds_of
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


@pytest.mark.parametrize(
    ("number", "masked"), [("072090000123", "********0123"), ("290000123", "******123"), ("C1234", "****4")]
)
def test_a_masked_number_shows_its_last_third(number: str, masked: str) -> None:
    kind = kinds_of(number)[0]
    assert Identity(kind=kind, number=number).masked_number == masked
