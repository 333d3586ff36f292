"""Those who run the province read exact figures."""

from datetime import date, datetime

from pydantic import Field

from chalicelib import wiring
from chalicelib.handlers.statistics.periods import (
    MOST_DAYS,
    MOST_DAYS_BY_HOUR,
    PERIOD_ERRORS,
    PeriodQuery,
    period_of,
)
from chalicelib.http.answers import Answer, cached
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.fields import with_offset
from chalicelib.models.people.languages import Words
from chalicelib.models.staff.roles import KEEP_STAYS, READ_STATISTICS, RUN_CASES, SEE_HEALTH
from chalicelib.models.statistics.errors import CommuneNotOfProvince, FamilyUnknown, PartUnknown
from chalicelib.models.statistics.figures import Family
from chalicelib.models.statistics.periods import Coverage
from chalicelib.models.statistics.series import Part
from chalicelib.services.statistics import readings
from chalicelib.services.statistics.plots import Bar, Panel, as_svg
from chalicelib.services.statistics.public_figures import titles_of
from chalicelib.services.statistics.readings import SeriesReading
from chalicelib.services.statistics.todays import read_today
from chalicelib.wiring.publications import desk, places

TAG = "statistics"

FRESH_FOR = 10
"""Seconds."""

LISTS = {
    "gates": (SEE_HEALTH, "/v1/checkpoint/visitors?checkpoint={checkpoint}"),
    "communes": (KEEP_STAYS, "/v1/communes/{commune}/stays"),
    "silent": (KEEP_STAYS, "/v1/communes/{commune}/stays"),
    "cases": (RUN_CASES, "/v1/cases"),
}
"""The list behind each member of today's figures, and who may read it."""

FAMILY = parameter("path", "family", "A family of figures.", "gates", enum=[*Family])


class FamilyQuery(PeriodQuery):
    """The days, and how their figures are divided."""

    by: str = Field("", examples=["gate,hour"], json_schema_extra={"maxLength": 200})
    """Parts of cells, separated by commas. Each series is divided by those that it has; without any, there are totals
    only."""
    commune: str | None = Field(None, examples=["25480"], json_schema_extra={"maxLength": 5})
    """Only what was counted in this commune, by its code in the province's list."""


class CellCount(Shape):
    """A count that is not 0."""

    cell: list[str]
    """A value for each part in `by`, in their order."""
    count: int
    """How many."""


class CountedDay(Shape):
    """A series on a day."""

    day: date
    """The civil day of the province on which it happened."""
    coverage: Coverage
    """Whether the series was counted on this day."""
    total: int | None = None
    """Of all cells. Left out if the day was not counted: that is not 0."""
    cells: list[CellCount]
    """Cells that are not listed are 0, if the day was counted."""


class CountedSeries(Shape):
    """A series on the days."""

    name: str
    """Its name."""
    title: Words
    """Its name for people."""
    definition: Words
    """What is counted, and for which day."""
    since: datetime | None = None
    """Since when it is counted; left out if it never was."""
    by: list[Part]
    """What the cells are divided by."""
    days: list[CountedDay]
    """In their order."""


class CountedFamily(Shape):
    """The figures of a family. They are exact: not for publication."""

    family: Family
    """Its name."""
    counted_to: datetime | None = None
    """When the latest counted fact became known; left out if nothing is counted yet."""
    series: list[CountedSeries]
    """All of its series."""


class GateToday(Shape):
    """A gate since midnight."""

    checkpoint: str
    """Its id."""
    declared: int
    """Persons who declared for this gate."""
    entered: int
    """Persons decided on, on their way in."""
    by_hour: list[int]
    """The same in each hour of the day: 24 numbers."""
    median_wait: int | None = None
    """The lower edge, in minutes, of the bucket with the median time from declaration to decision, in this hour and the
    one before. Left out without crossings."""


class CommuneToday(Shape):
    """A commune since midnight."""

    commune: str
    """Its code in the province's list."""
    expected: int
    """Persons who declared it as their destination."""
    entered: int
    """Persons decided on, on their way to it."""
    not_found: int
    """Times that the commune did not find a person."""


class DistrictToday(Shape):
    """A district since midnight: the sum of its communes."""

    district: str
    """Its code in the province's list."""
    expected: int
    """Persons who declared a commune of it as their destination."""
    entered: int
    """Persons decided on, on their way to it."""
    not_found: int
    """Times that a commune of it did not find a person."""


class SilentCommune(Shape):
    """A commune where health reports of yesterday are missing."""

    commune: str
    """Its code in the province's list."""
    due: int
    """Persons whose report of yesterday is due."""
    sent: int
    """Those of them who reported."""


class ChannelToday(Shape):
    """The messages that went out by a channel since midnight."""

    channel: str
    """Its name."""
    sent: int
    """Messages."""
    price: int
    """The highest price of one message by the contracts with the providers, in VND."""
    cost: int
    """What the messages cost at that price, in VND: an estimate, and never too low."""


