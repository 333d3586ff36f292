"""Everyone reads what the province has published."""

from datetime import date, datetime
from functools import partial

from chalicelib.handlers.statistics.figures import FAMILY, title_of_family
from chalicelib.handlers.statistics.periods import PERIOD_ERRORS, PublicPeriodQuery, public_period_of
from chalicelib.http.answers import Answer, cached
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.languages import Words
from chalicelib.models.people.province import province
from chalicelib.models.statistics.errors import BulletinUnknown, FamilyUnknown, PeriodTooLong
from chalicelib.models.statistics.figures import Family
from chalicelib.models.statistics.public_tables import BY_NAME, TABLES, PublicTable
from chalicelib.models.statistics.publications import BulletinTable, Edition, FigureChange, PublishedTable
from chalicelib.models.statistics.series import SERIES, Part
from chalicelib.services.statistics import bulletins, readings
from chalicelib.services.statistics.plots import Bar, Panel, as_svg
from chalicelib.services.statistics.public_figures import PublicDay, as_csv, read_days, titles_of
from chalicelib.settings import settings
from chalicelib.wiring.publications import places, publications

_TAG = "public figures"
_FRESH_FOR = 60
"""Seconds."""
_MOST_CSV = 4_000_000
"""Characters. An answer of a function has 6 MB at most, in JSON: each quotation mark in the table is two characters
there, and each accented letter six."""
_HISTOGRAMS = (Part.MINUTES, Part.HOURS)

_DAY = parameter("path", "day", "The day of the bulletin.", "2021-07-22", format="date")
_NUMBER = parameter("path", "number", "1 at 6:00, 2 at 18:00.", "1", enum=["1", "2"])


class TableDefinition(Shape):
    """What a table counts."""

    table: str
    """Its name."""
    family: Family
    """The family of its series."""
    series: str
    """The series."""
    by: list[Part]
    """What its cells are divided by, the largest unit first. Communes are below their districts."""
    title: Words
    """The name of the series for people."""
    definition: Words
    """What is counted, and for which day."""


class DayOfFigures(Shape):
    """The figures of a day, as they were last published."""

    day: date
    """The civil day of the province on which it happened."""
    published: bool
    """Whether figures of the day are published. If not, they are unknown, and not 0."""
    edition: int | None = None
    """1 at first, one more each time that published figures of the day changed."""
    published_at: datetime | None = None
    """When this edition was released."""
    counted_to: datetime | None = None
    """When the latest fact in it became known."""
    hidden_below: int | None = None
    """Counts from 1 to one less are hidden, and others by which they could be worked out. Totals are not."""
    list_version: str | None = None
    """The list of units that districts and communes are of."""
    tables: list[PublishedTable]
    """By name in `definitions`."""
    changes: list[FigureChange]
    """Totals that this edition changed. Cells stay as they were published first."""


class PublicFigures(Shape):
    """Published figures of some days."""

    licence: str
    """They may be used under this licence."""
    definitions: list[TableDefinition]
    """What each table counts."""
    days: list[DayOfFigures]
    """In their order."""


class PublicBulletin(Shape):
    """A bulletin as it was published."""

    day: date
    """Its day."""
    number: int
    """1 at 6:00, 2 at 18:00."""
    released_at: datetime
    """When it was released."""
    licence: str
    """It may be used under this licence."""
    title: str
    """In Vietnamese, as all texts of a bulletin."""
    text: list[str]
    """Paragraphs."""
    tables: list[BulletinTable]
    """Tables, with `*` for what is hidden."""
    changes: list[FigureChange]
    """Figures of earlier days that it changed in public."""
    later_changes: list[FigureChange]
    """What later bulletins changed of the figures in this one. The bulletin itself stays as it was."""


class BulletinLink(Shape):
    """A bulletin that is public."""

    day: date
    """Its day."""
    number: int
    """1 at 6:00, 2 at 18:00."""
    title: str
    """In Vietnamese, as all texts of a bulletin."""
    released_at: datetime
    """When it was released."""
    link: str
    """The path at which everyone can read it."""


class PublicBulletins(Shape):
    """Bulletins of some days."""

    bulletins: list[BulletinLink]
    """The newest first."""


_read = partial(serve, "GET", tag=_TAG, etag=True)


@_read(
    "/v1/public/statistics",
    summary="Published figures",
    errors=(*PERIOD_ERRORS, ServiceUnavailable),
)
def get_public_figures(call: Call[None, PublicPeriodQuery]) -> Answer[PublicFigures]:
    """All published figures of some days: a week by default, 31 at most. Those of a day are published in the morning
    after it. Small counts are hidden. It may be a minute old."""
    days = read_days(public_period_of(call.query), publications=publications())
    shape = PublicFigures(
        licence=_licence(),
        definitions=[_definition(each) for each in TABLES],
        days=[_day(each.day, each.edition) for each in days],
    )
    return cached(Answer(shape), _FRESH_FOR)


