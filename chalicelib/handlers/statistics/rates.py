"""Those who run the province read rates."""

from datetime import date, datetime

from pydantic import Field

from chalicelib import wiring
from chalicelib.data import words
from chalicelib.handlers.statistics.figures import FRESH_FOR, TAG
from chalicelib.handlers.statistics.periods import PERIOD_ERRORS, PeriodQuery, period_of
from chalicelib.http.answers import Answer, cached
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.fields import with_offset
from chalicelib.models.people.languages import Words
from chalicelib.models.staff.roles import READ_STATISTICS
from chalicelib.models.statistics.errors import PartUnknown
from chalicelib.models.statistics.periods import Coverage
from chalicelib.services.statistics import rates
from chalicelib.services.statistics.rates import Quotient, RateReading
from chalicelib.settings import settings
from chalicelib.wiring.publications import desk

_MOST_DAYS = 31


class RatesQuery(PeriodQuery):
    """The days, and how their rates are divided."""

    by: str | None = Field(None, examples=["gate"], json_schema_extra={"maxLength": 20})
    """One part of cells, as `gate` or `commune`. Each rate is divided by it that can be."""


class ShownRate(Shape):
    """Two counts and their quotient."""

    numerator: int
    """Facts that were so."""
    denominator: int
    """All facts."""
    rate: float | None = None
    """Their quotient, from 0 to 1. Left out where the denominator is 0 or small (`small_below`)."""


class CellRate(ShownRate):
    """The rate of a value."""

    cell: str
    """The value of the part in `by`."""


class RateOfDay(Shape):
    """The rate of a day."""

    day: date
    """The civil day of the province on which the facts happened."""
    coverage: Coverage
    """Whether both counts cover this day."""
    numerator: int | None = None
    """Left out if the day was not counted: that is not 0."""
    denominator: int | None = None
    """Left out if the day was not counted."""
    rate: float | None = None
    """Left out where the denominator is 0 or small, and if the day was not counted."""


class CountedRate(Shape):
    """A rate."""

    name: str
    """Its name."""
    title: Words
    """Its name for people."""
    definition: Words
    """Of what it is a part."""
    since: datetime | None = None
    """Since when both of its counts are made; left out if one never was."""
    whole: ShownRate
    """Of all counted days together: the quotient of the sums, and no average of the days."""
    days: list[RateOfDay]
    """In their order."""
    cells: list[CellRate] = []
    """The whole for each value of the part in `by`, where the denominator is not 0. Empty if the rate cannot be divided
    by it."""


class Rates(Shape):
    """Rates of some days. They are exact: not for publication."""

    counted_to: datetime | None = None
    """When the latest counted fact became known; left out if nothing is counted yet."""
    small_below: int
    """A denominator below this gives no rate."""
    rates: list[CountedRate]
    """All there are."""


@serve(
    "GET",
    "/v1/statistics/rates",
    summary="Exact rates",
    tag=TAG,
    roles=READ_STATISTICS,
    etag=True,
    errors=(PartUnknown, *PERIOD_ERRORS, ServiceUnavailable),
)
def get_rates(call: Call[None, RatesQuery]) -> Answer[Rates]:
    """Each rate of at most 31 days, with both counts. A rate of several days, or of all gates, is the quotient of sums.
    Rates are exact, so they are not for publication."""
    by = rates.part_of(call.query.by)
    below = settings().statistics_hidden_below
    reading = rates.read_rates(period_of(call.query, _MOST_DAYS), by, below=below, desk=desk())
    shape = Rates(
        counted_to=_here(reading.counted_to), small_below=below, rates=[_shown(each) for each in reading.rates]
    )
    return cached(Answer(shape), FRESH_FOR, by="private")


def _shown(reading: RateReading) -> CountedRate:
    texts = words("statistics")["rates"][reading.rate.name]
    return CountedRate(
        name=reading.rate.name,
        title=Words(**texts["title"]),
        definition=Words(**texts["definition"]),
        since=_here(reading.since),
        whole=ShownRate(**reading.whole._asdict()),
        days=[RateOfDay(day=each.day, coverage=each.coverage, **_members(each.quotient)) for each in reading.days],
        cells=[CellRate(cell=cell, **_members(each)) for cell, each in reading.cells],
    )


def _members(quotient: Quotient | None) -> dict[str, float | None]:
    return {} if quotient is None else quotient._asdict()


def _here(moment: datetime | None) -> datetime | None:
    return None if moment is None else with_offset(moment, wiring.offset())
