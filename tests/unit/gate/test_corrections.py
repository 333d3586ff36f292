"""Correcting crossings."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import SettlementForm
from chalicelib.models.entry.corrections import MOST_CORRECTIONS
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import pass_of
from chalicelib.models.gate.errors import CrossingMissing, TooManyCorrections
from chalicelib.models.staff.errors import PostedElsewhere
from chalicelib.services.gate.conflicts import settle
from chalicelib.services.gate.sync import sync
from tests.unit.fakes.permits import Permits
from tests.unit.gate.recording import SUPERVISOR, corrected, offline
from tests.unit.world import OTHER, World

LIFETIME = timedelta(hours=1)


def test_a_correction_stands_beside_the_crossing_and_the_last_one_holds(world: World) -> None:
    code = world.declare().code
    crossing = world.cross(code)
    corrected(world, code, "isolate")
    world.clock.advance(minutes=1)
    after = corrected(world, code, "refuse", OTHER)
    assert after.crossing == crossing
    assert [each.decision for each in after.corrections] == [Decision.ISOLATE, Decision.REFUSE]
    held = pass_of(code, world.entries.find(code))
    assert held.decision is Decision.REFUSE
    assert held.crossing == crossing


def test_a_correction_sent_twice_is_recorded_once(world: World) -> None:
    code = world.declare().code
    world.cross(code)
    first = corrected(world, code, "isolate")
    world.clock.advance(minutes=1)
    assert corrected(world, code, "isolate") == first
    assert len(corrected(world, code, "isolate", OTHER).corrections) == 2


def test_two_corrections_at_once_both_stay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    code = world.declare().code
    world.cross(code)
    append = world.entries.append_correction

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(world.entries, "append_correction", append)
        corrected(world, code, "refuse", OTHER)
        return append(*arguments)

    monkeypatch.setattr(world.entries, "append_correction", meanwhile)
    after = corrected(world, code, "isolate")
    assert [each.recorded_by for each in after.corrections] == ["other", "guard"]


@pytest.mark.parametrize("behind", [0, 0.5, 5])
def test_a_device_holds_after_a_sync_what_the_record_says_although_a_server_s_clock_is_behind(
    world: World, behind: float
) -> None:
    code, settled = world.declare().code, world.declare(key="key-of-declaration-2").code
    world.cross(code)
    world.cross(settled, OTHER)
    (line,) = offline(world, {"code": str(settled), "decision": "refuse", "reason": "x"}).lines
    assert line.conflict is not None
    for each in (code, settled):
        corrected(world, each, "isolate", OTHER)
    world.clock.advance(seconds=-behind)
    corrected(world, code, "refuse")
    form = SettlementForm(decision=Decision.ADMIT, reason="x")
    settle(line.conflict.id, form, desk=world.desk(SUPERVISOR))
    synced = sync(
        "",
        keys=[],
        lifetime=LIFETIME,
        entries=world.entries,
        permits=Permits(),
        in_force=world.in_force,
        clock=world.clock,
    ).corrections
    by_place = {each.code: each.decision for each in synced}
    latest_first = list(reversed(synced))  # however a device sorts those of one time
    by_time = {each.code: each.decision for each in sorted(latest_first, key=lambda each: each.corrected_at)}
    on_record = {str(each): pass_of(each, world.entries.find(each)).decision for each in (code, settled)}
    assert by_place == by_time == on_record == {str(code): Decision.REFUSE, str(settled): Decision.ADMIT}


def test_there_must_be_something_to_correct(world: World) -> None:
    code = world.declare().code
    with pytest.raises(CrossingMissing):
        corrected(world, code, "admit")
    with pytest.raises(PassUnknown):
        corrected(world, Code.of(7, 0), "admit")


def test_only_staff_of_the_checkpoint_correct_what_was_recorded_there(world: World) -> None:
    code = world.declare().code
    world.cross(code)
    world.postings.post("other", "an-tinh")
    with pytest.raises(PostedElsewhere):
        corrected(world, code, "isolate", OTHER)


def test_a_crossing_is_corrected_fifty_times_and_no_more(world: World) -> None:
    code = world.declare().code
    world.cross(code)
    for number in range(MOST_CORRECTIONS):
        corrected(world, code, "isolate", reason=f"{number}")
    with pytest.raises(TooManyCorrections):
        corrected(world, code, "isolate")
