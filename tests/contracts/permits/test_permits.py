"""Permits: asked for once, decided once, revoked once, listed by state."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.models.entry.codes import PERMIT, Code
from chalicelib.models.entry.crossings import Decision, Direction
from chalicelib.models.permits.corrections import CorrectedPermitCrossing, PermitCorrection
from chalicelib.models.permits.crossings import PermitCrossing
from chalicelib.models.permits.forms import PermitOutcome
from chalicelib.models.permits.permits import OpenAlready, PermitRecord, PermitState, PermitVerdict, StoredAlready
from chalicelib.services.permits import ports
from chalicelib.storage.permits import permits as storage
from tests.tables import Database
from tests.unit.fakes import permits as fakes
from tests.unit.permits.made import CODE, ZONE, asked, decided, revoked

NOW = datetime.now(UTC).replace(microsecond=0)
"""Storage leaves out what has expired by the real time."""
OTHER = Code.of(2, PERMIT)
LATER = timedelta(seconds=1)
MINUTES = timedelta(minutes=7)


@pytest.fixture
def permits(database: Database | None) -> ports.Permits:
    if database is None:
        return fakes.Permits()
    return storage.Permits(database.permits, retention=timedelta(days=30), zone=ZONE)


def on_record(permits: ports.Permits, code: Code = CODE) -> PermitRecord:
    found = permits.find(code)
    assert found is not None
    return found


def granted(permits: ports.Permits, code: Code = CODE, number: int = 0) -> PermitRecord:
    assert permits.ask([asked(NOW, number, code)]) == [None]
    assert permits.decide(on_record(permits, code), decided(NOW))
    return on_record(permits, code)


def names(permits: ports.Permits, state: PermitState, now: datetime = NOW) -> list[str]:
    return [each.rpartition("#")[2] for each in permits.listed(state, now, None, 10)]


def crossing(direction: Direction = Direction.IN, tested_at: datetime | None = None) -> PermitCrossing:
    return PermitCrossing(
        code=str(CODE),
        checkpoint="an-hoa",
        direction=direction,
        crossed_at=NOW,
        verdict=PermitVerdict.VALID,
        test_sampled_at=tested_at,
        decision=Decision.ADMIT,
        recorded_at=NOW,
        recorded_by="staff-1",
    )


def test_a_request_is_stored_once_and_a_person_has_one_open_permit_with_a_plate(permits: ports.Permits) -> None:
    first = asked(NOW)
    assert permits.find(CODE) is None
    assert permits.ask([first]) == [None]
    assert on_record(permits) == PermitRecord(first)
    again, open_one, another = asked(NOW + LATER), asked(NOW, 0, OTHER), asked(NOW, 1, Code.of(3, PERMIT))
    assert permits.ask([again, another]) == [StoredAlready(first), None]
    assert permits.ask([open_one]) == [OpenAlready(first.code)]
    assert permits.find(OTHER) is None
    assert permits.find_all([another.code, str(OTHER), first.code]) == [PermitRecord(another), PermitRecord(first)]


def test_each_asker_may_ask_for_a_person_and_one_of_their_permits_is_granted(permits: ports.Permits) -> None:
    of_staff, third = granted(permits), Code.of(3, PERMIT)
    assert permits.ask([asked(NOW, 0, OTHER, "a-partner")]) == [None]
    assert permits.ask([asked(NOW, 0, third, "another")]) == [None]
    assert permits.ask([asked(NOW, 0, Code.of(4, PERMIT), "another")]) == [OpenAlready(str(third))]
    for each in (OTHER, third):
        assert not permits.decide(on_record(permits, each), decided(NOW))
        assert on_record(permits, each).decision is None
    assert permits.decide(on_record(permits, third), decided(NOW, PermitOutcome.REFUSE))
    assert permits.revoke(of_staff, revoked(NOW))
    assert permits.decide(on_record(permits, OTHER), decided(NOW))
    assert permits.ask([asked(NOW, 0, Code.of(4, PERMIT), "another")]) == [None]
    assert not permits.decide(on_record(permits, Code.of(4, PERMIT)), decided(NOW))


def test_a_refusal_or_a_revocation_lets_the_person_ask_again(permits: ports.Permits) -> None:
    assert permits.ask([asked(NOW)]) == [None]
    assert permits.decide(on_record(permits), decided(NOW, PermitOutcome.REFUSE))
    record = granted(permits, OTHER)
    assert permits.ask([asked(NOW, 0, Code.of(3, PERMIT))]) == [OpenAlready(str(OTHER))]
    assert permits.revoke(record, revoked(NOW))
    assert permits.ask([asked(NOW, 0, Code.of(3, PERMIT))]) == [None]


def test_of_several_decisions_at_once_one_is_stored(permits: ports.Permits, threads: ThreadPoolExecutor) -> None:
    assert permits.ask([asked(NOW)]) == [None]
    record = on_record(permits)
    outcomes = [PermitOutcome.GRANT, PermitOutcome.REFUSE]
    decisions = [decided(NOW, each) for each in outcomes]
    done = list(threads.map(lambda each: permits.decide(record, each), decisions))
    assert sorted(done) == [False, True]
    assert on_record(permits).decision == decisions[done.index(True)]


def test_a_permit_is_in_the_list_of_its_state(permits: ports.Permits) -> None:
    code = str(CODE)
    assert permits.ask([asked(NOW), asked(NOW + LATER, 1, OTHER)]) == [None, None]
    assert names(permits, PermitState.ASKED) == [code, str(OTHER)]
    first = permits.listed(PermitState.ASKED, NOW, None, 1)
    assert [each.rpartition("#")[2] for each in permits.listed(PermitState.ASKED, NOW, first[0], 10)] == [str(OTHER)]
    assert permits.decide(on_record(permits), decided(NOW))
    assert permits.decide(on_record(permits, OTHER), decided(NOW, PermitOutcome.REFUSE))
    assert (names(permits, PermitState.ASKED), names(permits, PermitState.GRANTED)) == ([], [code])
    assert names(permits, PermitState.REFUSED) == [str(OTHER)]
    end = on_record(permits).ends_at(ZONE)
    assert (names(permits, PermitState.GRANTED, end + LATER), names(permits, PermitState.ENDED, end + LATER)) == (
        [],
        [code],
    )
    listed = permits.listed(PermitState.ENDED, end + LATER, None, 10)
    assert permits.listed(PermitState.ENDED, end + LATER, listed[0], 10) == []
    assert permits.revoke(on_record(permits), revoked(NOW))
    assert (names(permits, PermitState.GRANTED), names(permits, PermitState.REVOKED)) == ([], [code])


def test_a_partner_has_the_latest_of_its_own_first(permits: ports.Permits) -> None:
    mine = [asked(NOW, 0, CODE, "mine"), asked(NOW + LATER, 1, OTHER, "mine")]
    assert permits.ask([*mine, asked(NOW, 2, Code.of(3, PERMIT), "another")]) == [None] * 3
    listed = permits.of_partner("mine", None, 10)
    assert [each.rpartition("#")[2] for each in listed] == [str(OTHER), str(CODE)]
    assert permits.of_partner("mine", listed[0], 10) == listed[1:]


def test_a_permit_is_revoked_once_and_gates_learn_of_it(permits: ports.Permits) -> None:
    record = granted(permits)
    assert permits.revoke(record, revoked(NOW))
    assert not permits.revoke(record, revoked(NOW + LATER))
    (change,) = permits.revoked_since(None)
    assert (change.code, change.revoked_at, change.expires_at) == (str(CODE), NOW, record.ends_at(ZONE))
    assert permits.revoked_since(NOW) == [change]
    assert permits.revoked_since(NOW + LATER) == []


def test_there_is_one_crossing_for_each_direction_and_minute(permits: ports.Permits) -> None:
    record, first = granted(permits), crossing()
    assert permits.cross(record, first) is None
    assert permits.cross(record, first.model_copy(update={"recorded_by": "staff-2"})) == first
    assert permits.cross(record, crossing(Direction.OUT)) is None
    assert permits.find_crossing(CODE, first.name) == CorrectedPermitCrossing(first, [])
    assert permits.find_crossing(OTHER, first.name) is None
    assert [each.crossing.direction for each in permits.crossings(CODE)] == [Direction.IN, Direction.OUT]
    assert permits.crossings(OTHER) == []


def test_a_request_that_comes_again_in_another_minute_finds_its_crossing(permits: ports.Permits) -> None:
    record, first = granted(permits), crossing()
    later = first.model_copy(update={"crossed_at": NOW - MINUTES})
    assert permits.cross(record, first, "one request") is None
    assert permits.cross(record, later, "one request") == first
    assert permits.find_crossing(CODE, later.name) is None
    assert permits.cross(record, later, "another request") is None
    assert on_record(permits).sent == {"one request": first.name, "another request": later.name}


def test_a_request_that_met_another_ones_crossing_is_led_to_it(permits: ports.Permits) -> None:
    record, first = granted(permits), crossing()
    assert permits.cross(record, first) is None
    assert permits.cross(record, first, "a request") == first
    refused = first.model_copy(update={"decision": Decision.REFUSE})
    assert permits.cross(record, refused, "another decision") == first
    assert on_record(permits).sent == {"a request": first.name}
    with_test = first.model_copy(update={"crossed_at": NOW - MINUTES, "test_sampled_at": NOW})
    assert permits.cross(record, with_test, "a request") == first
    assert on_record(permits).tested_at is None


def test_each_correction_of_a_crossing_has_the_next_number(permits: ports.Permits) -> None:
    record, first = granted(permits), crossing()
    for each in (first, crossing(Direction.OUT)):
        assert permits.cross(record, each) is None
    made = [
        PermitCorrection(decision=decision, reason="bấm nhầm", recorded_at=NOW, recorded_by="staff-1")
        for decision in (Decision.REFUSE, Decision.ISOLATE)
    ]
    before = CorrectedPermitCrossing(first, [])
    assert permits.correct(before, made[0])
    assert not permits.correct(before, made[1])
    assert permits.correct(before.with_correction(made[0]), made[1])
    found = permits.find_crossing(CODE, first.name)
    assert found == CorrectedPermitCrossing(first, made)
    assert found.decision is Decision.ISOLATE
    assert [len(each.corrections) for each in permits.crossings(CODE)] == [2, 0]


def test_requests_of_a_time_and_before_are_listed_apart(permits: ports.Permits) -> None:
    for number in range(3):
        assert permits.ask([asked(NOW + number * LATER, number, Code.of(number + 1, PERMIT))]) == [None]
    listed = permits.listed(PermitState.ASKED, NOW, None, 10, asked_until=NOW + LATER)
    assert [each.rpartition("#")[2] for each in listed] == [str(CODE), str(OTHER)]
    assert permits.listed(PermitState.ASKED, NOW, listed[0], 10, asked_until=NOW + LATER) == listed[1:]
    assert permits.listed(PermitState.ASKED, NOW, listed[1], 10, asked_until=NOW + LATER) == []
    assert permits.listed(PermitState.ASKED, NOW, listed[1], 10, asked_until=NOW) == []


def test_the_latest_test_that_was_shown_counts(permits: ports.Permits) -> None:
    record = granted(permits)
    latest, older = NOW - timedelta(days=1), NOW - timedelta(days=3)
    assert permits.cross(record, crossing(tested_at=latest)) is None
    assert permits.cross(record, crossing(Direction.OUT, tested_at=older)) is None
    assert on_record(permits) == record._replace(tested_at=latest)
