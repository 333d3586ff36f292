"""Settling conflicts."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import SettlementForm
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.records import pass_of
from chalicelib.models.gate.errors import ConflictOfOneself, ConflictSettled, ConflictUnknown, CorrectionNeedsSupervisor
from chalicelib.models.staff.errors import PostedElsewhere
from chalicelib.models.staff.roles import Principal
from chalicelib.services.gate.conflicts import ListedConflict, list_conflicts, settle
from tests.unit.gate.recording import SUPERVISOR, corrected, offline
from tests.unit.world import OTHER, World


def in_conflict(world: World) -> tuple[Code, str]:
    code = world.declare().code
    world.cross(code, OTHER, decision="refuse", reason="x")
    (line,) = offline(world, {"code": str(code)}).lines
    assert line.conflict is not None
    return code, line.conflict.id


def listed(world: World, checkpoint: str | None = None) -> Sequence[ListedConflict]:
    return list_conflicts(checkpoint=checkpoint, cursor=None, limit=100, entries=world.entries).items


def settled(world: World, name: str, decision: str, staff: Principal = SUPERVISOR) -> Any:
    form = SettlementForm.model_validate_json(json.dumps({"decision": decision, "reason": "đã gọi hai chốt"}))
    return settle(name, form, desk=world.desk(staff)).listed


def test_a_supervisor_settles_a_conflict_and_what_they_say_holds(world: World) -> None:
    code, name = in_conflict(world)
    (found,) = listed(world)
    assert (found.conflict.id, found.held.decision) == (name, Decision.REFUSE)
    after = settled(world, name, "admit")
    assert after.settlement.decision is Decision.ADMIT
    assert listed(world) == []
    held = pass_of(code, world.entries.find(code))
    assert held.decision is Decision.ADMIT
    assert held.crossing is not None
    assert held.crossing.decision is Decision.REFUSE
    assert len(held.conflicts) == 1


def test_a_settlement_that_confirms_what_held_is_not_overtaken_by_a_correction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, name = in_conflict(world)
    append = world.entries.append_settlement

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(world.entries, "append_settlement", append)
        corrected(world, code, "isolate", OTHER)
        return append(*arguments)

    monkeypatch.setattr(world.entries, "append_settlement", meanwhile)
    settled(world, name, "refuse")
    held = pass_of(code, world.entries.find(code))
    assert held.decision is Decision.REFUSE
    assert [each.decision for each in held.corrections] == [Decision.ISOLATE, Decision.REFUSE]


def test_a_supervisor_does_not_settle_their_own_conflict_nor_a_guard_overrule_them(world: World) -> None:
    code, name = in_conflict(world)
    world.postings.post(OTHER.subject, "an-hoa")
    with pytest.raises(ConflictOfOneself):
        settled(world, name, "admit", Principal(OTHER.subject, SUPERVISOR.roles))
    settled(world, name, "isolate")
    with pytest.raises(CorrectionNeedsSupervisor):
        corrected(world, code, "admit", OTHER)
    assert corrected(world, code, "admit", SUPERVISOR).corrections[-1].decision is Decision.ADMIT


def test_a_conflict_is_settled_once(world: World) -> None:
    _, name = in_conflict(world)
    first = settled(world, name, "admit")
    world.clock.advance(minutes=3)
    assert settled(world, name, "admit").settlement == first.settlement
    with pytest.raises(ConflictSettled):
        settled(world, name, "refuse")
    with pytest.raises(ConflictSettled):
        settled(world, name, "admit", Principal("another", SUPERVISOR.roles))


def test_a_supervisor_of_neither_gate_cannot_settle(world: World) -> None:
    _, name = in_conflict(world)
    world.postings.post("supervisor", "an-tinh")
    with pytest.raises(PostedElsewhere):
        settled(world, name, "admit")


@pytest.mark.parametrize("name", ["", "nonsense", f"{Code.of(7, 0)}-0123456789ab"])
def test_an_unknown_conflict_is_refused(world: World, name: str) -> None:
    in_conflict(world)
    with pytest.raises(ConflictUnknown):
        settled(world, name, "admit")


def test_conflicts_are_found_and_settled_by_the_checkpoint_of_either_crossing(world: World) -> None:
    world.postings.post(OTHER.subject, "an-tinh")
    code = world.declare().code
    world.cross(code, OTHER, checkpoint="an-tinh", decision="refuse", reason="x")
    (line,) = offline(world, {"code": str(code)}).lines
    assert line.conflict is not None
    for checkpoint, found in (("an-hoa", 1), ("an-tinh", 1), ("ben-cui", 0)):
        assert len(listed(world, checkpoint)) == found
    world.postings.post("supervisor", "an-tinh")
    assert settled(world, line.conflict.id, "refuse").settlement is not None
