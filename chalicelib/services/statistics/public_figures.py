"""Read what is published, for everyone."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from chalicelib.data import words
from chalicelib.models.statistics.figures import Family
from chalicelib.models.statistics.periods import Period
from chalicelib.models.statistics.places import Places
from chalicelib.models.statistics.public_tables import BY_NAME
from chalicelib.models.statistics.publications import Edition
from chalicelib.services.parallel import in_parallel
from chalicelib.services.spreadsheets import as_table
from chalicelib.services.statistics.publication_ports import Publications

_COLUMNS = (
    "day",
    "status",
    "edition",
    "family",
    "series",
    "divided_by",
    "cell",
    "name",
    "count",
    "hidden",
    "definition",
    "licence",
)


class PublicDay(NamedTuple):
    """A day; without an edition, it is not published."""

    day: date
    edition: Edition | None


def read_days(period: Period, *, publications: Publications) -> list[PublicDay]:
    """The newest edition of each day: a query for each day, side by side."""
    editions = in_parallel(publications.newest, period.days)
    return [PublicDay(day, each) for day, each in zip(period.days, editions, strict=True)]


def titles_of(family: Family, series: str) -> dict[str, Any]:
    """The `title` and `definition` of a series, each by language."""
    texts: dict[str, Any] = words("statistics")["series"][family][series]
    return texts


def as_csv(days: Sequence[PublicDay], places: Places, licence: str) -> str:
    """A row for each count that is not 0 or is hidden, and one for each total, for spreadsheets.

    The rows of totals alone have definition and licence: these are two thirds of a table that has them in each row, and
    a month would not fit into an answer.
    """
    return as_table(_COLUMNS, (row for each in days for row in _rows(each, places, licence)))


def _rows(day: PublicDay, places: Places, licence: str) -> Iterator[Sequence[Any]]:
    if day.edition is None:
        yield day.day, "not_published", *(None for _ in _COLUMNS[2:-1]), licence
        return
    for each in day.edition.tables:
        table = BY_NAME.get(each.table)
        if table is None:
            continue  # a table that is not published any more
        head = (day.day, each.coverage, day.edition.edition, table.family, table.series)
        tail = (titles_of(table.family, table.series)["definition"]["vi"], licence)
        yield *head, None, None, None, each.total, None, *tail
        by = "|".join(table.by)
        if each.all_hidden:
            yield *head, by, "*", None, None, "true", None, None
        for cell in each.cells:
            hidden = "true" if cell.hidden else None
            yield *head, by, "|".join(cell.cell), _name(cell.cell, places), cell.count, hidden, None, None


def _name(cell: Sequence[str], places: Places) -> str | None:
    """The name of the smallest unit or of the gate."""
    return places.names.get(cell[-1]) or places.gates.get(cell[0])
