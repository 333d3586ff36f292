"""How stays are counted.

Whose report of a day is due, and in which commune, is settled when the day begins, by the changes of earlier days. So
the days of a stay are counted when it is opened, and a change counts what it changes for the days after its own. No
report has to be missed first, and the same follows from the records at any time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import takewhile

from chalicelib.models.people.places import UnitReference
from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import At, Counter, counted, one
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted, Figure
from chalicelib.models.stays.events import StayFactKind
from chalicelib.models.stays.stays import StayRecord


def _opened(event: CountEvent, record: StayRecord, zone: tzinfo) -> Sequence[Counted] | None:
    stay = record.stay
    increments = [one(stay.begins_on, series.STAYS, *_commune(stay.unit), stay.place)]
    opened = counted(_id(event), event.kind, increments, day=stay.begins_on, known_at=stay.opened_at, zone=zone)
    return [opened, *_reports_due(event, None, StayRecord(stay), stay.begins_on, stay.opened_at)]


def _arrived(event: CountEvent, record: StayRecord, zone: tzinfo) -> Sequence[Counted] | None:
    number = _number(event)
    arrival = next((each for each in record.arrivals[number : number + 1]), None)
    if arrival is None:
        return None
    day = At.of(arrival.recorded_at, zone).day
    unit = replace(record, changes=record.changes[: arrival.changes]).unit
    increments = [one(day, series.ARRIVALS, *_commune(unit), arrival.outcome)]
    return [counted(_id(event), event.kind, increments, day=day, known_at=arrival.recorded_at, zone=zone)]


def _changed(event: CountEvent, record: StayRecord, zone: tzinfo) -> Sequence[Counted] | None:
    """For the commune that expected the person before the change."""
    number = _number(event)
    change = next((each for each in record.changes[number : number + 1]), None)
    if change is None:
        return None
    day = At.of(change.recorded_at, zone).day
    before, after = (replace(record, changes=record.changes[:until]) for until in (number, number + 1))
    increments = [one(day, series.CHANGES, *_commune(before.unit), change.kind)]
    changed = counted(_id(event), event.kind, increments, day=day, known_at=change.recorded_at, zone=zone)
    # Functions' clocks differ: no change counts for an earlier day than the one before it.
    last = max(At.of(each.recorded_at, zone).day for each in after.changes)
    return [changed, *_reports_due(event, before, after, last + timedelta(days=1), change.recorded_at)]


def _reported(event: CountEvent, record: StayRecord, zone: tzinfo) -> Sequence[Counted] | None:
    """Without the report, which is about health. The row's name has its day, and nothing says when it was sent: it is
    never late."""
    day = date.fromisoformat(event.fact.partition("#")[2])
    earlier = list(takewhile(lambda each: At.of(each.recorded_at, zone).day < day, record.changes))
    unit = _unit_due(replace(record, changes=earlier), day)
    if unit is None:
        return []
    known_at = datetime.combine(day, time(), zone)
    return [Counted(_id(event), [one(day, series.REPORTS_SENT, *_commune(unit))], known_at)]


COUNTERS: Mapping[str, Counter] = {
    StayFactKind.STAY_OPENED: _opened,
    StayFactKind.ARRIVAL_FOUND: _arrived,
    StayFactKind.STAY_CHANGED: _changed,
    StayFactKind.REPORT_SENT: _reported,
}

NOT_COUNTED: Mapping[str, str] = {}


def record_of(event: CountEvent) -> str:
    return event.subject


_DAYS_TOGETHER = 20
"""Days of one part of a fact: each is counted in a transaction, which has room for a hundred rows."""


def _reports_due(
    event: CountEvent, before: StayRecord | None, after: StayRecord, first: date, known_at: datetime
) -> Iterator[Counted]:
    """What a fact changes about the reports that are due from a day on, in parts of several days."""
    begins = after.stay.begins_on
    last = max(each.until for each in (before, after) if each is not None)
    parts: dict[int, list[Figure]] = {}
    for number in range(max(0, (first - begins).days), (last - begins).days + 1):
        day = begins + timedelta(days=number)
        was, now = None if before is None else _unit_due(before, day), _unit_due(after, day)
        if was != now:
            own = parts.setdefault(number // _DAYS_TOGETHER, [])
            own += [one(day, series.REPORTS_DUE, *_commune(each), count=-1) for each in (was,) if each]
            own += [one(day, series.REPORTS_DUE, *_commune(each)) for each in (now,) if each]
    for part, increments in parts.items():
        yield Counted(f"{_id(event)}/due/{part}", increments, known_at)


def _unit_due(record: StayRecord, day: date) -> UnitReference | None:
    """The commune in which a person's report of a day is due; None if none is due."""
    is_due = record.stay.report_daily and record.stay.begins_on <= day and record.is_running(day)
    return record.unit if is_due else None


def _commune(unit: UnitReference) -> tuple[str, str]:
    return unit.list_version, unit.code


def _number(event: CountEvent) -> int:
    return int(event.fact.rpartition("#")[2])


def _id(event: CountEvent) -> str:
    return f"stay/{event.subject}/{event.fact}"
