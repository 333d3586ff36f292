"""The passes that the owner of a phone may open."""

from typing import Any

import pytest

from chalicelib.models.entry.amendments import AmendedField, Amendment
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.models.errors import InvalidInput
from chalicelib.models.people.citizens import Citizen
from chalicelib.models.people.hashed import PHONE
from chalicelib.services.entry.declarations import Caller, Declared
from chalicelib.services.gate.searches import MOST_DECLARATIONS, passes_of_citizen
from chalicelib.services.pages import Page
from tests.forms import NOW, form, person
from tests.unit.world import World, at

OWN, OF_COMPANION, OTHER = "+84912345678", "+84912345679", "+84987654321"


def page(world: World, phone: str = OWN, cursor: str | None = None, limit: int = 100) -> Page[Any]:
    citizen = Citizen(world.keyed_hash.text(PHONE, phone))
    return passes_of_citizen(citizen, cursor=cursor, limit=limit, finder=world.finder())


def listed(world: World, phone: str = OWN) -> list[Code]:
    return [each.code for passes in page(world, phone).items for each in passes]


def held(world: World, declared: Declared, number: int = 0) -> HeldPass:
    record = world.entries.find(declared.code)
    assert record is not None
    return HeldPass(Code(declared.code.declaration, number), record)


def codes(declared: Declared, *numbers: int) -> list[Code]:
    return [Code(declared.code.declaration, number) for number in numbers]


def restrict(world: World, holder: HeldPass) -> None:
    assert world.entries.append_restriction(holder, Restriction(restricted=True, recorded_at=NOW, recorded_by="admin"))


def amend(world: World, holder: HeldPass, phone: str) -> None:
    fact = Amendment(field=AmendedField.PHONE, value=phone, recorded_at=NOW, recorded_by="admin")
    assert world.entries.append_amendment(holder, fact)


def test_the_traveller_s_phone_lists_all_passes_and_a_companion_s_their_own(world: World) -> None:
    declared = world.declare_and_trace(form(companions=2))
    assert listed(world) == codes(declared, 0, 1, 2)
    assert listed(world, OF_COMPANION) == codes(declared, 1)
    assert listed(world, OTHER) == []


def test_children_without_a_phone_and_companions_with_the_same_one_are_listed_once(world: World) -> None:
    family = [person(1, phone=None), person(2, phone="0912345679"), person(3, phone="0912345679")]
    declared = world.declare_and_trace({**form(), "companions": family})
    assert listed(world) == codes(declared, 0, 1, 2, 3)
    assert listed(world, OF_COMPANION) == codes(declared, 2, 3)


def test_a_pass_is_listed_until_a_day_after_it_has_ended(world: World) -> None:
    expired, revoked = (world.declare_and_trace(form(expected_arrival=at(minutes=60))) for _ in range(2))
    world.clock.advance(minutes=30)
    world.revoke(revoked.code)
    world.clock.advance(hours=24)
    assert listed(world) == [expired.code]
    world.clock.advance(minutes=29, seconds=59)
    assert listed(world) == [expired.code]
    world.clock.advance(seconds=1)
    assert listed(world) == []


@pytest.mark.parametrize("arrival", [{"seconds": -59}, {"minutes": 60}])
def test_a_pass_is_listed_as_long_whenever_its_holder_meant_to_arrive(world: World, arrival: dict[str, float]) -> None:
    declared = world.declare_and_trace(form(expected_arrival=at(**arrival)))
    world.clock.advance(hours=24, minutes=59, seconds=59)
    assert listed(world) == [declared.code]


def test_a_flood_of_forms_of_strangers_hides_nothing_that_is_known(world: World) -> None:
    staff = world.declare_and_trace(caller=Caller("guard", staff="guard"))
    for _ in range(MOST_DECLARATIONS + 1):
        world.declare_and_trace(form(expected_arrival=at(minutes=55)))
    proven = world.declare_and_trace()
    world.prove_and_trace(proven)
    first = page(world)
    assert {passes[0].code for passes in first.items[:2]} == {staff.code, proven.code}
    assert {passes[0].origin for passes in first.items[2:]} == {Origin.UNPROVEN}
    assert len(first.items) == MOST_DECLARATIONS
    rest = page(world, cursor=first.cursor)
    assert rest.cursor is None
    assert len({passes[0].code for passes in [*first.items, *rest.items]}) == MOST_DECLARATIONS + 3


def test_pages_are_of_whole_declarations_the_last_to_arrive_first(world: World) -> None:
    declared = []
    for number in range(5):
        family = [person(1, phone="0912345678"), person(2, phone=None)]
        declared.append(world.declare_and_trace({**form(expected_arrival=at(minutes=number)), "companions": family}))
    cursor, seen = None, []
    for _ in range(3):
        found = page(world, cursor=cursor, limit=2)
        seen += [[each.code for each in passes] for passes in found.items]
        cursor = found.cursor
    assert cursor is None
    assert seen == [codes(each, 0, 1, 2) for each in reversed(declared)]


def test_a_cursor_of_another_phone_is_refused(world: World) -> None:
    for _ in range(2):
        world.declare_and_trace(form(companions=1))
    cursor = page(world, limit=1).cursor
    assert cursor is not None
    with pytest.raises(InvalidInput):
        page(world, OF_COMPANION, cursor)
    with pytest.raises(InvalidInput):
        page(world, cursor="nonsense")


def test_who_declined_messages_finds_their_pass(world: World) -> None:
    body = form()
    body["consent"]["messages"] = False
    declared = world.declare_and_trace(body)
    assert listed(world) == [declared.code]


def test_a_restriction_locks_nobody_out_of_their_own_pass_and_the_traveller_out_of_that_companion_s(
    world: World,
) -> None:
    declared = world.declare_and_trace({**form(), "companions": [person(1), person(2, phone=None)]})
    for number in range(3):
        restrict(world, held(world, declared, number))
    assert listed(world, OF_COMPANION) == codes(declared, 1)
    # Nobody else could find the pass of a child again.
    assert listed(world) == codes(declared, 0, 2)


def test_an_amended_phone_opens_nothing_and_the_declared_one_nothing_any_more(world: World) -> None:
    declared = world.declare_and_trace(form(companions=1))
    amend(world, held(world, declared), OTHER)
    assert listed(world) == listed(world, OTHER) == []
    assert listed(world, OF_COMPANION) == codes(declared, 1)
    amend(world, held(world, declared), OWN)
    assert listed(world) == codes(declared, 0, 1)


def test_a_declaration_is_listed_once_it_is_traced(world: World) -> None:
    world.declare()
    assert listed(world) == []
