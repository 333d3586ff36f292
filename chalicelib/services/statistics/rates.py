"""Read rates: quotients of exact figures, with both counts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from chalicelib.models.statistics.errors import PartUnknown
from chalicelib.models.statistics.figures import Family, Figure
from chalicelib.models.statistics.periods import Coverage, Period, coverage
from chalicelib.models.statistics.rates import RATES, Rate, Share
from chalicelib.models.statistics.series import Part
from chalicelib.services.parallel import in_parallel
from chalicelib.services.statistics.readings import Desk, read

_DIGITS = 4


class Quotient(NamedTuple):
    """Two counts, and the rate, from 0 to 1. It is None where the denominator is small: a few facts are no rate."""

    numerator: int
    denominator: int
    rate: float | None


class DayRate(NamedTuple):
    """A rate on a day. `quotient` is None if one of its series was not counted on the day."""

    day: date
    coverage: Coverage
    quotient: Quotient | None


class RateReading(NamedTuple):
    """A rate on some days."""

    rate: Rate
    since: datetime | None
    """Since when both of its series are counted; None if one of them never was."""
    whole: Quotient
    """Of all days that were counted."""
    days: Sequence[DayRate]
    cells: Sequence[tuple[str, Quotient]]
    """The same as `whole` for each value of a part, if the rate can be divided by it. Of communes, those of the
    province's list."""


class RatesReading(NamedTuple):
    counted_to: datetime | None
    rates: Sequence[RateReading]


def part_of(name: str | None) -> Part | None:
    """The part with this name, by which some rate can be divided. Raises `PartUnknown`."""
    if name is None:
        return None
    known = list(dict.fromkeys(part for each in RATES for part in each.parts))
    if name not in known:
        raise PartUnknown(known=[*known])
    return Part(name)


def read_rates(period: Period, by: Part | None, *, below: int, desk: Desk) -> RatesReading:
    """All rates. A denominator from 0 to `below` - 1 is small."""
    families = list(dict.fromkeys(each.series.family for rate in RATES for each in (rate.numerator, rate.denominator)))
    found = in_parallel(lambda each: read(each, period.days, desk.figures), families)
    readings = dict(zip(families, found, strict=True))
    figures = {family: list(each.figures) for family, each in readings.items()}

    def since(share: Share) -> datetime | None:
        return readings[share.series.family].since.get(share.series.name)

    rates = []
    for rate in RATES:
        starts = since(rate.numerator), since(rate.denominator)
        both = None if None in starts else max(each for each in starts if each)
        covered = {day: coverage(day, both, desk.zone) for day in period.days}
        counted = {day for day, each in covered.items() if each is not Coverage.NOT_COUNTED}
        own = {day: _quotient(rate, figures, {day}, below) for day in counted}
        days = [DayRate(day, covered[day], own.get(day)) for day in period.days]
        cells = _cells(rate, by, figures, counted, below, desk) if by in rate.parts else []
        rates.append(RateReading(rate, both, _quotient(rate, figures, counted, below), days, cells))
    return RatesReading(max((each.counted_to for each in readings.values() if each.counted_to), default=None), rates)


_Figures = Mapping[Family, Sequence[Figure]]


def _cells(
    rate: Rate, by: Part | None, figures: _Figures, days: set[date], below: int, desk: Desk
) -> list[tuple[str, Quotient]]:
    assert by is not None
    only = {Part.LIST_VERSION: desk.province.units_list} if by is Part.COMMUNE else {}
    place = rate.denominator.series.parts.index(by)
    values = sorted(
        {
            each.cell[place]
            for each in figures[rate.denominator.series.family]
            if each.series == rate.denominator.series.name and each.day in days
        }
    )
    quotients = [(value, _quotient(rate, figures, days, below, {**only, by: value})) for value in values]
    return [(value, each) for value, each in quotients if each.denominator]


def _quotient(
    rate: Rate, figures: _Figures, days: set[date], below: int, only: Mapping[Part, str] | None = None
) -> Quotient:
    numerator, denominator = (_sum(each, figures, days, only or {}) for each in (rate.numerator, rate.denominator))
    # A correction may be counted before the fact that it corrects.
    is_rate = denominator >= max(below, 1) and 0 <= numerator <= denominator
    return Quotient(numerator, denominator, round(numerator / denominator, _DIGITS) if is_rate else None)


def _sum(share: Share, figures: _Figures, days: set[date], only: Mapping[Part, str]) -> int:
    parts = share.series.parts
    wanted = [(parts.index(part), values) for part, values in share.where.items()]
    wanted += [(parts.index(part), frozenset({value})) for part, value in only.items()]
    return sum(
        each.count
        for each in figures[share.series.family]
        if each.series == share.series.name
        and each.day in days
        and all(each.cell[place] in values for place, values in wanted)
    )
