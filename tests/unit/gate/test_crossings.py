"""Recording crossings, of one person and of a vehicle."""

from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.revocations import Revocation
from chalicelib.models.errors import InvalidInput
from chalicelib.models.gate.errors import (
    CheckpointClosed,
    CrossingAlreadyRecorded,
    GroupRefused,
    PassExpired,
    PassRevoked,
)
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere
from chalicelib.models.staff.roles import Principal
from tests.forms import HEALTHY, NOW, form, person
from tests.unit.gate.recording import FEVER, everyone, group, outcomes
from tests.unit.world import GUARD, OTHER, World


def test_a_crossing_is_one_query_and_one_write(world: World) -> None:
    declared = world.declare()
    world.entries.writes = 0
    world.cross(declared.code)
    assert (world.entries.reads, world.entries.writes) == (1, 1)


def test_the_same_crossing_again_is_the_first_answer(world: World) -> None:
    declared = world.declare()
    first = world.cross(declared.code)
    world.clock.advance(hours=2)
    assert world.cross(declared.code) == first


@pytest.mark.parametrize(
    ("staff", "changes"),
    [
        (OTHER, {}),
        (GUARD, {"temperature": 36.7}),
        (GUARD, {"decision": "refuse", "reason": "x"}),
    ],
)
def test_a_different_second_crossing_is_refused_with_the_first(
    world: World, staff: Principal, changes: dict[str, Any]
) -> None:
    declared = world.declare()
    world.cross(declared.code)
    with pytest.raises(CrossingAlreadyRecorded) as raised:
        world.cross(declared.code, staff, **changes)
    standing = raised.value.members["crossing"]
    assert (standing["recorded_by"], standing["decision"]) == ("guard", "admit")


def test_staff_posted_elsewhere_or_nowhere_record_nothing(world: World) -> None:
    declared = world.declare()
    writes = world.entries.writes
    for checkpoint, refusal in (("an-tinh", PostedElsewhere), (None, NotPosted)):
        world.postings.post(GUARD.subject, checkpoint)
        with pytest.raises(refusal):
            world.cross(declared.code)
    assert world.entries.writes == writes


def test_at_a_closed_checkpoint_nobody_is_admitted_and_refusals_are_recorded(world: World) -> None:
    declared = world.declare(form(companions=1))
    world.postings.post(GUARD.subject, "an-tinh")
    with pytest.raises(CheckpointClosed):
        world.cross(declared.code, checkpoint="an-tinh")
    for number, decision in enumerate(("refuse", "isolate")):
        code = Code(declared.code.declaration, number)
        assert world.cross(code, checkpoint="an-tinh", decision=decision, reason="chốt đóng").decision == decision


def test_an_expired_pass_can_be_refused_or_sent_on_not_admitted(world: World) -> None:
    declared = world.declare(form(companions=1))
    world.clock.advance(hours=1)
    with pytest.raises(PassExpired):
        world.cross(declared.code)
    assert world.cross(declared.code, decision="refuse", reason="hết hạn").decision == "refuse"
    assert world.cross(Code(declared.code.declaration, 1), decision="isolate", reason="sốt").decision == "isolate"


def test_a_revoked_pass_is_not_admitted(world: World) -> None:
    declared = world.declare()
    world.entries.revocations[declared.code.declaration, 0] = Revocation(
        recorded_at=NOW, recorded_by="supervisor", reason="x"
    )
    with pytest.raises(PassRevoked):
        world.cross(declared.code)


def test_a_crossing_of_an_unknown_pass_or_checkpoint_is_refused(world: World) -> None:
    with pytest.raises(PassUnknown):
        world.cross(Code.of(1, 0))
    declared = world.declare()
    with pytest.raises(InvalidInput):
        world.cross(declared.code, checkpoint="nowhere")


def test_a_bus_with_one_exception_is_one_query_and_one_transaction(world: World) -> None:
    codes = everyone(world.declare(form(companions=44)))
    world.entries.reads = world.entries.writes = 0
    lines = group(world, codes, temperature=36.5, exceptions=[{"code": str(codes[7]), **FEVER}])
    assert (world.entries.reads, world.entries.writes) == (1, 1)
    assert outcomes(lines) == ["recorded"] * 45
    crossings = [world.entries.crossings[code.declaration, code.person] for code in codes]
    assert [each.decision for each in crossings].count(Decision.ISOLATE) == 1
    assert (crossings[7].temperature, crossings[7].reason) == (38.9, "sốt")
    assert crossings[8].temperature == 36.5


def test_what_holds_for_all_does_not_hold_for_an_exception(world: World) -> None:
    codes = everyone(world.declare(form(companions=1)))
    group(world, codes, temperature=36.5, exceptions=[{"code": str(codes[1]), "decision": "refuse", "reason": "x"}])
    assert world.entries.crossings[codes[1].declaration, 1].temperature is None


def test_in_mode_all_everyone_is_recorded_or_nobody(world: World) -> None:
    codes = everyone(world.declare(form(companions=3)))
    world.cross(codes[2], OTHER, decision="refuse", reason="x")
    nobody = Code.of(12345, 0)
    with pytest.raises(GroupRefused) as raised:
        group(world, [*codes, nobody])
    assert [(code, why.code) for code, why in raised.value.refused] == [
        (codes[2].shown, "crossing_already_recorded"),
        (nobody.shown, "pass_unknown"),
    ]
    assert len(world.entries.crossings) == 1


def test_in_mode_each_everyone_who_can_be_is_recorded(world: World) -> None:
    codes = everyone(world.declare(form(companions=3)))
    world.cross(codes[2], OTHER, decision="refuse", reason="x")
    lines = group(world, codes, mode="each")
    assert outcomes(lines) == ["recorded", "recorded", "refused", "recorded"]
    assert lines[2].crossing is not None
    assert lines[2].crossing.recorded_by == "other"


@pytest.mark.parametrize("mode", ["all", "each"])
def test_a_group_sent_twice_is_recorded_once_and_one_more_may_join_it(world: World, mode: str) -> None:
    codes = everyone(world.declare(form(companions=2)))
    first = group(world, codes[:2], mode=mode)
    again = group(world, codes, mode=mode)
    assert outcomes(again) == ["repeated", "repeated", "recorded"]
    assert [line.crossing for line in again[:2]] == [line.crossing for line in first]


def test_a_group_that_meets_another_guard_in_the_middle_is_judged_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = everyone(world.declare(form(companions=1)))
    append = world.entries.append_crossings

    def meanwhile(crossings: Any) -> bool:
        monkeypatch.setattr(world.entries, "append_crossings", append)
        world.cross(codes[1], OTHER)
        return append(crossings)

    monkeypatch.setattr(world.entries, "append_crossings", meanwhile)
    with pytest.raises(GroupRefused):
        group(world, codes)
    assert [each.recorded_by for each in world.entries.crossings.values()] == ["other"]


def test_a_group_with_someone_the_policy_stops_needs_a_reason_for_them(world: World) -> None:
    body = form(companions=1)
    body["companions"][0] = person(1, health={**HEALTHY, "symptoms": ["fever"]})
    codes = everyone(world.declare(body))
    with pytest.raises(GroupRefused) as raised:
        group(world, codes)
    assert [code for code, _ in raised.value.refused] == [codes[1].shown]
    admitted = {"code": str(codes[1]), "decision": "admit", "reason": "bác sĩ đã khám"}
    assert outcomes(group(world, codes, exceptions=[admitted])) == ["recorded", "recorded"]
