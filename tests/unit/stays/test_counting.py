"""The reports that are due on a day, and those of them that were sent, whatever changes a stay has."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted
from chalicelib.models.stays import counting
from chalicelib.models.stays.changes import Change, ChangeKind
from chalicelib.models.stays.stays import StayRecord
from tests.recounts.worlds import seeded
from tests.unit.stays.made import CODE, DAY, change, made, unit

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
UNITS = ("25480", "25465", "25459")

Due = Counter[tuple[date, str]]


def at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), ZONE)


def counted(kind: str, row: str, record: StayRecord) -> Sequence[Counted]:
    found = counting.COUNTERS[kind](CountEvent(kind=kind, subject=str(CODE), fact=row), record, ZONE)
    assert found is not None
    return found


def counts(facts: Sequence[Counted], name: str = "reports_due") -> Due:
    due: Due = Counter()
    for fact in {each.id: each for each in facts}.values():
        for each in fact.increments:
            if each.series == name:
                due[each.day, each.cell[1]] += each.count
    return Counter({key: count for key, count in due.items() if count})


def all_facts(record: StayRecord) -> list[Counted]:
    facts = [*counted("stay_opened", "STAY", record)]
    for number in range(len(record.changes)):
        facts += counted("stay_changed", f"CHANGE#{number:03d}", record)
    return facts


def plain(record: StayRecord) -> Due:
    """Day by day: what was on record when it began."""
    due: Due = Counter()
    for number in range(120):
        day = record.stay.begins_on + timedelta(days=number)
        then = StayRecord(record.stay, changes=[each for each in record.changes if each.recorded_at < at(day, 0)])
        if record.stay.report_daily and then.is_running(day):
            due[day, then.unit.code] += 1
    return due


def random_changes(random: Random, last: date) -> list[Change]:
    changes, now, holding = list[Change](), at(DAY), 0
    for _ in range(random.randrange(6)):
        now += timedelta(hours=random.choice((1, 5, 30, 100)))
        kinds = [ChangeKind.MOVED, ChangeKind.LONGER, ChangeKind.SHORTER, ChangeKind.ENDED, ChangeKind.LEFT]
        kind = random.choice([*kinds, *([ChangeKind.TAKEN_BACK] if holding else [])])
        holding += -1 if kind is ChangeKind.TAKEN_BACK else 1
        to = unit(random.choice(UNITS)) if kind is ChangeKind.MOVED else None
        until = last + timedelta(days=random.randrange(-5, 30)) if kind.sets_until else None
        until = now.date() if kind.ends else until
        changes.append(change(now, kind, to=to, address="x" if to else None, until=until))
    return changes


@pytest.mark.parametrize("seed", range(60))
def test_the_reports_due_on_a_day_are_those_of_the_stays_that_ran_when_it_began(seed: int) -> None:
    random = seeded(seed)
    stay = made(at(DAY), until=DAY + timedelta(days=random.choice((0, 6, 13, 59))))
    record = StayRecord(stay, changes=random_changes(random, stay.until))
    facts = all_facts(record)
    random.shuffle(facts)
    assert counts(facts) == plain(record)
    # A fact that was counted before others happened counts the same.
    again = [
        each for n in range(len(record.changes) + 1) for each in all_facts(StayRecord(stay, changes=record.changes[:n]))
    ]
    assert {each.id: each.increments for each in again} == {each.id: each.increments for each in facts}


def test_a_stay_without_daily_reports_has_none_due() -> None:
    record = StayRecord(made(at(DAY), report_daily=False), changes=[change(at(DAY), ChangeKind.ENDED, until=DAY)])
    assert counts(all_facts(record)) == {}
    assert counted("report_sent", f"REPORT#{DAY}", record) == []


def test_each_transaction_has_room_for_a_long_stay_that_is_moved() -> None:
    stay = made(at(DAY), until=DAY + timedelta(days=59))
    record = StayRecord(stay, changes=[change(at(DAY), ChangeKind.MOVED, to=unit("25465"), address="x")])
    facts = all_facts(record)
    assert max(len({(figure.day, figure.cell) for figure in each.increments}) for each in facts) == 40
    assert counts(facts) == {(DAY, "25480"): 1, **{(DAY + timedelta(days=n), "25465"): 1 for n in range(1, 60)}}


def test_a_report_counts_for_its_day_in_the_commune_where_it_was_due() -> None:
    moved = change(at(DAY + timedelta(days=1)), ChangeKind.MOVED, to=unit("25465"), address="x")
    ended = change(at(DAY + timedelta(days=3)), ChangeKind.ENDED, until=DAY + timedelta(days=3))
    record = StayRecord(made(at(DAY)), changes=[moved, ended])
    sent = [each for n in range(6) for each in counted("report_sent", f"REPORT#{DAY + timedelta(days=n)}", record)]
    due = ("25480", "25480", "25465", "25465")
    assert counts([*sent, *sent], "reports_sent") == {(DAY + timedelta(days=n), each): 1 for n, each in enumerate(due)}
    assert counts(all_facts(record)) == counts(sent, "reports_sent")
