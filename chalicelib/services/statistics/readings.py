"""Read figures exactly, for those who run the province."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from chalicelib.models.people.province import Province
from chalicelib.models.statistics.errors import CommuneNotOfProvince, FamilyUnknown, PartUnknown
from chalicelib.models.statistics.figures import Family, Figure, Reading
from chalicelib.models.statistics.periods import Coverage, Period, coverage
from chalicelib.models.statistics.series import SERIES, Part, Series
from chalicelib.services.parallel import in_parallel
from chalicelib.services.statistics.ports import Figures

_DAYS_TOGETHER = 8
"""Days that are read one after the other. More of them are read side by side."""


class DayTotal(NamedTuple):
    """A series on a day. `total` is None, and there are no cells, if the day was not counted."""

    day: date
    coverage: Coverage
    total: int | None
    cells: Sequence[tuple[Sequence[str], int]]
    """Cells that are not 0, and their counts."""


class SeriesReading(NamedTuple):
    """A series on some days."""

    series: Series
    since: datetime | None
    """Since when it is counted; None if it never was."""
    by: Sequence[Part]
    """What its cells are."""
    days: Sequence[DayTotal]


class FamilyReading(NamedTuple):
    """The series of a family."""

    family: Family
    counted_to: datetime | None
    series: Sequence[SeriesReading]


@dataclass(frozen=True)
class Desk:
    """What reading needs."""

    figures: Figures
    province: Province
    zone: tzinfo


def family_of(name: str) -> Family:
    """The family with this name. Raises `FamilyUnknown`."""
    if name not in {*Family}:
        raise FamilyUnknown(known=[*Family])
    return Family(name)


def parts_of(names: str, family: Family) -> tuple[Part, ...]:
    """Parts by their names, separated by commas. Raises `PartUnknown` for one that no series of the family has."""
    known = list(dict.fromkeys(part for each in series_of(family) for part in each.parts))
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not known or any(name not in known for name in wanted):
        raise PartUnknown(known=[*known])
    return tuple(Part(name) for name in wanted)


def series_of(family: Family) -> list[Series]:
    return [each for (own, _), each in SERIES.items() if own is family]


def read_family(
    family: Family, period: Period, *, by: Sequence[Part] = (), commune: str | None = None, desk: Desk
) -> FamilyReading:
    """Each series of a family, on each day of a period, divided by those of the parts that it has.

    With a commune, only the series that have communes, and only what was counted there. Raises `CommuneNotOfProvince`.
    """
    if commune is not None and not desk.province.contains(commune):
        raise CommuneNotOfProvince
    reading = read(family, period.days, desk.figures)
    of_day: dict[date, list[Figure]] = {}
    for figure in reading.figures:
        of_day.setdefault(figure.day, []).append(figure)
    wanted = [each for each in series_of(family) if commune is None or Part.COMMUNE in each.parts]
    only = None if commune is None else {Part.LIST_VERSION: desk.province.units_list, Part.COMMUNE: commune}
    return FamilyReading(
        family,
        reading.counted_to,
        [_series_reading(each, period, by, reading, of_day, only or {}, desk.zone) for each in wanted],
    )


def read(family: Family, days: Sequence[date], figures: Figures) -> Reading:
    """The figures of these days, many days side by side."""
    together = [days[first : first + _DAYS_TOGETHER] for first in range(0, len(days), _DAYS_TOGETHER)]
    # First: what is counted in the meantime is in the cells and not promised, and not the other way round.
    covered = figures.covered()
    cells = in_parallel(lambda each: figures.cells(family, each), together)
    return covered.reading(family, [each for some in cells for each in some])


def added_up(
    figures: Iterable[Figure], series: Series, by: Sequence[Part], only: Mapping[Part, str] | None = None
) -> dict[tuple[str, ...], int]:
    """The counts of a series by some of its parts, without zeros; `only` of cells with these parts."""
    places = [series.parts.index(each) for each in by]
    needed = [(series.parts.index(part), value) for part, value in (only or {}).items()]
    counts: dict[tuple[str, ...], int] = {}
    for figure in figures:
        if figure.series == series.name and all(figure.cell[place] == value for place, value in needed):
            cell = tuple(figure.cell[place] for place in places)
            counts[cell] = counts.get(cell, 0) + figure.count
    return {cell: count for cell, count in sorted(counts.items()) if count}


def _series_reading(
    series: Series,
    period: Period,
    by: Sequence[Part],
    reading: Reading,
    of_day: Mapping[date, Sequence[Figure]],
    only: Mapping[Part, str],
    zone: tzinfo,
) -> SeriesReading:
    own = [each for each in series.parts if each in by]
    since = reading.since.get(series.name)
    days = []
    for day in period.days:
        covered = coverage(day, since, zone)
        if covered is Coverage.NOT_COUNTED:
            days.append(DayTotal(day, covered, None, []))
            continue
        counts = added_up(of_day.get(day, ()), series, own, only)
        days.append(DayTotal(day, covered, sum(counts.values()), list(counts.items()) if own else []))
    return SeriesReading(series, since, own, days)
