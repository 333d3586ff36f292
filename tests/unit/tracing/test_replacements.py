"""The same trip, declared again."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.services.entry.declarations import Caller, Declared
from chalicelib.services.tracing.replacements import replace_earlier
from tests.forms import NOW, form, person
from tests.unit.world import PUBLIC, World

BY_STAFF = Caller("guard", staff="guard")


def declared(world: World, body: dict[str, Any] | None = None, caller: Any = PUBLIC) -> Declared:
    """Declare, and trace that a second later."""
    found = world.declare_and_trace(body or form(world.clock()), caller=caller)
    replaced(world, found)
    world.clock.advance(seconds=1)
    return found


def replaced(world: World, of: Declared, kind: EntryEventKind = EntryEventKind.DECLARATION_SUBMITTED) -> int:
    return replace_earlier(
        EntryEvent.about(kind, of.code),
        find_record=world.entries.find,
        exposures=world.exposures,
        replace=world.entries.append_replacement,
        keyed_hash=world.keyed_hash,
        lifetime=timedelta(hours=1),
        clock=world.clock,
    )


def by(world: World, of: Declared, person: int = 0) -> str | None:
    replacement = world.held(Code(of.code.declaration, person)).replacement
    return replacement.by if replacement else None


def test_the_same_trip_again_ends_the_earlier_passes(world: World) -> None:
    first = declared(world, form(NOW, companions=1))
    body = form(NOW, companions=1)
    # The two have changed places.
    body["traveller"], body["companions"] = person(1, phone="0912345678"), [person(0)]
    second = declared(world, body)
    assert (by(world, first, 0), by(world, first, 1)) == (str(Code(second.code.declaration, 1)), str(second.code))
    assert by(world, second) is None


def test_the_same_event_again_changes_nothing(world: World) -> None:
    declared(world)
    second = declared(world)
    writes = world.entries.writes
    assert (replaced(world, second), world.entries.writes) == (0, writes)


def test_whichever_event_comes_last_replaces(world: World) -> None:
    first, second = world.declare(), None
    world.clock.advance(seconds=1)
    second = world.declare_and_trace()
    assert replaced(world, second) == 0
    world.trace(EntryEvent.about(EntryEventKind.DECLARATION_SUBMITTED, first.code))
    assert replaced(world, first) == 1
    assert by(world, first) == str(second.code)


@pytest.mark.parametrize(
    ("trip", "same"),
    [
        ({}, True),
        ({"transport": {"kind": "motorbike", "plate": "70E1-999.99"}}, True),
        ({"checkpoint": None}, True),
        ({"checkpoint": None, "transport": {"kind": "motorbike", "plate": "70E1-999.99"}}, False),
        ({"destination": {"unit": {"list_version": "2021", "code": "25459"}, "address": "Tổ 3"}}, False),
    ],
)
def test_a_trip_is_the_same_by_its_commune_and_its_vehicle_or_checkpoint(
    world: World, trip: dict[str, Any], same: bool
) -> None:
    first = declared(world)
    declared(world, form(NOW, **trip))
    assert (by(world, first) is not None) is same


def test_with_other_persons_it_is_another_trip(world: World) -> None:
    first = declared(world)
    declared(world, form(NOW, companions=1))
    assert by(world, first) is None


def test_who_types_the_number_of_another_person_ends_nothing(world: World) -> None:
    first = declared(world)
    stranger = {**form(NOW), "traveller": person(phone="0987654321")}
    second = declared(world, stranger)
    assert by(world, first) is None
    world.prove_and_trace(second)
    assert replaced(world, second, EntryEventKind.PHONE_PROVEN) == 0
    assert by(world, first) is None


def test_an_unproven_form_ends_no_proven_one_until_its_phone_answers(world: World) -> None:
    first = declared(world)
    world.prove_and_trace(first)
    second = declared(world)
    assert by(world, first) is None
    world.prove_and_trace(second)
    assert replaced(world, second, EntryEventKind.PHONE_PROVEN) == 1
    assert by(world, first) == str(second.code)


@pytest.mark.parametrize(("is_proven", "ends"), [(True, False), (False, True)])
def test_the_form_of_a_partner_ends_no_pass_of_a_proven_phone(world: World, is_proven: bool, ends: bool) -> None:
    first = declared(world)
    if is_proven:
        world.prove_and_trace(first)
    declared(world, caller=Caller("app", is_partner=True))
    assert (by(world, first) is not None) is ends


def test_a_proven_phone_ends_the_pass_that_a_partner_declared_for_it(world: World) -> None:
    first = declared(world, caller=Caller("app", is_partner=True))
    second = declared(world)
    assert by(world, first) is None
    world.prove_and_trace(second)
    replaced(world, second, EntryEventKind.PHONE_PROVEN)
    assert by(world, first) == str(second.code)


def test_staff_who_saw_the_papers_end_any(world: World) -> None:
    first = declared(world)
    world.prove_and_trace(first)
    second = declared(world, {**form(NOW), "traveller": person(phone="0987654321")}, caller=BY_STAFF)
    assert by(world, first) == str(second.code)


def test_a_pass_that_was_used_or_revoked_or_has_ended_stays(world: World) -> None:
    used, revoked = declared(world), None
    world.cross(used.code)
    revoked = declared(world)
    world.revoke(revoked.code)
    third = declared(world)
    assert (by(world, used), by(world, revoked)) == (None, None)
    world.clock.advance(hours=1)
    declared(world, form(world.clock()))
    assert by(world, third) is None


def test_a_revoked_pass_replaces_none(world: World) -> None:
    first = declared(world)
    second = world.declare_and_trace()
    world.revoke(second.code)
    assert replaced(world, second) == 0
    assert by(world, first) is None