@_read(
    "/v1/public/statistics.csv",
    summary="Published figures as a table",
    content_type="text/csv",
    headers=("Content-Disposition",),
    errors=(*PERIOD_ERRORS, ServiceUnavailable),
)
def get_public_csv(call: Call[None, PublicPeriodQuery]) -> Answer[str]:
    """A row for each count, for spreadsheets. The row of a total has the definition and the licence. A count that is
    not there is 0, unless its row says that it is hidden, or the day's `status` that it is not published or not
    counted."""
    period = public_period_of(call.query)
    table = as_csv(read_days(period, publications=publications()), places(), _licence())
    if len(table) > _MOST_CSV:
        raise PeriodTooLong(most=len(period.days) // 2)
    name = f'attachment; filename="tay-ninh-{period.first}-{period.last}.csv"'
    kind = "text/csv; charset=utf-8; header=present"
    return cached(Answer(table, {"Content-Disposition": name}, kind), _FRESH_FOR)


@_read(
    "/v1/public/statistics/{family}/plot.svg",
    summary="Published figures as a picture",
    content_type="image/svg+xml",
    errors=(FamilyUnknown, *PERIOD_ERRORS, ServiceUnavailable),
    parameters=(FAMILY,),
)
def get_public_plot(call: Call[None, PublicPeriodQuery]) -> Answer[str]:
    """A panel for each series, with a bar for each day; for a histogram, a bar for each bucket of the last published
    day. It loads nothing, so a page or a newspaper can embed it."""
    family = readings.family_of(call.path["family"])
    period = public_period_of(call.query)
    days = read_days(period, publications=publications())
    own = {each.series: each for each in reversed(TABLES) if each.family is family}
    panels = [Panel(titles_of(family, each.series)["title"], _bars(each, days)) for each in reversed(own.values())]
    picture = as_svg(title_of_family(family), f"{period.first} – {period.last} · {_licence()}", panels)
    return cached(Answer(picture, content_type="image/svg+xml"), _FRESH_FOR)


@_read("/v1/public/bulletins", summary="Bulletins", errors=(*PERIOD_ERRORS, ServiceUnavailable))
def list_public_bulletins(call: Call[None, PublicPeriodQuery]) -> Answer[PublicBulletins]:
    """The bulletins of some days: a week by default, 31 at most."""
    found = bulletins.released_in(public_period_of(call.query).days, publications=publications())
    shown = [
        BulletinLink(
            day=each.day,
            number=each.number,
            title=each.title,
            released_at=at,
            link=each.link,
        )
        for each in found
        if (at := each.released_at) is not None
    ]
    return cached(Answer(PublicBulletins(bulletins=shown)), _FRESH_FOR)


@_read(
    "/v1/public/bulletins/{day}/{number}",
    summary="A bulletin",
    errors=(BulletinUnknown, ServiceUnavailable),
    parameters=(_DAY, _NUMBER),
)
def get_bulletin(call: Call) -> Answer[PublicBulletin]:
    """A bulletin as it was published, for ever, and what later bulletins changed of its figures."""
    try:
        day, number = date.fromisoformat(call.path["day"]), int(call.path["number"])
    except ValueError:
        raise BulletinUnknown from None
    if (str(day), str(number)) != (call.path["day"], call.path["number"]):
        raise BulletinUnknown  # another way to write it, as 20210722 or +1: a bulletin has one URL
    found = bulletins.read_bulletin(day, number, publications=publications())
    bulletin = found.bulletin
    assert bulletin.released_at is not None  # it is public
    shape = PublicBulletin(
        day=bulletin.day,
        number=bulletin.number,
        released_at=bulletin.released_at,
        licence=_licence(),
        title=bulletin.title,
        text=bulletin.text,
        tables=bulletin.tables,
        changes=bulletin.changes,
        later_changes=list(found.later_changes),
    )
    return cached(Answer(shape), _FRESH_FOR)


def _licence() -> str:
    return province(settings().province).figures_licence


def _definition(table: PublicTable) -> TableDefinition:
    texts = titles_of(table.family, table.series)
    return TableDefinition(
        table=table.name,
        family=table.family,
        series=table.series,
        by=list(table.by),
        title=Words(**texts["title"]),
        definition=Words(**texts["definition"]),
    )


def _day(day: date, edition: Edition | None) -> DayOfFigures:
    if edition is None:
        return DayOfFigures(day=day, published=False, tables=[], changes=[])
    return DayOfFigures(
        day=day,
        published=True,
        edition=edition.edition,
        published_at=edition.published_at,
        counted_to=edition.counted_to,
        hidden_below=edition.hidden_below,
        list_version=edition.list_version,
        tables=[each for each in edition.tables if each.table in BY_NAME],
        changes=edition.changes,
    )


def _bars(table: PublicTable, days: list[PublicDay]) -> list[Bar]:
    tables = [_table(table, each.edition) for each in days]
    if table.by[-1:] and table.by[-1] in _HISTOGRAMS:
        newest = next((each for each in reversed(tables) if each is not None and each.total is not None), None)
        return [Bar(f"≥{edge}", _count(newest, str(edge))) for edge in SERIES[table.family, table.series].edges]
    return [
        Bar(f"{day.day:%d/%m}", None if each is None else each.total) for day, each in zip(days, tables, strict=True)
    ]


def _table(table: PublicTable, edition: Edition | None) -> PublishedTable | None:
    return next((each for each in edition.tables if each.table == table.name), None) if edition else None


def _count(table: PublishedTable | None, key: str) -> int | None:
    if table is None or table.all_hidden:
        return None
    return next((each.count for each in table.cells if each.cell == [key]), 0)
