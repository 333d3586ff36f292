"""Stays: opened by the worker, changed by communes, listed for one commune at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.stays.arrivals import ArrivalOutcome
from chalicelib.models.stays.changes import ChangeKind
from chalicelib.models.stays.stays import ArrivalState, Fact, StayRecord
from chalicelib.services.stays import ports
from chalicelib.storage.stays import stays as storage
from tests.tables import Database
from tests.unit.fakes import stays as fakes
from tests.unit.stays.made import CODE, arrival, change, made, report, unit

NOW = datetime.now(UTC).replace(microsecond=0)
"""Storage leaves out what has expired by the real time."""
TODAY = NOW.date()
OTHER = unit("25465")


@pytest.fixture
def stays(database: Database | None) -> ports.Stays:
    if database is None:
        return fakes.Stays()
    return storage.Stays(database.stays, retention=timedelta(days=28), time_zone="Asia/Ho_Chi_Minh")


def opened(stays: ports.Stays, code: Code = CODE) -> StayRecord:
    assert stays.open(made(NOW, code, TODAY))
    return on_record(stays, code)


def on_record(stays: ports.Stays, code: Code = CODE) -> StayRecord:
    found = stays.find(code)
    assert found is not None
    return found


def test_a_pass_has_one_stay_which_its_commune_lists(stays: ports.Stays) -> None:
    assert stays.find(CODE) is None
    record = opened(stays)
    assert not stays.open(made(NOW, CODE, TODAY, address="elsewhere"))
    assert on_record(stays) == record == StayRecord(made(NOW, CODE, TODAY))
    assert stays.of_commune(unit(), TODAY) == [record.listed]
    assert stays.of_commune(OTHER, TODAY) == []


def test_a_list_has_those_that_last_until_the_day_or_longer(stays: ports.Stays) -> None:
    record = opened(stays)
    assert len(stays.of_commune(unit(), record.until)) == 1
    assert stays.of_commune(unit(), record.until + timedelta(days=1)) == []


def test_each_fact_is_on_record_and_in_the_list(stays: ports.Stays) -> None:
    for fact in (arrival(NOW), change(NOW, ChangeKind.LONGER, until=TODAY + timedelta(days=20)), report(NOW, TODAY)):
        record = opened(stays) if stays.find(CODE) is None else on_record(stays)
        assert stays.append(record, fact)
        assert on_record(stays) == record.with_fact(fact)
    (listed,) = stays.of_commune(unit(), TODAY)
    assert listed == on_record(stays).listed
    assert (listed.arrival, listed.reported_on, listed.until) == (
        ArrivalState.CONFIRMED,
        [TODAY],
        TODAY + timedelta(days=20),
    )


def test_who_has_read_less_than_is_on_record_writes_nothing(stays: ports.Stays) -> None:
    before = opened(stays)
    assert stays.append(before, arrival(NOW))
    left = on_record(stays)
    for fact in (
        change(NOW, ChangeKind.MOVED, to=OTHER, address="x"),
        change(NOW, ChangeKind.ENDED, until=TODAY),
        report(NOW, TODAY),
        arrival(NOW, ArrivalOutcome.NOT_FOUND),
    ):
        assert not stays.append(before, fact)
    assert on_record(stays) == left
    assert stays.of_commune(unit(), TODAY) == [left.listed]
    assert stays.of_commune(OTHER, TODAY) == []


def test_a_move_and_an_end_and_what_takes_them_back_change_the_lists(stays: ports.Stays) -> None:
    def lists() -> tuple[int, int]:
        return len(stays.of_commune(unit(), TODAY)), len(stays.of_commune(OTHER, TODAY))

    record = opened(stays)
    steps = [
        (change(NOW, ChangeKind.MOVED, to=OTHER, address="x"), (0, 1)),
        (change(NOW, ChangeKind.ENDED, until=TODAY), (0, 0)),
        (change(NOW, ChangeKind.TAKEN_BACK), (0, 1)),
        (change(NOW, ChangeKind.TAKEN_BACK), (1, 0)),
    ]
    for fact, expected in steps:
        assert stays.append(record, fact)
        record = on_record(stays)
        assert lists() == expected


def test_of_many_at_the_same_moment_one_writes_and_one_commune_lists_the_stay(
    stays: ports.Stays, threads: ThreadPoolExecutor
) -> None:
    if isinstance(stays, fakes.Stays):
        pytest.skip("nothing happens at the same moment in memory")
    record = opened(stays)
    facts: list[Fact] = [
        change(NOW, ChangeKind.MOVED, to=OTHER, address="x"),
        change(NOW, ChangeKind.LONGER, until=TODAY + timedelta(days=20)),
        arrival(NOW),
        report(NOW, TODAY),
    ]
    written = list(threads.map(lambda fact: stays.append(record, fact), facts))
    assert written.count(True) == 1
    assert on_record(stays) == record.with_fact(facts[written.index(True)])
    assert len(stays.of_commune(unit(), TODAY)) + len(stays.of_commune(OTHER, TODAY)) == 1
