"""Figures: each fact is counted once, together with its mark."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import one
from chalicelib.models.statistics.figures import Counted, Family, Figure
from chalicelib.models.statistics.series import SERIES
from chalicelib.services.statistics import ports
from chalicelib.storage.statistics import figures as storage
from tests.tables import Database
from tests.unit.fakes import statistics as fakes

DAY, NEXT = date(2021, 7, 22), date(2021, 7, 23)
NOW = datetime(2021, 7, 22, 3, tzinfo=UTC)


@pytest.fixture
def figures(database: Database | None) -> ports.Figures:
    return fakes.Figures() if database is None else storage.Figures(database.statistics)


def left(gate: str = "an-hoa", *, day: date = DAY, count: int = 1) -> Figure:
    return one(day, series.CROSSINGS_OUT, gate, "10", count=count)


def fact(name: str, *increments: Figure, at: datetime = NOW) -> Counted:
    return Counted(name, increments or [left()], at)


def read(figures: ports.Figures, *days: date, family: Family = Family.GATES) -> set[Figure]:
    found = figures.read(family, days or [DAY]).figures
    assert len({each._replace(count=0) for each in found}) == len(found)
    return set(found)


def test_a_day_on_which_nothing_happened_has_no_figures(figures: ports.Figures) -> None:
    assert figures.read(Family.GATES, [DAY]) == ([], {}, None)


def test_facts_are_summed_by_cell(figures: ports.Figures) -> None:
    assert figures.append([fact("1"), fact("2"), fact("3", left("moc-bai"))]) == 3
    assert figures.append([fact("4", left(), one(DAY, series.CORRECTIONS, "an-hoa", "admit"))]) == 1
    assert read(figures) == {left(count=3), left("moc-bai"), one(DAY, series.CORRECTIONS, "an-hoa", "admit")}


def test_a_fact_counts_once_within_a_batch_and_over_batches(figures: ports.Figures) -> None:
    assert figures.append([fact("1"), fact("1")]) == 1
    assert figures.append([fact("1"), fact("2"), fact("1")]) == 1
    assert figures.append([fact("2")]) == 0
    assert read(figures) == {left(count=2)}


def test_a_batch_of_nothing_and_a_fact_without_increments_change_nothing(figures: ports.Figures) -> None:
    assert figures.append([]) == 0
    assert figures.append([Counted("1", [], NOW)]) == 1
    assert figures.append([fact("1")]) == 0
    assert read(figures) == set()


def test_a_correction_subtracts_and_a_cell_of_zero_is_left_out(figures: ports.Figures) -> None:
    figures.append([fact("1"), fact("2", left(count=-1), left("moc-bai"))])
    assert read(figures) == {left("moc-bai")}


def test_days_and_families_are_apart(figures: ports.Figures) -> None:
    entered = one(DAY, series.LEFT, "2021", "25480")
    figures.append([fact("1", left(), entered, left(day=NEXT))])
    assert read(figures) == {left()}
    assert read(figures, NEXT) == {left(day=NEXT)}
    assert read(figures, DAY, NEXT) == {left(), left(day=NEXT)}
    assert read(figures, family=Family.COMMUNES) == {entered}


def test_a_batch_larger_than_a_transaction_is_counted_whole(figures: ports.Figures) -> None:
    batch = [fact(str(number), left(day=DAY + timedelta(days=number % 7))) for number in range(250)]
    assert figures.append(batch[::5]) == 50
    assert figures.append(batch) == 200
    days = [DAY + timedelta(days=number) for number in range(7)]
    assert sum(each.count for each in figures.read(Family.GATES, days).figures) == 250


def test_workers_that_count_the_same_facts_at_once_count_them_once(
    figures: ports.Figures, threads: ThreadPoolExecutor
) -> None:
    batches = [[fact(str(number)) for number in range(first, first + 10)] for first in (0, 5, 0, 5, 10)]
    assert sum(threads.map(figures.append, batches)) == 20
    assert read(figures) == {left(count=20)}


def test_a_series_is_counted_since_the_first_start(figures: ports.Figures) -> None:
    figures.start(NOW)
    figures.start(NOW + timedelta(days=1))
    for family in Family:
        since = figures.read(family, [DAY]).since
        assert since == {name: NOW for of, name in SERIES if of is family}


def test_figures_say_when_the_latest_fact_became_known(figures: ports.Figures) -> None:
    later = NOW + timedelta(minutes=1, microseconds=1)
    figures.append([fact("1", at=later), fact("2")])
    assert figures.read(Family.LOOKS, []).counted_to == later
    figures.append([fact("3")])
    assert figures.read(Family.GATES, [DAY]).counted_to == later
