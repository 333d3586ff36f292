"""The exposures that events mean."""

from datetime import timedelta

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.people.citizens import Citizen
from chalicelib.models.people.hashed import PHONE
from chalicelib.models.tracing.exposures import Side
from chalicelib.services.entry.declarations import Caller
from tests.forms import NOW, form
from tests.unit.gate.recording import offline
from tests.unit.world import GUARD, OTHER, PUBLIC, World, submitted


def test_everyone_declared_is_exposed_once(world: World) -> None:
    declared = world.declare(form(companions=2))
    assert world.trace(submitted(declared)) == 3
    world.trace(submitted(declared))
    assert len(world.exposures.kept) == 3
    assert len({exposure.person for exposure in world.exposures.kept}) == 3
    assert len({exposure.plate for exposure in world.exposures.kept}) == 1


def test_a_crossing_is_an_exposure_at_its_gate_and_time(world: World) -> None:
    declared = world.declare()
    world.clock.advance(minutes=20)
    world.cross(declared.code)
    assert world.trace(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, declared.code)) == 1
    (exposure,) = world.exposures.kept
    assert (exposure.checkpoint, exposure.at) == ("an-hoa", NOW + timedelta(minutes=20))


def test_exposures_name_nobody(world: World) -> None:
    declared = world.declare()
    world.trace(submitted(declared))
    text = world.exposures.kept[0].model_dump_json()
    assert not any(each in text for each in ("072090000000", "912345678", "70E112345", "Thử"))


@pytest.mark.parametrize("kind", [EntryEventKind.CROSSING_CORRECTED, EntryEventKind.PASS_REVOKED])
def test_corrections_and_revocations_expose_nobody(world: World, kind: EntryEventKind) -> None:
    declared = world.declare()
    world.cross(declared.code)
    world.revoke(declared.code)
    assert world.trace(EntryEvent.about(kind, declared.code)) == 0
    assert world.exposures.kept == []


def test_a_record_that_has_left_exposes_nobody(world: World) -> None:
    gone = EntryEvent.about(EntryEventKind.DECLARATION_SUBMITTED, Code.of(0, 0))
    assert world.trace(gone) == 0


def test_a_crossing_in_conflict_at_a_second_gate_is_an_exposure_too(world: World) -> None:
    code = world.declare().code
    world.cross(code, OTHER)
    later = world.clock() + timedelta(minutes=10)
    world.clock.advance(minutes=20)
    offline(world, {"code": str(code), "recorded_at": later.isoformat()})
    for kind in (EntryEventKind.CROSSING_RECORDED, EntryEventKind.CROSSING_CONFLICTED):
        world.trace(EntryEvent.about(kind, code))
    assert [each.at for each in world.exposures.kept] == [NOW, later]


def test_two_crossings_of_a_pass_in_one_second_at_one_gate_are_one_exposure_and_at_two_gates_two(world: World) -> None:
    code = world.declare().code
    world.cross(code, OTHER, decision="refuse", reason="x")
    world.postings.post(OTHER.subject, "an-tinh", since=world.clock())
    world.clock.advance(minutes=20)
    at = world.clock() - timedelta(minutes=5)
    lines = [{"code": str(code), "recorded_at": (at + timedelta(milliseconds=each)).isoformat()} for each in (0, 300)]
    offline(world, *lines, staff=GUARD)
    offline(world, {**lines[1], "checkpoint": "an-tinh"}, staff=OTHER)
    for _ in range(2):
        world.trace(EntryEvent.about(EntryEventKind.CROSSING_CONFLICTED, code))
    assert [(each.at, each.checkpoint) for each in world.exposures.kept] == [(at, "an-hoa"), (at, "an-tinh")]


@pytest.mark.parametrize(
    ("caller", "origin"),
    [
        (Caller("guard", staff="guard"), Origin.STAFF),
        (Caller("app", is_partner=True), Origin.PARTNER),
        (PUBLIC, Origin.UNPROVEN),
    ],
)
def test_an_exposure_says_how_far_its_identity_is_known(world: World, caller: Caller, origin: Origin) -> None:
    declared = world.declare(form(companions=1), caller=caller)
    world.trace(submitted(declared))
    world.cross(declared.code)
    world.trace(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, declared.code))
    assert [each.origin for each in world.exposures.kept] == [origin] * 3
    sides = [Side.KNOWN if origin.is_known else Side.UNPROVEN]
    assert all(each.sides == sides for each in world.exposures.kept)


def test_a_declaration_with_a_citizen_token_stands_among_the_known_ones_alone_also_when_its_link_is_followed(
    world: World,
) -> None:
    citizen = Citizen(world.keyed_hash.text(PHONE, "+84912345678"))
    declared = world.declare(form(companions=1), caller=Caller("public", citizen=citizen))
    world.trace(submitted(declared))
    world.cross(declared.code)
    world.trace(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, declared.code))
    world.prove_and_trace(declared)
    assert [(each.origin, each.sides) for each in world.exposures.kept] == [(Origin.PROVEN, [Side.KNOWN])] * 3


def test_a_proof_lists_all_of_a_declaration_and_its_crossings_among_the_known_ones_too(world: World) -> None:
    declared = world.declare(form(companions=1))
    world.trace(submitted(declared))
    world.cross(declared.code, OTHER)
    world.trace(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, declared.code))
    world.clock.advance(minutes=20)
    earlier = world.clock() - timedelta(minutes=10)
    offline(world, {"code": str(declared.code), "recorded_at": earlier.isoformat()})
    world.trace(EntryEvent.about(EntryEventKind.CROSSING_CONFLICTED, declared.code))
    before = [each.model_dump(exclude={"origin", "known_since"}) for each in world.exposures.kept]
    world.prove(declared)
    proven = EntryEvent.about(EntryEventKind.PHONE_PROVEN, declared.code)
    for _ in range(2):
        assert world.trace(proven) == 4
    kept = world.exposures.kept
    assert all((each.origin, each.known_since) == (Origin.PROVEN, world.clock()) for each in kept)
    assert all(each.sides == [Side.KNOWN, Side.UNPROVEN] for each in kept)
    after = [each.model_dump(exclude={"origin", "known_since"}) for each in kept]
    assert sorted(map(str, after)) == sorted(map(str, before))


def test_what_happens_after_the_proof_is_known_at_once(world: World) -> None:
    declared = world.declare()
    world.prove(declared)
    world.trace(submitted(declared))
    world.cross(declared.code)
    world.trace(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, declared.code))
    assert {each.origin for each in world.exposures.kept} == {Origin.PROVEN}
    assert all(Side.KNOWN in each.sides for each in world.exposures.kept)


def test_a_proof_of_what_was_known_anyway_adds_no_rows(world: World) -> None:
    declared = world.declare(caller=Caller("guard", staff="guard"))
    world.trace(submitted(declared))
    world.prove_and_trace(declared)
    (exposure,) = world.exposures.kept
    assert (exposure.origin, exposure.sides) == (Origin.STAFF, [Side.KNOWN])
