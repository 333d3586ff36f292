"""A card's two numbers: typed later, each finds what was declared under the other."""

from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.people.identities import IdentityKind
from chalicelib.models.tracing.exposures import FoundBy, Side
from chalicelib.services.entry.declarations import Caller, Declared
from tests.forms import form, person
from tests.unit.gate.scanned import CARD, PERSONAL
from tests.unit.world import PUBLIC, World

NEW, OLD = "072090000000", "290000123"
GUARD_S = Caller("guard", staff="guard")


def declared_as(world: World, kind: str, number: str, **changes: Any) -> Declared:
    identity = {"kind": kind, "number": number}
    return world.declare_and_trace({**form(world.clock()), "traveller": person(identity=identity, **changes)})


def found(world: World, number: str, kind: IdentityKind | None = None) -> set[Code]:
    return {each.code for each in world.search(identity={"number": number, "kind": kind})}


@pytest.mark.parametrize(("kind", "number", "typed"), [("cccd", NEW, OLD), ("cmnd", OLD, NEW)])
def test_once_a_card_was_scanned_either_number_finds_the_pass(world: World, kind: str, number: str, typed: str) -> None:
    declared = declared_as(world, kind, number)
    assert found(world, typed) == set()
    assert world.scan_card(CARD)
    assert found(world, typed) == found(world, number) == {declared.code}


def test_a_later_declaration_is_found_by_the_number_that_it_does_not_have(world: World) -> None:
    declared_as(world, "cmnd", OLD)
    world.scan_card(CARD)
    world.clock.advance(minutes=61)
    later = declared_as(world, "cccd", NEW)
    assert found(world, OLD) == {later.code}


def test_a_second_scan_writes_nothing(world: World) -> None:
    declared_as(world, "cccd", NEW)
    assert world.scan_card(CARD)
    writes = world.entries.writes
    assert not world.scan_card(CARD)
    assert world.entries.writes == writes


@pytest.mark.parametrize(
    "card",
    [
        CARD.replace(OLD, ""),
        CARD.replace(OLD, NEW),
        CARD.replace("|Nam|", "|Nữ|"),
        CARD.replace("17051990", "17051991"),
        CARD.replace("Nguyễn Văn Thử", "Nguyễn Văn Khác"),
        PERSONAL,
    ],
)
def test_a_card_without_two_numbers_or_of_somebody_else_or_that_contradicts_itself_links_nobody(
    world: World, card: str
) -> None:
    declared_as(world, "cccd", NEW)
    assert card != CARD
    assert not world.scan_card(card)
    assert world.exposures.aliases == []


def test_a_scan_that_finds_nobody_writes_nothing(world: World) -> None:
    assert not world.scan_card(CARD)
    assert world.entries.writes == 0


def test_a_name_without_accents_is_the_holder_s(world: World) -> None:
    declared_as(world, "cccd", NEW, full_name="NGUYEN VAN THU")
    assert world.scan_card(CARD)


def test_a_false_declaration_with_the_holder_s_number_does_not_carry_the_alias(world: World) -> None:
    declared_as(world, "cccd", NEW, full_name="Lê Văn Giả")
    own = declared_as(world, "cmnd", OLD)
    assert world.scan_card(CARD)
    assert list(world.entries.aliases) == [(own.code.declaration, 0)]


def test_a_passport_with_the_number_of_an_older_card_is_another_person(world: World) -> None:
    passport = declared_as(world, "passport", OLD, full_name="Trần Thị Mẫu")
    card = declared_as(world, "cccd", NEW)
    world.scan_card(CARD)
    assert found(world, NEW) == {card.code}
    assert found(world, OLD, IdentityKind.PASSPORT) == {passport.code}
    assert found(world, OLD, IdentityKind.CMND) == {card.code}
    assert found(world, OLD) == {card.code, passport.code}


def test_who_staff_declare_from_a_card_is_found_by_the_older_number_without_another_scan(world: World) -> None:
    traveller = person(identity={"kind": "cccd", "number": NEW}, older_number="290 000 123")
    declared = world.declare_and_trace({**form(), "traveller": traveller}, caller=GUARD_S)
    assert found(world, OLD) == {declared.code}
    assert world.entries.writes == 1


@pytest.mark.parametrize("caller", [PUBLIC, Caller("app", is_partner=True)])
def test_nobody_links_themselves_to_the_number_of_another_by_a_form(world: World, caller: Caller) -> None:
    traveller = person(identity={"kind": "cccd", "number": NEW}, older_number=OLD)
    world.declare_and_trace({**form(), "traveller": traveller}, caller=caller)
    assert world.exposures.aliases == []
    assert found(world, OLD) == set()


def test_an_alias_names_nobody(world: World) -> None:
    declared = declared_as(world, "cccd", NEW)
    world.scan_card(CARD)
    (alias,) = world.entries.aliases.values()
    written = alias.model_dump_json() + str(world.exposures.aliases)
    assert not any(each in written for each in (NEW, OLD, "Thử"))
    assert alias.recorded_by == "guard"
    event = EntryEvent.about(EntryEventKind.ALIAS_RECORDED, declared.code)
    before = list(world.exposures.aliases)
    world.trace(event)
    assert world.exposures.aliases == before


def test_aliased_passes_of_a_known_origin_are_not_hidden_by_a_flood_under_the_typed_number(world: World) -> None:
    declared = world.declare_and_trace(
        {**form(), "traveller": person(identity={"kind": "cccd", "number": NEW})}, caller=GUARD_S
    )
    world.scan_card(CARD)
    world.clock.advance(minutes=1)
    for _ in range(70):
        declared_as(world, "cmnd", OLD)
    passes = world.search_all(identity={"number": OLD}, limit=10)
    assert passes.passes[0].code == declared.code
    assert passes.complete is False


def test_a_typed_number_costs_one_more_read_and_a_passport_or_a_plate_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(person: str) -> list[str]:
        asked.append(person)
        return []

    monkeypatch.setattr(world.exposures, "other_numbers", counted)
    for form_, reads in (
        ({"identity": {"number": OLD}}, 1),
        ({"identity": {"number": NEW}}, 1),
        ({"identity": {"number": "B1234567"}}, 0),
        ({"plate": "70E112345"}, 0),
        ({"phone": "0912345678"}, 0),
    ):
        asked.clear()
        world.exposures.read.clear()
        world.search(**form_)
        assert len(asked) == reads
        assert len(world.exposures.read) <= 4
    assert {side for _, _, side in world.exposures.read} == {*Side}
    assert {by for by, _, _ in world.exposures.read} == {FoundBy.PHONE}
