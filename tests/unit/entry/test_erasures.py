"""A declaration without one of its persons."""

import pytest

from chalicelib.models.entry.declarations import Declaration, DeclarationForm
from chalicelib.models.entry.erasures import BLANK, without_person
from chalicelib.models.entry.offline_declarations import DeclaredOffline, FoundDifferently
from chalicelib.models.entry.passes import Pass
from chalicelib.models.people.persons import Person
from chalicelib.models.people.places import Place
from chalicelib.models.people.trips import Destination, Transport, Trip
from chalicelib.models.records import Record
from tests.forms import NOW, form, person


def declaration() -> Declaration:
    destination = {"unit": {"list_version": "2021", "code": "25480"}, "address": "Tổ 3", "host": "Chủ nhà Mẫu"}
    body = form(companions=2, destination=destination, origin={"country": "KH", "address": "Số 1"})
    return Declaration(
        form=DeclarationForm.model_validate(body, strict=False),
        issued_at=NOW,
        expires_at=NOW,
        passes=[Pass(token=f"TNP1:{number}", findings=["fever"]) for number in range(3)],
        policy_version="1",
    )


def read_again(erased: Declaration) -> Declaration:
    return Declaration.from_stored(erased.model_dump_json(exclude_defaults=True))


def test_what_a_device_found_otherwise_about_a_person_leaves_with_them() -> None:
    found = [
        FoundDifferently(person=number, policy_version="1", found=["fever"], device_found=[]) for number in range(3)
    ]
    offline = DeclaredOffline(device="d1", id="T-1", said_at=NOW, received_at=NOW, found_differently=found)
    after = without_person(declaration().model_copy(update={"offline": offline}), 1)
    assert read_again(after) == after
    assert after.offline is not None
    assert [each.person for each in after.offline.found_differently] == [0, 2]


def test_one_who_rode_along_leaves_and_the_others_and_the_trip_stay() -> None:
    before = declaration()
    after = without_person(before, 1)
    assert read_again(after) == after
    assert after.form.trip == before.form.trip
    for number in (0, 2):
        assert after.form.persons[number] == before.form.persons[number]
        assert after.passes[number] == before.passes[number]
    assert [each.is_erased for each in after.passes] == [False, True, False]
    assert after.form.persons[1].full_name == BLANK
    text = after.model_dump_json()
    assert before.form.persons[1].identity is not None
    assert before.form.persons[1].identity.number not in text
    assert "TNP1:1" not in text


@pytest.mark.parametrize("numbers", [[0], [2, 1, 0], [0, 1, 2]])
def test_the_texts_of_the_trip_leave_with_the_traveller(numbers: list[int]) -> None:
    erased = declaration()
    for number in numbers:
        erased = without_person(erased, number)
    assert read_again(erased) == erased
    text = erased.model_dump_json()
    assert not any(each in text for each in ("70E112345", "Tổ 3", "Số 1", "Chủ nhà", "Nguyễn", "912345678"))
    assert erased.form.trip.destination.unit == declaration().form.trip.destination.unit


@pytest.mark.parametrize(
    ("model", "leave", "stay"),
    [
        (Trip, set(), {"purpose", "expected_arrival", "checkpoint", "stay_until"}),
        (Place, {"address"}, {"unit", "country"}),
        (Destination, {"address", "host"}, {"unit"}),
        (Transport, {"plate", "service_number", "seat"}, {"kind", "plate_country"}),
    ],
)
def test_whether_a_field_of_the_trip_leaves_was_decided_for_each(
    model: type[Record], leave: set[str], stay: set[str]
) -> None:
    """A new field belongs in `without_person` or in this list."""
    parts = {"origin", "places_passed", "destination", "transport"} if model is Trip else set()
    assert model.model_fields.keys() == leave | stay | parts


def test_no_form_can_name_a_person_like_one_who_was_erased() -> None:
    with pytest.raises(ValueError, match="not a name"):
        Person.model_validate(person(full_name=BLANK), strict=False)
