"""Recording what a device kept without network."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import ConflictKind
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.revocations import Revocation
from chalicelib.models.errors import InvalidInput, ServiceUnavailable
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere
from chalicelib.models.staff.roles import Principal
from chalicelib.services.gate.lines import LineOutcome
from tests.forms import HEALTHY, form
from tests.unit.gate.recording import NONSENSE, everyone, offline, outcomes
from tests.unit.world import GUARD, OTHER, World


def test_what_was_recorded_without_network_is_recorded_later_with_its_own_time(world: World) -> None:
    code = world.declare().code
    at = world.clock() + timedelta(minutes=10)
    world.clock.advance(hours=3)
    received = offline(world, {"code": str(code), "recorded_at": at.isoformat()})
    assert outcomes(received.lines) == ["recorded"]
    assert received.clock_ahead is None
    crossing = world.entries.crossings[code.declaration, 0]
    assert crossing.recorded_at == at
    assert crossing.offline is not None
    assert (crossing.offline.device, crossing.offline.id, crossing.offline.received_at) == ("d1", "0", world.clock())


def test_a_batch_sent_again_changes_nothing(world: World) -> None:
    codes = everyone(world.declare(form(companions=2)))
    world.cross(codes[0], OTHER)
    lines = [{"code": str(code)} for code in codes]
    first = offline(world, *lines)
    assert outcomes(first.lines) == ["conflict", "recorded", "recorded"]
    before = (dict(world.entries.crossings), {key: list(each) for key, each in world.entries.conflicts.items()})
    again = offline(world, *lines)
    assert outcomes(again.lines) == ["conflict", "repeated", "repeated"]
    assert before == (world.entries.crossings, world.entries.conflicts)


def test_a_line_that_cannot_be_accepted_keeps_no_other_from_being_recorded(world: World) -> None:
    codes = everyone(world.declare(form(companions=1)))
    received = offline(
        world,
        {"code": str(codes[0]), **NONSENSE},
        {"code": Code.of(1, 0).shown},
        {"code": str(codes[1])},
        {"code": str(codes[0]), "checkpoint": "nowhere"},
    )
    assert outcomes(received.lines) == ["refused", "refused", "recorded", "refused"]
    assert [type(line.error) for line in received.lines] == [InvalidInput, PassUnknown, type(None), InvalidInput]


def test_a_database_that_fails_in_between_refuses_only_that_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = [world.declare(key=f"key-of-declaration-{number}").code for number in range(3)]
    find = world.entries.find

    def failing(code: Code) -> Any:
        if code == codes[1]:
            raise ServiceUnavailable
        return find(code)

    monkeypatch.setattr(world.entries, "find", failing)
    received = offline(world, *({"code": str(code)} for code in codes))
    assert outcomes(received.lines) == ["recorded", "refused", "recorded"]
    monkeypatch.setattr(world.entries, "find", find)
    assert outcomes(offline(world, *({"code": str(code)} for code in codes)).lines) == [
        "repeated",
        "recorded",
        "repeated",
    ]


def test_what_was_decided_otherwise_meanwhile_is_a_conflict_and_both_stay(world: World) -> None:
    code = world.declare().code
    world.cross(code, OTHER, decision="refuse", reason="không có giấy tờ")
    (line,) = offline(world, {"code": str(code)}).lines
    assert line.outcome is LineOutcome.CONFLICT
    assert line.conflict is not None
    assert line.conflict.kind is ConflictKind.DECIDED_OTHERWISE
    assert line.crossing is not None
    assert (line.crossing.decision, line.conflict.crossing.decision) == (Decision.REFUSE, Decision.ADMIT)
    assert world.entries.crossings[code.declaration, 0].recorded_by == "other"


def test_one_pass_shown_twice_without_network_is_a_conflict(world: World) -> None:
    code = world.declare().code
    received = offline(world, {"code": str(code), "id": "a"}, {"code": str(code), "id": "b"})
    assert outcomes(received.lines) == ["recorded", "conflict"]


def test_a_device_that_lost_our_answer_keeps_the_crossing_and_it_is_the_same_one(world: World) -> None:
    code = world.declare().code
    world.cross(code, temperature=None)
    world.clock.advance(minutes=2)
    assert outcomes(offline(world, {"code": str(code)}).lines) == ["repeated"]
    world.clock.advance(minutes=20)
    assert outcomes(offline(world, {"code": str(code), "id": "later"}).lines) == ["conflict"]


@pytest.mark.parametrize(("minutes", "outcome"), [(59, "recorded"), (60, "recorded"), (62, "conflict")])
def test_admitting_after_the_pass_had_ended_is_a_conflict(world: World, minutes: int, outcome: str) -> None:
    code = world.declare().code
    at = world.clock() + timedelta(minutes=minutes)
    world.clock.advance(hours=2)
    assert outcomes(offline(world, {"code": str(code), "recorded_at": at.isoformat()}).lines) == [outcome]
    assert (code.declaration, 0) in world.entries.crossings


def test_admitting_on_a_pass_that_is_revoked_by_now_is_a_conflict_and_refusing_is_not(world: World) -> None:
    codes = everyone(world.declare(form(companions=2)))
    at = world.clock() + timedelta(minutes=20)
    for code in codes:
        fact = Revocation(recorded_at=at, recorded_by="health", reason="ca nhiễm")
        world.entries.revocations[code.declaration, code.person] = fact
    before, after = (at - timedelta(minutes=5)).isoformat(), (at + timedelta(minutes=5)).isoformat()
    world.clock.advance(minutes=40)
    received = offline(
        world,
        {"code": str(codes[0]), "recorded_at": before},
        {"code": str(codes[1]), "recorded_at": after},
        {"code": str(codes[2]), "recorded_at": after, "decision": "refuse", "reason": "x"},
    )
    assert outcomes(received.lines) == ["conflict", "conflict", "recorded"]


def test_admitting_before_the_pass_existed_is_a_conflict(world: World) -> None:
    code = world.declare().code
    world.clock.advance(minutes=5)
    early = (world.clock() - timedelta(minutes=7)).isoformat()
    (line,) = offline(world, {"code": str(code), "recorded_at": early}).lines
    assert line.conflict is not None
    assert line.conflict.kind is ConflictKind.BEFORE_DECLARATION


def test_what_does_not_fit_into_a_requests_time_is_to_be_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = everyone(world.declare(form(companions=2)))
    append = world.entries.append_crossing

    def slow(*arguments: Any) -> Any:
        world.clock.advance(seconds=10)
        return append(*arguments)

    monkeypatch.setattr(world.entries, "append_crossing", slow)
    lines = offline(world, *({"code": str(code)} for code in codes)).lines
    assert outcomes(lines) == ["recorded", "recorded", "refused"]
    assert isinstance(lines[2].error, ServiceUnavailable)


def test_admitting_a_person_the_policy_stops_without_a_reason_is_a_conflict(world: World) -> None:
    body = form()
    body["traveller"]["health"] = {**HEALTHY, "symptoms": ["fever"]}
    code = world.declare(body).code
    (line,) = offline(world, {"code": str(code)}).lines
    assert line.conflict is not None
    assert line.conflict.kind is ConflictKind.STOPPED


@pytest.mark.parametrize("ahead", [timedelta(hours=7), timedelta(hours=-7)])
def test_a_clock_that_is_wrong_is_noticed_and_times_are_set_right(world: World, ahead: timedelta) -> None:
    code = world.declare().code
    received = offline(world, {"code": str(code)}, ahead=ahead)
    assert received.clock_ahead == ahead
    assert outcomes(received.lines) == ["recorded"]
    crossing = world.entries.crossings[code.declaration, 0]
    assert crossing.recorded_at == world.clock()
    assert crossing.offline is not None
    assert (crossing.offline.said_at, crossing.offline.clock_ahead_seconds) == (
        world.clock() + ahead,
        ahead.total_seconds(),
    )


@pytest.mark.parametrize(("minutes", "kind"), [(5, "in_future"), (-180, "before_declaration")])
@pytest.mark.parametrize("decision", ["admit", "refuse"])
def test_a_crossing_by_a_clock_that_was_set_right_before_it_was_sent_is_not_lost(
    world: World, minutes: int, kind: str, decision: str
) -> None:
    declared = world.declare()
    world.clock.advance(minutes=20)
    by_device = world.clock() + timedelta(minutes=minutes)
    line = {"code": str(declared.code), "recorded_at": by_device.isoformat(), "decision": decision, "reason": "x"}
    (first,) = offline(world, line).lines
    assert first.outcome is LineOutcome.CONFLICT
    assert first.conflict is not None
    assert first.conflict.kind == kind
    crossing = world.entries.crossings[declared.code.declaration, 0]
    assert crossing.recorded_at == (world.clock() if minutes > 0 else declared.declaration.issued_at)
    assert crossing.offline is not None
    assert crossing.offline.said_at == by_device


def test_a_time_that_cannot_be_right_does_not_hide_where_its_sender_was_posted(world: World) -> None:
    codes = everyone(world.declare(form(companions=2)))
    world.clock.advance(minutes=10)
    world.postings.post(GUARD.subject, "an-tinh", since=world.clock())
    world.clock.advance(minutes=10)
    future = {"recorded_at": (world.clock() + timedelta(hours=1)).isoformat()}
    past = {"recorded_at": (world.clock() - timedelta(days=1)).isoformat()}
    lines = [{"code": str(code), **wrong} for code, wrong in zip(codes, (future, past), strict=False)]
    assert outcomes(offline(world, *lines).lines) == ["conflict", "conflict"]
    (line,) = offline(world, {"code": str(codes[2]), **future, "checkpoint": "an-tinh"}, staff=OTHER).lines
    assert isinstance(line.error, PostedElsewhere)


@pytest.mark.parametrize("ahead", [timedelta(minutes=3), timedelta(hours=-2)])
@pytest.mark.parametrize("minutes", [20, 70])
def test_a_line_on_record_is_never_answered_refused_whatever_the_clock_says_later(
    world: World, ahead: timedelta, minutes: int
) -> None:
    codes = everyone(world.declare(form(companions=1)))
    world.postings.records.clear()
    world.postings.post(GUARD.subject, "an-hoa", since=world.clock())
    world.clock.advance(minutes=minutes)
    by_device = {"recorded_at": (world.clock() + ahead).isoformat()}
    lines = [{"code": str(code), **by_device} for code in codes]
    first = offline(world, *lines, ahead=ahead)
    assert outcomes(first.lines) == ["recorded" if minutes < 60 else "conflict"] * 2
    world.postings.post(GUARD.subject, "an-tinh", since=world.clock())
    before = dict(world.entries.crossings)
    again = offline(world, *lines)  # the clock is right by now
    assert outcomes(again.lines) == ["repeated" if minutes < 60 else "conflict"] * 2
    assert [each.conflict for each in again.lines] == [each.conflict for each in first.lines]
    assert world.entries.crossings == before


def test_a_crossing_whose_answer_was_lost_is_not_refused_for_a_clock_that_was_behind(world: World) -> None:
    code = world.declare().code
    world.clock.advance(minutes=40)
    world.postings.records.clear()
    world.postings.post(GUARD.subject, "an-hoa", since=world.clock())
    world.cross(code, temperature=None)
    behind = (world.clock() - timedelta(minutes=30)).isoformat()
    assert outcomes(offline(world, {"code": str(code), "recorded_at": behind}).lines) == ["conflict"]


def test_a_line_by_staff_who_were_posted_elsewhere_then_is_refused(world: World) -> None:
    codes = everyone(world.declare(form(companions=1)))
    moved = world.clock() + timedelta(minutes=10)
    world.postings.post(GUARD.subject, "an-tinh", since=moved)
    before, after = (moved - timedelta(minutes=5)).isoformat(), (moved + timedelta(minutes=5)).isoformat()
    world.clock.advance(minutes=30)
    lines = offline(
        world, {"code": str(codes[0]), "recorded_at": before}, {"code": str(codes[1]), "recorded_at": after}
    ).lines
    assert outcomes(lines) == ["recorded", "refused"]
    assert isinstance(lines[1].error, PostedElsewhere)
    nobody = Principal("nobody", GUARD.roles)
    (line,) = offline(world, {"code": str(codes[1])}, staff=nobody).lines
    assert isinstance(line.error, NotPosted)
