"""Who waits at a gate: until when a pass holds."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.entry.arrivals import ArrivedPass
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import ConflictKind
from chalicelib.models.entry.links import LinkKind
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.errors import DomainError, InvalidInput
from chalicelib.models.gate.arrivals import ArrivalLine, ArrivalsForm
from chalicelib.models.gate.boards import Board
from chalicelib.models.gate.errors import (
    BoardOutdated,
    BoardWrong,
    PassDecided,
    PassExpired,
    PassReplaced,
    PassRevoked,
)
from chalicelib.models.staff.errors import PostedElsewhere
from chalicelib.services.gate.arrivals import Arrived, ArrivedLine, record_arrivals, record_own_arrival
from chalicelib.services.gate.boards import board_of, text_of
from chalicelib.services.gate.sync import sync
from tests.forms import form
from tests.unit.fakes.permits import Permits
from tests.unit.gate.recording import offline
from tests.unit.world import GUARD, World


def arrive(world: World, *codes: Code, checkpoint: str = "an-hoa") -> list[ArrivedLine]:
    lines = [{"code": str(each)} for each in codes]
    return _recorded(world, {"checkpoint": checkpoint, "arrivals": lines})


def arrived_offline(world: World, code: Code, minutes_ago: float, ahead: timedelta = timedelta()) -> ArrivedLine:
    device_now = world.clock() + ahead
    line = {"code": str(code), "recorded_at": (device_now - timedelta(minutes=minutes_ago)).isoformat()}
    body = {"checkpoint": "an-hoa", "arrivals": [line], "device": "d1", "sent_at": device_now.isoformat()}
    (outcome,) = _recorded(world, body)
    return outcome


def _recorded(world: World, body: dict[str, Any]) -> list[ArrivedLine]:
    read = ArrivalsForm.model_validate_json(json.dumps(body))
    lines = [each if isinstance(each, ArrivalLine) else InvalidInput([]) for each in read.arrivals]
    return record_arrivals(read, lines, desk=world.desk(GUARD)).lines


def shows(world: World, checkpoint: str = "an-hoa") -> str:
    return text_of(Board.at(checkpoint, world.clock()), world.keyed_hash)


def reads_board(world: World, code: Code, board: str) -> Arrived:
    return record_own_arrival(
        str(code),
        world.secret(code, LinkKind.PASS),
        board,
        records=world.entries,
        arrivals=world.entries,
        in_force=world.in_force,
        keyed_hash=world.keyed_hash,
        clock=world.clock,
    )


def with_policy(world: World, **changes: int) -> None:
    kept = world.in_force.kept
    current = kept[world.in_force.version]
    kept[world.in_force.version] = current._replace(document=current.document.model_copy(update=changes))


def test_a_pass_holds_for_six_hours_from_the_arrival_of_its_holder(world: World) -> None:
    code = world.declare().code
    world.clock.advance(minutes=59)
    arrive(world, code)
    world.clock.advance(hours=5, minutes=59)
    assert world.check(str(code)).verdict is Verdict.VALID
    assert world.cross(code).after_expiry is None
    other = world.declare().code
    arrive(world, other)
    world.clock.advance(hours=6)
    assert world.check(str(other)).verdict is Verdict.EXPIRED
    with pytest.raises(PassExpired):
        world.cross(other)


def test_an_arrival_never_shortens_a_pass(world: World) -> None:
    code = world.declare().code
    with_policy(world, arrival_hours=1)
    arrive(world, code)
    held = world.held(code)
    assert held.expires_at == held.hour_ends_at


def test_a_pass_has_one_arrival(world: World) -> None:
    code = world.declare().code
    (first,) = arrive(world, code)
    world.clock.advance(minutes=5)
    (again,) = arrive(world, code)
    own = reads_board(world, code, shows(world))
    assert first.arrived
    assert again.arrived
    assert (first.arrived.repeated, again.arrived.repeated, own.repeated) == (False, True, True)
    assert again.arrived.arrival == own.arrival == first.arrived.arrival
    assert len(world.entries.holding) == 1


def test_a_line_that_cannot_be_recorded_keeps_no_other_from_it(world: World) -> None:
    first, revoked, crossed, late = (world.declare().code for _ in range(4))
    world.revoke(revoked)
    world.cross(crossed)
    outcomes = arrive(world, first, revoked, crossed, Code.of(1, 0))
    assert [type(each.error).__name__ for each in outcomes] == [
        *("NoneType", "PassRevoked", "PassDecided", "PassUnknown")
    ]
    world.clock.advance(hours=1)
    (outcome,) = arrive(world, late)
    assert isinstance(outcome.error, PassExpired)


def test_guards_record_only_at_the_gate_where_they_are_posted(world: World) -> None:
    with pytest.raises(PostedElsewhere):
        arrive(world, world.declare().code, checkpoint="an-tinh")
    with pytest.raises(InvalidInput):
        arrive(world, world.declare().code, checkpoint="nowhere")


@pytest.mark.parametrize(
    ("since_declared", "minutes_ago", "error"),
    [(90, 31, None), (90, 29.5, None), (90, 28, PassExpired), (90, 92, InvalidInput), (90, -2, InvalidInput)],
)
def test_an_arrival_without_network_counts_by_its_time(
    world: World, since_declared: int, minutes_ago: float, error: type[DomainError] | None
) -> None:
    code = world.declare().code
    world.clock.advance(minutes=since_declared)
    outcome = arrived_offline(world, code, minutes_ago)
    assert (type(outcome.error) if outcome.error else None) is error
    expected = Verdict.EXPIRED if error else Verdict.VALID
    assert world.check(str(code)).verdict is expected


def test_the_clock_of_a_device_is_set_right(world: World) -> None:
    code = world.declare().code
    world.clock.advance(minutes=90)
    outcome = arrived_offline(world, code, 40, ahead=timedelta(hours=2))
    assert outcome.arrived is not None
    assert outcome.arrived.arrival.recorded_at == world.clock() - timedelta(minutes=40)
    assert outcome.arrived.arrival.offline is not None
    assert outcome.arrived.arrival.offline.clock_ahead_seconds == 7200


def test_an_arrival_that_comes_after_the_decision_counts_if_it_was_before_it(world: World) -> None:
    code = world.declare().code
    world.clock.advance(minutes=70)
    (line,) = offline(world, {"code": str(code)}).lines
    assert line.conflict is not None
    assert line.conflict.kind is ConflictKind.EXPIRED
    world.clock.advance(minutes=5)
    assert arrived_offline(world, code, 20).arrived is not None


def test_who_arrived_is_admitted_without_network_and_without_a_conflict(world: World) -> None:
    code = world.declare().code
    arrive(world, code)
    world.clock.advance(hours=3)
    (line,) = offline(world, {"code": str(code)}).lines
    assert line.conflict is None


def test_the_holder_reads_the_board_of_the_gate(world: World) -> None:
    code = world.declare().code
    arrived = reads_board(world, code, shows(world))
    assert (arrived.arrival.checkpoint, arrived.arrival.by, arrived.arrival.recorded_by) == ("an-hoa", "holder", None)
    assert world.held(code).expires_at == world.clock() + timedelta(hours=6)


def test_a_board_is_good_for_its_five_minutes_and_the_next_five(world: World) -> None:
    board = Board.at("an-hoa", world.clock())
    text = text_of(board, world.keyed_hash)
    hashed = {"keyed_hash": world.keyed_hash}
    assert board_of(text, now=board.begins_at, **hashed) == board
    assert board_of(f" {text}\n", now=board.ends_at - timedelta(seconds=1), **hashed) == board
    for moment in (board.ends_at, board.begins_at - timedelta(minutes=2)):
        with pytest.raises(BoardOutdated):
            board_of(text, now=moment, **hashed)


@pytest.mark.parametrize("change", ["gate", "step", "signature", "nonsense", "code"])
def test_nobody_else_makes_a_board(world: World, change: str) -> None:
    code = world.declare().code
    text = shows(world)
    made = {
        "gate": text.replace("an-hoa", "an-tinh"),
        "step": text.replace(f":{Board.at('an-hoa', world.clock()).step}:", ":5423290:"),
        "signature": text[:-1] + ("0" if text[-1] != "0" else "1"),
        "nonsense": "TNB1:an-hoa",
        "code": str(code),
    }
    with pytest.raises(BoardWrong):
        reads_board(world, code, made[change])
    assert world.held(code).arrival is None


def test_an_arrival_of_the_holder_must_come_in_time_too(world: World) -> None:
    revoked, crossed, late = (world.declare().code for _ in range(3))
    world.revoke(revoked)
    world.cross(crossed)
    for code, error in ((revoked, PassRevoked), (crossed, PassDecided)):
        with pytest.raises(error):
            reads_board(world, code, shows(world))
    world.clock.advance(hours=1)
    with pytest.raises(PassExpired):
        reads_board(world, late, shows(world))


def test_after_its_end_a_guard_admits_with_a_reason_within_the_grace_of_the_policy(world: World) -> None:
    first, second, third = (world.declare().code for _ in range(3))
    world.clock.advance(minutes=70)
    with pytest.raises(PassExpired):
        world.cross(first, reason="kẹt xe trước chốt")
    with_policy(world, grace_minutes=20)
    with pytest.raises(InvalidInput) as refused:
        world.cross(first)
    assert [each.code for each in refused.value.problems] == ["reason_missing_after_expiry"]
    assert world.cross(first, reason="kẹt xe trước chốt").after_expiry is True
    assert world.cross(second, decision="refuse", reason="không có giấy tờ").after_expiry is None
    world.clock.advance(minutes=10)
    with pytest.raises(PassExpired):
        world.cross(third, reason="kẹt xe trước chốt")


def test_the_grace_counts_without_network_too(world: World) -> None:
    with_policy(world, grace_minutes=20)
    codes = [world.declare().code for _ in range(3)]
    world.clock.advance(minutes=70)
    lines = offline(
        world,
        {"code": str(codes[0]), "reason": "kẹt xe trước chốt"},
        {"code": str(codes[1])},
        {"code": str(codes[2]), "reason": "kẹt xe trước chốt"},
    ).lines
    assert [each.conflict.kind if each.conflict else None for each in lines] == [None, ConflictKind.EXPIRED, None]
    assert lines[0].crossing is not None
    assert lines[0].crossing.after_expiry is True


def test_the_sync_has_arrivals_as_long_as_their_passes_hold(world: World) -> None:
    code, revoked = world.declare().code, world.declare().code
    arrive(world, code, revoked)
    world.revoke(revoked)

    def synced(cursor: str = "") -> Any:
        return sync(
            cursor,
            keys=[],
            lifetime=timedelta(hours=1),
            entries=world.entries,
            permits=Permits(),
            in_force=world.in_force,
            clock=world.clock,
        )

    (first,) = [each for each in synced().arrivals if each.code == str(code)]
    assert first == ArrivedPass(code=str(code), arrived_at=world.clock(), expires_at=world.held(code).expires_at)
    world.clock.advance(hours=5)
    later = synced()
    assert (len(later.arrivals), [each.code for each in later.revocations]) == (2, [str(revoked)])
    world.clock.advance(hours=1)
    assert synced().arrivals == synced().revocations == []


def test_a_search_and_a_manifest_have_those_who_still_wait(world: World) -> None:
    declared = world.declare_and_trace()
    other = world.declare_and_trace(form(world.clock(), expected_arrival=world.clock().isoformat()))
    arrive(world, declared.code)
    world.clock.advance(hours=4)
    assert [each.code for each in world.search(plate="70E112345")] == [declared.code]
    assert [each.code for each in world.manifest("70E112345")] == [declared.code]
    assert other.code not in [each.code for each in world.manifest("70E112345")]


def test_an_arrival_without_network_before_the_holder_declared_again_counts(world: World) -> None:
    from chalicelib.models.entry.replacements import Replacement

    before, after, newer = (world.declare().code for _ in range(3))
    world.clock.advance(minutes=20)
    for code in (before, after):
        world.entries.append_replacement(world.held(code), Replacement(recorded_at=world.clock(), by=str(newer)))
    world.clock.advance(minutes=10)
    assert isinstance(arrived_offline(world, after, minutes_ago=5).error, PassReplaced)
    assert arrived_offline(world, before, minutes_ago=15).error is None
    world.clock.advance(hours=3)
    assert world.check(str(before)).verdict is Verdict.VALID
    assert world.check(str(after)).verdict is Verdict.EXPIRED


def test_a_replaced_pass_ends_unless_its_holder_arrived_or_crossed(world: World) -> None:
    from chalicelib.models.entry.replacements import Replacement

    replaced, arrived, crossed, newer = (world.declare().code for _ in range(4))
    arrive(world, arrived)
    for code in (replaced, arrived, crossed):
        world.entries.append_replacement(world.held(code), Replacement(recorded_at=world.clock(), by=str(newer)))
    assert world.check(str(replaced)).verdict is Verdict.EXPIRED
    assert world.check(str(arrived)).verdict is Verdict.VALID
    with pytest.raises(PassReplaced) as refused:
        world.cross(replaced)
    assert refused.value.members == {"replaced_by": newer.shown}
    with_policy(world, grace_minutes=20)
    with pytest.raises(PassReplaced):
        world.cross(replaced, reason="kẹt xe trước chốt")
    with pytest.raises(PassReplaced):
        reads_board(world, replaced, shows(world))
    world.cross(arrived)
    assert world.check(str(arrived)).verdict is Verdict.USED
