"""What follows from a stay and the facts beside it."""

from datetime import timedelta

import pytest

from chalicelib.models.people.health import Symptom
from chalicelib.models.stays.arrivals import ArrivalOutcome
from chalicelib.models.stays.changes import ChangeKind
from chalicelib.models.stays.stays import ArrivalState, Fact, StayRecord
from tests.forms import NOW
from tests.unit.stays.made import DAY, arrival, change, made, report, unit

OTHER = unit("25465")
MOVED = change(NOW, ChangeKind.MOVED, to=OTHER, address="Ấp Thử")
BACK = change(NOW, ChangeKind.TAKEN_BACK)
ENDED = change(NOW, ChangeKind.ENDED, until=DAY)
LONGER = change(NOW, ChangeKind.LONGER, until=DAY + timedelta(days=20))
SHORTER = change(NOW, ChangeKind.SHORTER, until=DAY + timedelta(days=6))


def with_facts(*facts: Fact) -> StayRecord:
    record = StayRecord(made(NOW))
    for fact in facts:
        record = record.with_fact(fact)
    return record


def test_it_runs_from_the_first_day_to_the_last_and_then_has_ended_by_itself() -> None:
    record = with_facts()
    assert record.until == DAY + timedelta(days=13)
    assert record.is_running(record.until)
    assert not record.is_running(record.until + timedelta(days=1))


@pytest.mark.parametrize(
    ("facts", "days"),
    [([LONGER], 21), ([SHORTER], 7), ([LONGER, SHORTER], 7), ([LONGER, SHORTER, BACK], 21), ([SHORTER, BACK], 14)],
)
def test_the_last_change_that_was_not_taken_back_holds(facts: list[Fact], days: int) -> None:
    assert with_facts(*facts).until == DAY + timedelta(days=days - 1)


def test_a_change_that_was_taken_back_stays_on_record_and_the_one_before_can_be_taken_back_too() -> None:
    record = with_facts(LONGER, MOVED, BACK, BACK)
    assert len(record.changes) == 4
    assert record.in_effect == []
    assert (record.unit, record.until) == (unit(), made(NOW).until)


def test_what_was_ended_is_on_no_list_until_that_is_taken_back() -> None:
    assert with_facts(ENDED).listed is None
    assert not with_facts(ENDED).is_running(DAY)
    assert with_facts(ENDED, BACK).listed is not None


def test_the_commune_to_which_someone_moves_has_not_confirmed_them() -> None:
    confirmed = arrival(NOW)
    record = with_facts(confirmed, MOVED)
    assert (record.unit, record.address) == (OTHER, "Ấp Thử")
    assert record.as_listed.arrival is ArrivalState.EXPECTED
    there = arrival(NOW, ArrivalOutcome.NOT_FOUND, changes=1)
    assert with_facts(confirmed, MOVED, there).as_listed.arrival is ArrivalState.NOT_FOUND
    # Back again: what the first commune found was before the move.
    assert with_facts(confirmed, MOVED, there, BACK).as_listed.arrival is ArrivalState.EXPECTED
    assert with_facts(confirmed, LONGER, BACK).as_listed.arrival is ArrivalState.CONFIRMED


def test_someone_is_silent_on_each_day_without_a_report() -> None:
    listed = with_facts(report(NOW, DAY), report(NOW, DAY + timedelta(days=2))).as_listed
    silent = [number for number in range(-1, 15) if listed.is_silent(DAY + timedelta(days=number))]
    assert silent == [1, *range(3, 14)]
    assert not made(NOW, report_daily=False).report_daily


def test_the_last_report_says_whether_someone_is_ill() -> None:
    ill = report(NOW, DAY, (Symptom.COUGH,))
    assert with_facts(ill).is_ill
    assert not with_facts(ill, report(NOW, DAY + timedelta(days=1))).is_ill


def test_a_record_of_which_an_erasure_has_deleted_some_facts_is_read() -> None:
    assert with_facts(BACK, BACK).in_effect == []
