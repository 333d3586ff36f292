"""A vehicle in one call, an hour without network, corrections and conflicts: rules, with collaborators in memory."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import ConflictKind, SettlementForm
from chalicelib.models.entry.corrections import CorrectionForm
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.revocations import Revocation
from chalicelib.models.errors import InvalidInput, ServiceUnavailable
from chalicelib.models.gate.batches import BatchForm, UnreadableLine
from chalicelib.models.gate.errors import (
    ConflictOfOneself,
    ConflictSettled,
    ConflictUnknown,
    CorrectionNeedsSupervisor,
    CrossingMissing,
    GroupRefused,
    RecordedInFuture,
    TooManyCorrections,
)
from chalicelib.models.gate.vehicles import GroupForm
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere
from chalicelib.models.staff.staff import Principal, Role
from chalicelib.services.gate.conflicts import list_conflicts, settle
from chalicelib.services.gate.corrections import MOST_CORRECTIONS, correct
from chalicelib.services.gate.crossings import Line, Outcome, Received, record_batch, record_group
from tests.forms import HEALTHY, NOW, form, person
from tests.unit.test_services import GUARD, World

OTHER = Principal("other", frozenset({Role.CHECKPOINT}))
SUPERVISOR = Principal("supervisor", frozenset({Role.SUPERVISOR}))
FEVER = {"temperature": 38.9, "decision": "isolate", "reason": "sốt"}
NONSENSE = {"temperature": 99, "decision": "perhaps"}


@pytest.fixture
def world() -> World:
    world = World()
    for each in ("supervisor", "another"):
        world.postings.post(each, "an-hoa")
    return world


def everyone(declared: Any) -> list[Code]:
    return [Code(declared.code.declaration, number) for number in range(len(declared.declaration.passes))]


def group(world: World, codes: list[Code], staff: Principal = GUARD, **changes: Any) -> list[Line]:
    body = {"codes": [each.shown for each in codes], "checkpoint": "an-hoa", "decision": "admit", **changes}
    return record_group(GroupForm.model_validate_json(json.dumps(body)), desk=world.desk(staff))


def offline(
    world: World, *lines: dict[str, Any], staff: Principal = GUARD, ahead: timedelta = timedelta(), device: str = "d1"
) -> Received:
    """Each line is a crossing recorded just now, with changes; an id of its own if it has none."""
    device_now = world.clock() + ahead
    crossings = [
        {
            "id": f"{number}",
            "checkpoint": "an-hoa",
            "decision": "admit",
            "recorded_at": device_now.isoformat(),
            **line,
        }
        for number, line in enumerate(lines)
    ]
    body = {"device": device, "sent_at": device_now.isoformat(), "crossings": crossings}
    batch = BatchForm.model_validate_json(json.dumps(body))
    read = [InvalidInput([]) if isinstance(line, UnreadableLine) else line for line in batch.crossings]
    return record_batch(batch, read, desk=world.desk(staff))


def outcomes(lines: list[Line]) -> list[str]:
    return [line.outcome.value for line in lines]


# A vehicle


def test_a_bus_is_one_query_and_one_transaction_and_the_one_with_fever_is_told_apart(world: World) -> None:
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


def test_of_a_group_all_or_nobody_is_recorded(world: World) -> None:
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


def test_of_a_group_each_is_recorded_who_can_be(world: World) -> None:
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


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"codes": ["0000-0000-0000-0000"] * 2}, "code_duplicate"),
        ({"exceptions": [{"code": "8Z1C96WBN3196", "decision": "admit"}]}, "code_mistyped"),
        ({"codes": []}, "too_short"),
        ({"codes": ["0000-0000-0000-0000"] * 101}, "too_long"),
        ({"decision": "refuse"}, "reason_missing"),
    ],
)
def test_a_group_that_cannot_be_is_refused(changes: dict[str, Any], kind: str) -> None:
    from pydantic import ValidationError

    body = {"codes": ["0000-0000-0000-0000"], "checkpoint": "an-hoa", "decision": "admit", **changes}
    with pytest.raises(ValidationError) as raised:
        GroupForm.model_validate_json(json.dumps(body))
    assert kind in {each["type"] for each in raised.value.errors()}


# Without network


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
    before = (dict(world.entries.crossings), {key: dict(each) for key, each in world.entries.conflicts.items()})
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


def test_a_database_that_fails_in_between_is_told_line_by_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert line.outcome is Outcome.CONFLICT
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
def test_a_pass_that_had_ended_when_someone_was_admitted_is_a_conflict(
    world: World, minutes: int, outcome: str
) -> None:
    code = world.declare().code
    at = world.clock() + timedelta(minutes=minutes)
    world.clock.advance(hours=2)
    assert outcomes(offline(world, {"code": str(code), "recorded_at": at.isoformat()}).lines) == [outcome]
    assert (code.declaration, 0) in world.entries.crossings


def test_someone_admitted_whose_pass_is_revoked_by_now_is_a_conflict_and_a_refusal_is_none(world: World) -> None:
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


def test_someone_admitted_before_the_pass_existed_is_a_conflict(world: World) -> None:
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


def test_someone_the_policy_stops_who_was_admitted_without_a_reason_is_a_conflict(world: World) -> None:
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


def test_what_was_recorded_after_it_was_sent_is_refused(world: World) -> None:
    code = world.declare().code
    later = (world.clock() + timedelta(minutes=5)).isoformat()
    (line,) = offline(world, {"code": str(code), "recorded_at": later}).lines
    assert isinstance(line.error, RecordedInFuture)


def test_whoever_was_posted_elsewhere_then_cannot_have_recorded_it(world: World) -> None:
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


def test_whoever_stood_at_a_second_gate_is_traced_there_too(world: World) -> None:
    code = world.declare().code
    world.cross(code, OTHER)
    later = world.clock() + timedelta(minutes=10)
    world.clock.advance(minutes=20)
    offline(world, {"code": str(code), "recorded_at": later.isoformat()})
    for kind in (EntryEventKind.CROSSING_RECORDED, EntryEventKind.CROSSING_CONFLICTED):
        world.trace(EntryEvent.about(kind, code))
    assert [each.at for each in world.exposures.kept] == [NOW, later]


# Corrections


def corrected(world: World, code: Code, decision: str, staff: Principal = GUARD, reason: str = "nhầm") -> Any:
    body = {"code": str(code), "decision": decision, "reason": reason}
    return correct(CorrectionForm.model_validate_json(json.dumps(body)), desk=world.desk(staff))


def test_a_correction_stands_beside_the_crossing_and_the_last_one_holds(world: World) -> None:
    code = world.declare().code
    crossing = world.cross(code)
    corrected(world, code, "isolate")
    world.clock.advance(minutes=1)
    after = corrected(world, code, "refuse", OTHER)
    assert after.crossing == crossing
    assert [each.decision for each in after.corrections] == [Decision.ISOLATE, Decision.REFUSE]
    facts = world.entries.find(code)
    assert facts is not None
    assert facts.decision(0) is Decision.REFUSE
    assert facts.crossings[0] == crossing


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


def test_whoever_was_refused_by_mistake_is_told_their_instructions_when_that_is_corrected(world: World) -> None:
    code = world.declare().code
    world.cross(code, decision="refuse", reason="nhầm người")
    assert world.notify(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, code)) == []
    corrected(world, code, "admit")
    for _ in range(2):
        world.notify(EntryEvent.about(EntryEventKind.CROSSING_CORRECTED, code))
    assert len(world.provider.sent) == 1
    corrected(world, code, "admit", reason="lần nữa")
    world.notify(EntryEvent.about(EntryEventKind.CROSSING_CORRECTED, code))
    assert len(world.provider.sent) == 1


def test_whoever_proved_something_is_told_what_follows_from_it(world: World) -> None:
    code = world.declare().code
    crossing = world.cross(code)
    by_proof = crossing.model_copy(update={"instructions": ["watch-health-14"]})
    world.entries.crossings[code.declaration, 0] = by_proof
    world.notify(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, code))
    ((_, text),) = world.provider.sent
    assert text == "Tay Ninh: da qua chot. Theo doi suc khoe 14 ngay, can giup goi 1022."


def test_there_must_be_something_to_correct(world: World) -> None:
    code = world.declare().code
    with pytest.raises(CrossingMissing):
        corrected(world, code, "admit")
    with pytest.raises(PassUnknown):
        corrected(world, Code.of(7, 0), "admit")


def test_only_who_acts_for_the_checkpoint_corrects_what_was_recorded_there(world: World) -> None:
    code = world.declare().code
    world.cross(code)
    world.postings.post("other", "an-tinh")
    with pytest.raises(PostedElsewhere):
        corrected(world, code, "isolate", OTHER)


# Conflicts


def in_conflict(world: World) -> tuple[Code, str]:
    code = world.declare().code
    world.cross(code, OTHER, decision="refuse", reason="x")
    (line,) = offline(world, {"code": str(code)}).lines
    assert line.conflict is not None
    return code, line.conflict.id


def settled(world: World, name: str, decision: str, staff: Principal = SUPERVISOR) -> Any:
    form = SettlementForm.model_validate_json(json.dumps({"decision": decision, "reason": "đã gọi hai chốt"}))
    return settle(name, form, desk=world.desk(staff))


def test_a_supervisor_settles_a_conflict_and_what_they_say_holds(world: World) -> None:
    code, name = in_conflict(world)
    (found,) = list_conflicts(checkpoint=None, entries=world.entries)
    assert (found.conflict.id, found.facts.decision(0)) == (name, Decision.REFUSE)
    after = settled(world, name, "admit")
    assert after.settlement.decision is Decision.ADMIT
    assert list_conflicts(checkpoint=None, entries=world.entries) == []
    facts = world.entries.find(code)
    assert facts is not None
    assert facts.decision(0) is Decision.ADMIT
    assert facts.crossings[0].decision is Decision.REFUSE
    assert len(facts.conflicts[0]) == 1


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
    facts = world.entries.find(code)
    assert facts is not None
    assert facts.decision(0) is Decision.REFUSE
    assert [each.decision for each in facts.corrections[0]] == [Decision.ISOLATE, Decision.REFUSE]


def test_nobody_settles_their_own_and_a_guard_does_not_overrule_a_settlement(world: World) -> None:
    code, name = in_conflict(world)
    world.postings.post(OTHER.subject, "an-hoa")
    with pytest.raises(ConflictOfOneself):
        settled(world, name, "admit", Principal(OTHER.subject, SUPERVISOR.roles))
    settled(world, name, "isolate")
    with pytest.raises(CorrectionNeedsSupervisor):
        corrected(world, code, "admit", OTHER)
    assert corrected(world, code, "admit", SUPERVISOR).corrections[-1].decision is Decision.ADMIT


def test_a_crossing_is_corrected_fifty_times_and_no_more(world: World) -> None:
    code = world.declare().code
    world.cross(code)
    for number in range(MOST_CORRECTIONS):
        corrected(world, code, "isolate", reason=f"{number}")
    with pytest.raises(TooManyCorrections):
        corrected(world, code, "isolate")


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
def test_an_unknown_conflict_is_told(world: World, name: str) -> None:
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
        assert len(list_conflicts(checkpoint=checkpoint, entries=world.entries)) == found
    world.postings.post("supervisor", "an-tinh")
    assert settled(world, line.conflict.id, "refuse").settlement is not None
