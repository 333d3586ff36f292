"""People leave: the way out is recorded, and who must still come to a gate is listed."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import CrossingForm
from chalicelib.models.entry.departures import Departure, Entered
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.errors import InvalidInput
from chalicelib.models.gate.errors import DepartureAlreadyRecorded, GroupRefused, PassNotAdmitted
from chalicelib.models.gate.vehicles import GroupForm
from chalicelib.models.staff.errors import PostedElsewhere
from chalicelib.models.staff.roles import Principal
from chalicelib.models.tracing.exposures import ExposureKind
from chalicelib.services.gate.crossings import record_group
from chalicelib.services.gate.departures import MOST_DEPARTURES, list_visitors
from chalicelib.services.gate.lines import LineOutcome
from tests.forms import form
from tests.unit.gate.recording import corrected, everyone, group, offline, outcomes
from tests.unit.refusals import refusals
from tests.unit.world import GUARD, OTHER, World

CARD: dict[str, Any] = {"identity_held": {"receipt": "A-017"}}


def visits(world: World, companions: int = 0, **trip: Any) -> list[Code]:
    """The codes of visitors for the day."""
    today = world.clock().date().isoformat()
    return everyone(world.declare(form(world.clock(), companions, **{"stay_until": today, **trip})))


def leaves(world: World, code: Code, staff: Principal = GUARD, **changes: Any) -> Departure:
    line = world.sends(code, staff, direction="out", **changes)
    assert line.departure is not None
    return line.departure


def awaited(world: World, checkpoint: str | None = None, **days: float) -> list[Code]:
    day = (world.clock() + timedelta(**days)).date()
    page = list_visitors(day=day, checkpoint=checkpoint, cursor=None, limit=100, entries=world.entries)
    return [each.code for each in page.items]


def test_a_visitor_is_awaited_until_they_leave(world: World) -> None:
    visitor, other = visits(world, companions=1)
    stays = world.declare().code
    for code in (visitor, other, stays):
        world.cross(code)
    assert awaited(world) == [visitor, other]
    world.clock.advance(hours=6)
    left = leaves(world, visitor)
    assert (left.checkpoint, left.entered, left.recorded_at) == ("an-hoa", Entered.ADMITTED, world.clock())
    assert awaited(world) == [other]
    assert awaited(world, "an-hoa") == [other]
    assert awaited(world, "an-tinh") == awaited(world, days=1) == []


def test_a_departure_is_one_query_and_one_write(world: World) -> None:
    (code,) = visits(world)
    world.cross(code)
    world.entries.reads = world.entries.writes = 0
    leaves(world, code)
    assert (world.entries.reads, world.entries.writes) == (1, 1)


def test_a_person_who_was_not_let_in_is_not_awaited_until_that_is_corrected(world: World) -> None:
    code, _ = visits(world, companions=1)
    world.cross(code, decision="refuse", reason="x")
    assert awaited(world) == []
    corrected(world, code, "admit")
    assert awaited(world) == [code]
    corrected(world, code, "isolate", reason="fever")
    assert awaited(world) == []


def test_the_same_departure_again_is_the_first_answer_and_any_other_is_refused_with_it(world: World) -> None:
    (code,) = visits(world)
    world.cross(code)
    first = leaves(world, code)
    world.clock.advance(hours=1)
    line = world.sends(code, direction="out")
    assert (line.outcome, line.departure) == (LineOutcome.REPEATED, first)
    world.postings.post(OTHER.subject, "an-tinh")
    with pytest.raises(DepartureAlreadyRecorded) as raised:
        leaves(world, code, OTHER, checkpoint="an-tinh")
    assert raised.value.members["departure"]["checkpoint"] == "an-hoa"
    assert len(world.entries.departures[code.declaration, 0]) == 1


def test_people_leave_after_their_hour_at_a_closed_gate_and_if_nobody_recorded_the_way_in(world: World) -> None:
    code = world.declare().code
    world.clock.advance(hours=30)
    world.postings.post(GUARD.subject, "an-tinh")
    assert leaves(world, code, checkpoint="an-tinh").entered is Entered.UNKNOWN


def test_who_was_isolated_may_leave_later_and_who_was_refused_may_not(world: World) -> None:
    isolated, refused = everyone(world.declare(form(companions=1)))
    world.cross(isolated, decision="isolate", reason="fever")
    world.cross(refused, decision="refuse", reason="x")
    assert leaves(world, isolated).entered is Entered.ISOLATED
    with pytest.raises(PassNotAdmitted):
        leaves(world, refused)
    corrected(world, refused, "admit")
    assert leaves(world, refused).entered is Entered.ADMITTED


def test_a_departure_is_recorded_where_staff_are_posted_of_passes_that_exist(world: World) -> None:
    code = world.declare().code
    with pytest.raises(PostedElsewhere):
        leaves(world, code, checkpoint="an-tinh")
    with pytest.raises(PassUnknown):
        leaves(world, Code.of(1, 0))
    with pytest.raises(InvalidInput):
        leaves(world, code, checkpoint="nowhere")


def test_a_card_is_kept_until_it_is_given_back(world: World) -> None:
    (code,) = visits(world)
    world.cross(code, **CARD)
    left = leaves(world, code, identity_returned=True)
    assert left.identity_held is not None
    assert (left.identity_held.receipt, left.identity_returned) == ("A-017", True)
    assert awaited(world) == []


def test_who_leaves_without_their_card_is_listed_until_they_fetch_it(world: World) -> None:
    (code,) = visits(world)
    world.cross(code, **CARD)
    world.postings.post(OTHER.subject, "an-tinh")
    leaves(world, code, OTHER, checkpoint="an-tinh")
    assert awaited(world) == [code]
    with pytest.raises(DepartureAlreadyRecorded):
        leaves(world, code)
    world.clock.advance(hours=1)
    assert leaves(world, code, identity_returned=True).identity_returned
    assert awaited(world) == []
    held = world.held(code)
    assert held.departure is not None
    assert held.departure.checkpoint == "an-tinh"
    assert held.identity_held is None


def test_a_card_is_kept_only_of_someone_who_is_admitted_for_the_day(world: World) -> None:
    (visitor,) = visits(world)
    stays = world.declare().code
    refused: dict[str, Any] = {"decision": "refuse", "reason": "x"}
    for code, decision in ((stays, {"decision": "admit"}), (visitor, refused)):
        with pytest.raises(InvalidInput) as raised:
            world.cross(code, **CARD, **decision)
        (problem,) = raised.value.problems
        assert (problem.pointer, problem.code) == ("/identity_held", "identity_held_impossible")
    assert not world.entries.crossings


@pytest.mark.parametrize("mode", ["all", "each"])
def test_a_bus_leaves_in_one_call(world: World, mode: str) -> None:
    codes = visits(world, companions=5)
    group(world, codes, exceptions=[{"code": str(codes[2]), "decision": "admit", **CARD}])
    returned = [{"code": str(codes[2]), "identity_returned": True}]
    out = {"direction": "out", "exceptions": returned, "mode": mode}
    lines = leave_together(world, codes, **out)
    assert outcomes(lines) == ["recorded"] * 6
    assert [line.departure.identity_returned for line in lines if line.departure] == [False] * 2 + [True] + [False] * 3
    assert awaited(world) == []
    assert outcomes(leave_together(world, codes, **out)) == ["repeated"] * 6


def test_of_a_bus_all_leave_or_nobody_and_with_each_those_who_can(world: World) -> None:
    codes = visits(world, companions=2)
    world.cross(codes[1], decision="refuse", reason="x")
    with pytest.raises(GroupRefused) as raised:
        leave_together(world, codes, direction="out")
    assert [(code, why.code) for code, why in raised.value.refused] == [(codes[1].shown, "pass_not_admitted")]
    assert not world.entries.departures
    lines = leave_together(world, codes, direction="out", mode="each")
    assert outcomes(lines) == ["recorded", "refused", "recorded"]


def leave_together(world: World, codes: list[Code], **changes: Any) -> Any:
    body = {"codes": [str(each) for each in codes], "checkpoint": "an-hoa", **changes}
    return record_group(GroupForm.model_validate_json(json.dumps(body)), desk=world.desk())


def test_a_group_that_meets_another_guard_in_the_middle_is_judged_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = visits(world)
    append = world.entries.append_departures

    def meanwhile(departures: Any) -> bool:
        monkeypatch.setattr(world.entries, "append_departures", append)
        leaves(world, code, OTHER)
        return append(departures)

    monkeypatch.setattr(world.entries, "append_departures", meanwhile)
    with pytest.raises(GroupRefused):
        leave_together(world, [code], direction="out")


def out(code: Code, **changes: Any) -> dict[str, Any]:
    return {"code": str(code), "direction": "out", **changes}


def test_of_two_departures_without_network_both_stay_and_the_earlier_holds(world: World) -> None:
    (code,) = visits(world)
    world.cross(code)
    world.clock.advance(hours=9)
    early, late = (world.clock() - timedelta(hours=each) for each in (3, 1))
    assert outcomes(offline(world, out(code, recorded_at=late.isoformat())).lines) == ["recorded"]
    line = out(code, recorded_at=early.isoformat())
    for outcome in ("recorded", "repeated"):
        assert outcomes(offline(world, line, staff=OTHER, device="d2").lines) == [outcome]
    held = world.held(code)
    assert [each.recorded_at for each in held.departures] == [late, early]
    assert held.departure == held.departures[1]


def test_the_way_in_and_the_way_out_may_be_in_one_batch(world: World) -> None:
    (code,) = visits(world)
    lines = offline(world, {"code": str(code), **CARD}, out(code, identity_returned=True)).lines
    assert outcomes(lines) == ["recorded", "recorded"]
    assert lines[1].departure is not None
    assert lines[1].departure.entered is Entered.ADMITTED
    assert awaited(world) == []


def test_a_departure_without_network_happened_whatever_is_on_record(world: World) -> None:
    code = world.declare().code
    world.cross(code, decision="refuse", reason="x")
    (line,) = offline(world, out(code)).lines
    assert line.departure is not None
    assert line.departure.entered is Entered.REFUSED
    (line,) = offline(world, out(code, recorded_at="2021-07-01T00:00:00+07:00", id="wrong clock")).lines
    assert line.departure is not None
    assert line.departure.recorded_at == world.held(code).issued_at


def test_a_pass_has_few_departures(world: World) -> None:
    code = world.declare().code
    lines = offline(world, *(out(code, id=f"{number}") for number in range(9))).lines
    assert outcomes(lines) == ["recorded"] * MOST_DEPARTURES + ["refused"] * (9 - MOST_DEPARTURES)
    assert isinstance(lines[-1].error, DepartureAlreadyRecorded)


def test_a_card_kept_without_network_is_listed_for_any_traveller(world: World) -> None:
    code = world.declare().code
    assert outcomes(offline(world, {"code": str(code), **CARD}).lines) == ["recorded"]
    assert awaited(world) == [code]


def test_people_stand_at_the_gate_on_the_way_out_too(world: World) -> None:
    (code,) = visits(world)
    world.cross(code)
    world.clock.advance(hours=5)
    leaves(world, code)
    world.trace(EntryEvent.about(EntryEventKind.DEPARTURE_RECORDED, code))
    (exposure,) = (each for each in world.exposures.kept if each.kind is ExposureKind.CROSSED)
    assert (exposure.at, exposure.checkpoint, exposure.code) == (world.clock(), "an-hoa", str(code))


CODE = "0000-0000-0000-0000"
SENT = {"code": CODE, "checkpoint": "an-hoa"}
OF_ALL = {"codes": [CODE], "checkpoint": "an-hoa"}


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"decision": "admit"}, set()),
        ({"direction": "out"}, set()),
        ({"direction": "out", "decision": "admit", "documents_seen": [], "identity_returned": True}, set()),
        ({}, {("decision", "field_missing")}),
        ({"direction": "in"}, {("decision", "field_missing")}),
        ({"direction": "back"}, {("direction", "value_not_listed")}),
        ({"decision": "admit", "identity_returned": True}, {("identity_returned", "field_of_other_direction")}),
        ({"decision": "admit", "identity_held": {"receipt": ""}}, {("identity_held/receipt", "field_missing")}),
        ({"direction": "out", "temperature": 36.6}, {("temperature", "field_of_other_direction")}),
        ({"direction": "out", "decision": "refuse", "reason": "x"}, {("reason", "field_of_other_direction")}),
        ({"direction": "out", "documents_seen": ["other"]}, {("documents_seen", "field_of_other_direction")}),
        ({"direction": "out", **CARD}, {("identity_held", "field_of_other_direction")}),
    ],
)
def test_each_direction_has_its_fields(body: dict[str, Any], refused: set[tuple[str, str]]) -> None:
    expected = {(f"/{field}", code) for field, code in refused}
    assert refusals({**SENT, **body}, CrossingForm) == refusals({**OF_ALL, **body}, GroupForm) == expected
    if body.get("direction") in (None, "in", "out"):
        whole = {**OF_ALL, **({"direction": "out"} if body.get("direction") == "out" else {"decision": "admit"})}
        exception = {"code": CODE, **{name: value for name, value in body.items() if name != "direction"}}
        within = {(f"/exceptions/0/{field}", code) for field, code in refused}
        assert refusals({**whole, "exceptions": [exception]}, GroupForm) == within
