"""How stays are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo

from chalicelib.models.people.places import UnitReference
from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import At, Counter, counted, one
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted
from chalicelib.models.stays.events import StayFactKind
from chalicelib.models.stays.stays import StayRecord


def _opened(event: CountEvent, record: StayRecord, zone: tzinfo) -> Sequence[Counted] | None:
    stay = record.stay
    increments = [one(stay.begins_on, series.STAYS, *_commune(stay.unit), stay.place)]
    return [counted(_id(event), event.kind, increments, day=stay.begins_on, known_at=stay.opened_at, zone=zone)]


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
    unit = replace(record, changes=record.changes[:number]).unit
    increments = [one(day, series.CHANGES, *_commune(unit), change.kind)]
    return [counted(_id(event), event.kind, increments, day=day, known_at=change.recorded_at, zone=zone)]


COUNTERS: Mapping[str, Counter] = {
    StayFactKind.STAY_OPENED: _opened,
    StayFactKind.ARRIVAL_FOUND: _arrived,
    StayFactKind.STAY_CHANGED: _changed,
}

NOT_COUNTED: Mapping[str, str] = {}


def record_of(event: CountEvent) -> str:
    return event.subject


def _commune(unit: UnitReference) -> tuple[str, str]:
    return unit.list_version, unit.code


def _number(event: CountEvent) -> int:
    return int(event.fact.rpartition("#")[2])


def _id(event: CountEvent) -> str:
    return f"stay/{event.subject}/{event.fact}"