class TodaysFigures(Shape):
    """What a first screen shows."""

    day: date
    """Today."""
    counted_to: datetime | None = None
    """When the latest counted fact became known; left out if nothing is counted yet."""
    not_counted: list[Family]
    """Families that are not counted yet. Their figures here are unknown, and not 0."""
    gates: list[GateToday]
    """By id."""
    communes: list[CommuneToday]
    """The ten that expect most."""
    districts: list[DistrictToday]
    """All of them."""
    silent: list[SilentCommune]
    """The ten where most reports of yesterday are missing."""
    cases: int
    """Cases opened."""
    contacts: int
    """Contacts found."""
    hours_from_sample: int | None = None
    """The lower edge, in hours, of the bucket with the median time from a sample to its case. Left out without cases.
    """
    hours_until_told: int | None = None
    """The lower edge, in hours, of the bucket with the median time from the opening of a case until a contact was sent
    a message. Left out if no contact was sent one today."""
    messages: dict[str, int]
    """Messages by outcome."""
    channels: list[ChannelToday]
    """What was sent, and what it costs, by channel."""
    lists: dict[str, str]
    """Of the members here, those with a list of persons behind them that the caller's role may read: the path of the
    list, with `{checkpoint}` or `{commune}` to fill in."""


@serve(
    "GET",
    "/v1/statistics/today",
    summary="Today's figures",
    tag=TAG,
    roles=READ_STATISTICS,
    etag=True,
    errors=(ServiceUnavailable,),
)
def get_today(call: Call) -> Answer[TodaysFigures]:
    """What a first screen needs, in one call: gates, communes, cases, messages and their cost since
    midnight."""
    today = read_today(wiring.clock(), places(), desk=desk())
    shape = TodaysFigures(
        **{
            **today._asdict(),
            "counted_to": _here(today.counted_to),
            "gates": [GateToday(**each._asdict()) for each in today.gates],
            "communes": [CommuneToday(**each._asdict()) for each in today.communes],
            "districts": [DistrictToday(**each._asdict()) for each in today.districts],
            "channels": [ChannelToday(**each._asdict()) for each in today.channels],
            "lists": {name: path for name, (roles, path) in LISTS.items() if call.principal.may(roles)},
            "silent": [SilentCommune(**each._asdict()) for each in today.silent],
        }
    )
    return cached(Answer(shape), FRESH_FOR, by="private")


@serve(
    "GET",
    "/v1/statistics/{family}",
    summary="Exact figures",
    tag=TAG,
    roles=READ_STATISTICS,
    etag=True,
    errors=(FamilyUnknown, PartUnknown, CommuneNotOfProvince, *PERIOD_ERRORS, ServiceUnavailable),
    parameters=(FAMILY,),
)
def get_family(call: Call[None, FamilyQuery]) -> Answer[CountedFamily]:
    """The series of a family on some days: 92 at most, 14 if they are divided by the hour. Each is with its definition.
    Figures are exact, so they are not for publication."""
    family = readings.family_of(call.path["family"])
    by = readings.parts_of(call.query.by, family)
    period = period_of(call.query, MOST_DAYS_BY_HOUR if Part.HOUR in by else MOST_DAYS)
    reading = readings.read_family(family, period, by=by, commune=call.query.commune, desk=desk())
    shape = CountedFamily(
        family=family,
        counted_to=_here(reading.counted_to),
        series=[_shown(family, each) for each in reading.series],
    )
    return cached(Answer(shape), FRESH_FOR, by="private")


@serve(
    "GET",
    "/v1/statistics/{family}/plot.svg",
    summary="Exact figures as a picture",
    tag=TAG,
    content_type="image/svg+xml",
    roles=READ_STATISTICS,
    etag=True,
    errors=(FamilyUnknown, *PERIOD_ERRORS, ServiceUnavailable),
    parameters=(FAMILY,),
)
def get_plot(call: Call[None, PeriodQuery]) -> Answer[str]:
    """A panel for each series, with a bar for each day; for a histogram, a bar for each bucket. For a report: the
    figures are exact."""
    family = readings.family_of(call.path["family"])
    period = period_of(call.query, MOST_DAYS)
    buckets = [
        part for part in (Part.MINUTES, Part.HOURS) if any(part in each.parts for each in readings.series_of(family))
    ]
    reading = readings.read_family(family, period, by=buckets, desk=desk())
    picture = as_svg(
        title_of_family(family),
        f"{period.first} – {period.last}",
        [Panel(titles_of(family, each.series.name)["title"], _bars(each)) for each in reading.series],
    )
    return cached(Answer(picture, content_type="image/svg+xml"), FRESH_FOR, by="private")


def title_of_family(family: Family) -> dict[str, str]:
    """For people."""
    from chalicelib.data import words

    title: dict[str, str] = words("publications")["families"][family]
    return title


def _bars(reading: SeriesReading) -> list[Bar]:
    if not reading.by:
        return [Bar(f"{each.day:%d/%m}", each.total) for each in reading.days]
    counts: dict[str, int] = {}
    for day in reading.days:
        for cell, count in day.cells:
            counts[cell[0]] = counts.get(cell[0], 0) + count
    known = any(each.total is not None for each in reading.days)
    return [Bar(f"≥{edge}", counts.get(str(edge), 0) if known else None) for edge in reading.series.edges]


def _shown(family: Family, reading: SeriesReading) -> CountedSeries:
    texts = titles_of(family, reading.series.name)
    return CountedSeries(
        name=reading.series.name,
        title=Words(**texts["title"]),
        definition=Words(**texts["definition"]),
        since=_here(reading.since),
        by=list(reading.by),
        days=[
            CountedDay(
                day=each.day,
                coverage=each.coverage,
                total=each.total,
                cells=[CellCount(cell=list(cell), count=count) for cell, count in each.cells],
            )
            for each in reading.days
        ],
    )


def _here(moment: datetime | None) -> datetime | None:
    return None if moment is None else with_offset(moment, wiring.offset())
