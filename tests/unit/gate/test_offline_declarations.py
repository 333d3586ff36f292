"""Declaring what a device took without network."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import ConflictKind
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.erasures import without_person
from chalicelib.models.errors import InvalidInput, ServiceUnavailable
from chalicelib.models.gate.errors import LocalNumberReused
from chalicelib.models.gate.offline_declarations import DeclarationBatchForm
from chalicelib.models.lines import UnreadableLine
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere
from chalicelib.models.staff.roles import Principal
from chalicelib.models.versions import Kept
from chalicelib.services.gate.offline_declarations import (
    LONGEST_WITHOUT_NETWORK,
    DeclaredLine,
    ReceivedDeclarations,
    record_declarations,
)
from tests.forms import form
from tests.unit.fakes.policy import POLICY
from tests.unit.world import GUARD, OTHER, World

Line = dict[str, Any]
ADMIT = {"checkpoint": "an-hoa", "decision": "admit"}


def line(
    world: World, number: int = 1, *, ahead: timedelta = timedelta(), body: dict[str, Any] | None = None, **more: Any
) -> Line:
    """A form taken now, by a device whose clock is so much ahead."""
    now = world.clock() + ahead
    return {
        "id": f"T-{number}",
        "taken_at": now.isoformat(),
        "form": body or form(now),
        "policy_version": POLICY.version,
        **more,
    }


def admitted(world: World, person: int = 0, *, ahead: timedelta = timedelta(), **more: Any) -> dict[str, Any]:
    return {"person": person, **ADMIT, "recorded_at": (world.clock() + ahead).isoformat(), **more}


def send(
    world: World, *lines: Line, staff: Principal = GUARD, device: str = "d1", ahead: timedelta = timedelta()
) -> ReceivedDeclarations:
    body = {"device": device, "sent_at": (world.clock() + ahead).isoformat(), "declarations": lines}
    batch = DeclarationBatchForm.model_validate_json(json.dumps(body))
    read = [InvalidInput([]) if isinstance(each, UnreadableLine) else each for each in batch.declarations]
    return record_declarations(batch, read, desk=world.desk(staff), office=world.office())


def one(world: World, sent: Line, **how: Any) -> DeclaredLine:
    (answered,) = send(world, sent, **how).lines
    return answered


def outcomes(received: ReceivedDeclarations) -> list[str]:
    return [each.outcome.value for each in received.lines]


def refused(answered: DeclaredLine) -> list[tuple[str, str]]:
    assert isinstance(answered.error, InvalidInput), answered
    return [(each.pointer, each.code) for each in answered.error.problems]


def test_a_form_taken_without_network_is_declared_later_with_its_own_time(world: World) -> None:
    sent = line(world)
    taken = world.clock()
    world.clock.advance(hours=3)
    answered = one(world, sent)
    assert (answered.outcome, answered.error) == ("recorded", None)
    assert answered.declared is not None
    declaration = answered.declared.declaration
    assert (declaration.issued_at, declaration.expires_at) == (taken, taken + timedelta(hours=1))
    assert (declaration.declared_by, declaration.origin) == ("guard", Origin.STAFF)
    assert declaration.offline is not None
    offline = declaration.offline
    assert (offline.device, offline.id, offline.said_at, offline.received_at) == ("d1", "T-1", taken, world.clock())
    assert world.entries.find_declaration(answered.declared.code) == declaration
    assert len(declaration.passes) == 1


def test_what_was_decided_with_it_is_recorded_for_each_person_as_crossings_without_network_are(world: World) -> None:
    sent = line(world, body=form(world.clock(), companions=2))
    world.clock.advance(minutes=2)
    sent["crossings"] = [admitted(world), admitted(world, 2, decision="refuse", reason="không có giấy tờ")]
    decided = world.clock()
    world.clock.advance(hours=3)
    answered = one(world, sent)
    assert [each.outcome.value for each in answered.crossings] == ["recorded", "recorded"]
    assert answered.declared is not None
    name = answered.declared.code.declaration
    assert sorted(person for declaration, person in world.entries.crossings if declaration == name) == [0, 2]
    crossing = world.entries.crossings[name, 0]
    assert (crossing.recorded_at, crossing.recorded_by) == (decided, "guard")
    assert crossing.offline is not None
    assert (crossing.offline.device, crossing.offline.id) == ("d1", "T-1")


def test_the_same_number_of_the_same_device_gets_the_first_answer_however_late_and_whatever_the_clock(
    world: World,
) -> None:
    ahead = timedelta(hours=2)
    sent = line(world, ahead=ahead, crossings=[admitted(world, ahead=ahead)])
    first = send(world, sent, ahead=ahead)
    assert (outcomes(first), first.clock_ahead) == (["recorded"], ahead)
    world.clock.advance(hours=5)
    again = send(world, sent)  # by now the clock was set right
    assert outcomes(again) == ["repeated"]
    assert again.lines[0].declared is not None
    assert first.lines[0].declared is not None
    assert again.lines[0].declared.declaration == first.lines[0].declared.declaration
    assert len(world.entries.crossings) == 1


def test_a_number_with_another_form_is_refused_and_the_first_one_stays(world: World) -> None:
    first = one(world, line(world))
    other = one(world, line(world, body=form(world.clock(), companions=1)))
    assert isinstance(other.error, LocalNumberReused)
    assert first.declared is not None
    assert world.entries.find_declaration(first.declared.code) == first.declared.declaration
    phone = line(world)
    phone["form"]["traveller"]["phone"] = "0987654321"
    assert isinstance(one(world, phone).error, LocalNumberReused)


def test_a_form_whose_person_was_erased_since_is_not_asked_for_under_another_number(world: World) -> None:
    sent = line(world, body=form(world.clock(), companions=1))
    first = one(world, sent)
    assert first.declared is not None
    name = first.declared.code.declaration
    world.entries.declarations[name] = without_person(first.declared.declaration, 1)
    again = one(world, sent)
    assert again.outcome == "repeated"
    assert again.declared is not None
    assert again.declared.declaration == world.entries.declarations[name]


def test_the_same_number_of_two_devices_or_of_two_guards_is_two_forms(world: World) -> None:
    codes = {
        answered.declared.code
        for answered in (
            one(world, line(world)),
            one(world, line(world), device="d2"),
            one(world, line(world), staff=OTHER),
        )
        if answered.declared
    }
    assert len(codes) == 3


def test_one_number_twice_in_a_batch_is_one_declaration(world: World) -> None:
    received = send(world, line(world), line(world))
    assert sorted(outcomes(received)) == ["recorded", "repeated"]
    codes = {each.declared.code for each in received.lines if each.declared}
    assert len(codes) == 1


def test_two_requests_at_the_same_moment_make_one_declaration(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = line(world)
    find = world.entries.find_declaration
    meanwhile: list[DeclaredLine] = []

    def found_late(code: Code) -> Any:
        found = find(code)
        if not meanwhile:
            monkeypatch.setattr(world.entries, "find_declaration", find)
            # Its clock was ten minutes ahead for the other request.
            ahead = timedelta(minutes=10)
            meanwhile.append(one(world, sent, ahead=ahead))
        return found

    monkeypatch.setattr(world.entries, "find_declaration", found_late)
    answered = one(world, sent)
    assert (meanwhile[0].outcome, answered.outcome) == ("recorded", "repeated")
    assert answered.declared is not None
    assert meanwhile[0].declared is not None
    assert answered.declared.declaration == meanwhile[0].declared.declaration


def test_a_request_that_was_ended_halfway_is_completed_by_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line(world, number, crossings=[admitted(world)]) for number in range(3)]
    append = world.entries.append_crossing

    def dies(*_: Any) -> Any:
        raise ServiceUnavailable

    monkeypatch.setattr(world.entries, "append_crossing", dies)
    received = send(world, *lines)
    assert outcomes(received) == ["refused"] * 3
    assert all(isinstance(each.error, ServiceUnavailable) and each.declared for each in received.lines)
    monkeypatch.setattr(world.entries, "append_crossing", append)
    assert outcomes(send(world, *lines)) == ["recorded"] * 3
    assert outcomes(send(world, *lines)) == ["repeated"] * 3
    assert len(world.entries.crossings) == 3


def test_a_batch_that_takes_too_long_is_sent_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = line(world)
    desk = world.desk()
    clock = iter([world.clock(), *[world.clock() + timedelta(seconds=15)] * 5])
    monkeypatch.setattr(World, "desk", lambda *_: desk._replace(clock=lambda: next(clock)))
    answered = one(world, sent)
    assert isinstance(answered.error, ServiceUnavailable)
    assert answered.declared is None


def test_a_form_that_cannot_be_accepted_is_refused_by_its_fields_and_nothing_of_it_is_stored(world: World) -> None:
    body = form(world.clock(), checkpoint="nowhere")
    body["traveller"]["birth_year"] = 2022
    body["traveller"]["identity"] = None
    received = send(world, line(world, 1), line(world, 2, body=body, crossings=[admitted(world)]))
    assert outcomes(received) == ["recorded", "refused"]
    assert refused(received.lines[1]) == [
        ("/declarations/1/form/traveller/birth_year", "birth_in_future"),
        ("/declarations/1/form/trip/checkpoint", "unknown_checkpoint"),
    ]
    assert not world.entries.crossings


@pytest.mark.parametrize(
    ("crossing", "problem"),
    [
        ({"person": 1}, ("/declarations/0/crossings/0/person", "number_too_high")),
        ({"checkpoint": "nowhere"}, ("/declarations/0/crossings/0/checkpoint", "unknown_checkpoint")),
    ],
)
def test_a_form_is_not_declared_if_its_crossing_cannot_be_recorded(
    world: World, crossing: dict[str, Any], problem: tuple[str, str]
) -> None:
    answered = one(world, line(world, crossings=[{**admitted(world), **crossing}]))
    assert refused(answered) == [problem]
    assert answered.declared is None


def test_a_form_judged_by_a_policy_that_never_was_is_refused(world: World) -> None:
    answered = one(world, line(world, policy_version="1999-01-01"))
    assert refused(answered) == [("/declarations/0/policy_version", "policy_version_unknown")]


def test_a_checkpoint_that_was_closed_meanwhile_may_have_been_open(world: World) -> None:
    sent = line(world, body=form(world.clock(), checkpoint="an-hoa"), crossings=[admitted(world)])
    gates = world.in_force.checkpoints
    gates["an-hoa"] = gates["an-hoa"].model_copy(update={"open": False})
    assert one(world, sent).outcome == "recorded"


def test_a_posting_that_ended_meanwhile_counts_and_one_that_never_was_does_not(world: World) -> None:
    sent = line(world, crossings=[admitted(world)])
    world.clock.advance(hours=1)
    world.postings.post("guard", "an-tinh", since=world.clock())
    world.clock.advance(hours=1)
    assert one(world, sent).outcome == "recorded"
    later = line(world, 2, crossings=[admitted(world)])
    answered = one(world, later)
    assert isinstance(answered.error, PostedElsewhere)
    assert answered.declared is None
    stranger = Principal("stranger", GUARD.roles)
    assert isinstance(one(world, line(world, 3, crossings=[admitted(world)]), staff=stranger).error, NotPosted)
    # To declare for others needs no posting, with network or without.
    assert one(world, line(world, 4), staff=stranger).outcome == "recorded"


def test_what_is_on_record_is_never_refused_for_a_posting_that_is_gone(world: World) -> None:
    sent = line(world, crossings=[admitted(world)])
    assert one(world, sent).outcome == "recorded"
    world.postings.records.clear()
    assert one(world, sent).outcome == "repeated"


@pytest.mark.parametrize("hours", [-3, 2])
def test_a_clock_that_is_wrong_is_set_right_and_the_expected_arrival_with_it(world: World, hours: int) -> None:
    ahead = timedelta(hours=hours)
    sent = line(world, ahead=ahead, crossings=[admitted(world, ahead=ahead)])
    taken = world.clock()
    world.clock.advance(minutes=30)
    answered = one(world, sent, ahead=ahead)
    assert answered.outcome == "recorded"
    assert answered.declared is not None
    declaration = answered.declared.declaration
    assert declaration.issued_at == taken
    assert declaration.form.trip.expected_arrival == taken + timedelta(minutes=30)
    assert declaration.offline is not None
    assert declaration.offline.said_at == taken + ahead
    assert declaration.offline.clock_ahead_seconds == ahead.total_seconds()


def test_a_time_in_the_future_is_that_of_receipt_and_its_crossing_waits_for_a_supervisor(world: World) -> None:
    ahead = timedelta(hours=5)  # and the telephone sets its clock right just before it sends
    answered = one(world, line(world, ahead=ahead, crossings=[admitted(world, ahead=ahead)]))
    assert answered.declared is not None
    assert answered.declared.declaration.issued_at == world.clock()
    assert answered.outcome == "conflict"
    (crossing,) = answered.crossings
    assert crossing.conflict is not None
    assert crossing.conflict.kind is ConflictKind.IN_FUTURE


def test_a_form_was_not_taken_longer_ago_than_a_device_can_be_without_network(world: World) -> None:
    ahead = -timedelta(days=400)
    answered = one(world, line(world, ahead=ahead))
    assert answered.declared is not None
    assert answered.declared.declaration.issued_at == world.clock() - LONGEST_WITHOUT_NETWORK
    assert one(world, line(world, ahead=ahead)).outcome == "repeated"


def test_a_decision_before_the_form_was_complete_is_no_contradiction(world: World) -> None:
    decided = admitted(world)
    world.clock.advance(minutes=3)
    answered = one(world, line(world, crossings=[decided]))
    assert answered.outcome == "recorded"
    assert answered.declared is not None
    assert answered.crossings[0].crossing is not None
    assert answered.declared.declaration.issued_at == answered.crossings[0].crossing.recorded_at


def test_what_the_device_found_otherwise_is_on_record_and_changes_nothing(world: World) -> None:
    answered = one(world, line(world, findings=[["contact"]], body=form(world.clock(), companions=1)))
    assert answered.declared is not None
    declaration = answered.declared.declaration
    assert declaration.offline is not None
    (differs,) = declaration.offline.found_differently
    assert (differs.person, differs.policy_version, differs.device_found) == (0, POLICY.version, ["contact"])
    assert differs.found == declaration.passes[0].findings != ["contact"]
    same = one(world, line(world, 2, findings=[differs.found]))
    assert same.declared is not None
    assert same.declared.declaration.offline is not None
    assert same.declared.declaration.offline.found_differently == []


def test_a_text_that_is_no_finding_of_the_policy_is_not_stored(world: World) -> None:
    answered = one(world, line(world, findings=[["contact", "<script>alert(1)</script>", "không có"]]))
    assert answered.declared is not None
    offline = answered.declared.declaration.offline
    assert offline is not None
    assert [each.device_found for each in offline.found_differently] == [["contact"]]


def test_it_is_judged_by_the_devices_policy_and_the_one_in_force_stands_beside_it(world: World) -> None:
    sent = line(world)
    kept = world.in_force.kept
    stricter = POLICY.model_copy(update={"version": "2021-07-22", "rules": []})
    kept["2021-07-22"] = Kept(stricter, kept[POLICY.version].change)
    world.in_force.version = "2021-07-22"
    answered = one(world, sent)
    assert answered.declared is not None
    declaration = answered.declared.declaration
    assert declaration.policy_version == POLICY.version
    assert declaration.offline is not None
    (differs,) = declaration.offline.found_differently
    assert (differs.policy_version, differs.found, differs.device_found) == (
        "2021-07-22",
        [],
        sorted(declaration.passes[0].findings),
    )


def test_who_the_devices_policy_stops_and_was_admitted_without_a_reason_waits_for_a_supervisor(world: World) -> None:
    body = form(world.clock())
    body["traveller"]["health"]["symptoms"] = ["fever"]
    answered = one(world, line(world, body=body, crossings=[admitted(world)]))
    assert answered.outcome == "conflict"
    (crossing,) = answered.crossings
    assert crossing.conflict is not None
    assert crossing.conflict.kind is ConflictKind.STOPPED
    assert one(world, line(world, body=body, crossings=[admitted(world)])).outcome == "conflict"


def test_a_form_that_came_online_meanwhile_for_the_same_person_stands_beside_it(world: World) -> None:
    online = world.declare_and_trace()
    world.cross(online.code, OTHER)
    answered = one(world, line(world, crossings=[admitted(world)]))
    assert answered.outcome == "recorded"
    assert answered.declared is not None
    assert answered.declared.code.declaration != online.code.declaration
    assert len(world.entries.crossings) == 2


def test_a_form_cannot_be_read_and_the_others_are_declared(world: World) -> None:
    unreadable = [line(world, 9) | {"form": {}}, line(world, 9) | {"taken_at": "yesterday"}]
    received = send(world, unreadable[0], line(world), unreadable[1])
    assert outcomes(received) == ["refused", "recorded", "refused"]
