"""What the counting functions of all capabilities share.

Each capability that has facts has a module `counting` among its models: for each kind of its events a `Counter`, or the
reason why that kind is not counted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted, Figure
from chalicelib.models.statistics.series import LATE, SERIES, Series

Counter = Callable[[CountEvent, Any, tzinfo], Sequence[Counted] | None]
"""From an event, its record as it is stored, and the province's time zone to what is counted. It is pure: the same
event and record always give the same, whatever else the record has by now. None, if the record lacks the fact."""


class Source(NamedTuple):
    """Where facts of some kinds are counted from."""

    counters: Mapping[str, Counter]
    """By kind of event."""
    record_of: Callable[[CountEvent], str]
    """The name of the record that an event is about: events of the same record are counted from one read."""
    find: Callable[[CountEvent], Any | None]
    """Read the record of an event. None if it has left."""


class At(NamedTuple):
    """When a fact happened, in the province's time: its day, and its hour as a part of a cell."""

    day: date
    hour: str

    @classmethod
    def of(cls, moment: datetime, zone: tzinfo) -> "At":
        there = moment.astimezone(zone)
        return cls(there.date(), f"{there.hour:02d}")


def one(day: date, series: Series, *cell: str, count: int = 1) -> Figure:
    """An increment of a cell."""
    assert len(cell) == len(series.parts)
    return Figure(day, series.family, series.name, cell, count)


def counted(
    identity: str, kind: str, increments: Iterable[Figure], *, day: date, known_at: datetime, zone: tzinfo
) -> Counted:
    """What a fact of a day changes. If it became known on a later day, it is counted as late, too, in each family."""
    increments = list(increments)
    known_on = known_at.astimezone(zone).date()
    if known_on > day:
        families = sorted({each.family for each in increments})
        increments += [one(day, SERIES[family, LATE], kind, known_on.isoformat()) for family in families]
    return Counted(identity, increments, known_at)


def minutes(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() / 60
