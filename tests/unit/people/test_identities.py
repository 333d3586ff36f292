"""Numbers of identity documents."""

from typing import Any

import pytest

from chalicelib.models.people.identities import Identity, kinds_of
from tests.forms import form
from tests.unit.refusals import changed, refusals


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/traveller/identity/kind", "ticket", "value_not_listed"),
        ("/traveller/identity/number", "12345", "identity_number_impossible"),
        ("/traveller/identity/number", "097090000123", "identity_number_impossible"),  # no such province
        ("/traveller/identity/number", "072990000123", "identity_number_impossible"),  # no such century
        ("/traveller/identity/number", "072085000123", "identity_contradicts_birth"),
        ("/traveller/identity/number", "101085000123", "identity_contradicts_birth"),
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


def test_a_citizen_card_may_name_the_country_in_which_a_birth_was_registered() -> None:
    assert refusals(changed("/traveller/identity/number", "101090000123")) == set()


def test_twelve_digits_are_one_person_whatever_the_document_is_called() -> None:
    body = form(companions=1)
    number = body["traveller"]["identity"]["number"]
    body["companions"][0]["identity"] = {"kind": "cmnd", "number": number}
    assert refusals(body) == {("/companions/0", "companion_duplicate")}
    older = {"kind": "cmnd", "number": "072061000123"}
    pointer = "/traveller/identity/number"
    assert refusals(changed("/traveller/identity", older)) == {(pointer, "identity_contradicts_birth")}


def test_nine_digits_of_an_identity_card_and_of_a_passport_are_two_persons() -> None:
    body = form(companions=1)
    for each, kind in ((body["traveller"], "cmnd"), (body["companions"][0], "passport")):
        each["identity"] = {"kind": kind, "number": "290000123"}
    assert refusals(body) == set()
