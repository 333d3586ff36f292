"""What is published: the figures of a day in editions, and bulletins. Both are kept for ever as they were published."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from chalicelib.models.records import Record
from chalicelib.models.statistics.hiding import Node, hidden, paths
from chalicelib.models.statistics.periods import Coverage

MORNING, EVENING = 1, 2
"""Numbers of a day's bulletins: at 6:00 and at 18:00."""


class PublishedCell(Record):
    """A count, or that it is hidden."""

    cell: list[str]
    """From the largest unit to the smallest."""
    count: int | None = None
    """Left out if it is hidden."""
    hidden: bool = False
    """Whether the count is small, or another small one could be worked out from it."""


class PublishedTable(Record):
    """A table of a day."""

    table: str
    """Its name."""
    coverage: Coverage
    """Whether the day was counted."""
    total: int | None = None
    """Of the province. Left out if the day was not counted."""
    cells: list[PublishedCell] = []
    """A cell that is not listed is 0, unless `all_hidden`."""
    late: int = 0
    """How much of the total became known after the cells had been published: they do not have it."""
    all_hidden: bool = False
    """Whether all cells are hidden, those of 0, too: the total is small."""


class FigureChange(Record):
    """A published total of the province that changed."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    day: date
    """The day that it is of."""
    table: str
    """The table's name."""
    from_: Annotated[int, Field(alias="from")]
    """What had been published."""
    to: int
    """What is published now."""


class Edition(Record):
    """The figures of a day, as they were published together."""

    day: date
    edition: int
    """1 for the first one of the day."""
    published_at: AwareDatetime | None = None
    """None in a draft."""
    counted_to: AwareDatetime | None = None
    """When the latest fact in it became known."""
    hidden_below: int
    """Counts from 1 to one less are hidden."""
    list_version: str
    """The list that districts and communes are of."""
    tables: list[PublishedTable]
    changes: list[FigureChange] = []
    """Against the edition before."""


class EditionChanges(Record):
    """What an edition changed, beside the edition: it is small."""

    published_at: AwareDatetime
    """When the edition was released."""
    changes: list[FigureChange]


class BulletinTable(Record):
    """A table of a bulletin, for people."""

    title: str
    """What it is about."""
    columns: list[str]
    """Their names; the first one is that of the rows."""
    rows: list[list[str]]
    """A text for each column. `*` is a count that is hidden, `…` one that is not known."""


class Bulletin(Record):
    """A bulletin in Vietnamese."""

    day: date
    number: int
    """1 at 6:00, 2 at 18:00."""
    title: str
    text: list[str]
    """Paragraphs."""
    tables: list[BulletinTable]
    changes: list[FigureChange] = []
    """Of earlier days, that it made public."""
    draft: str
    """The id of the draft that it was."""
    drafted_at: AwareDatetime
    drafted_by: str
    """The subject of the member of staff."""
    released_at: AwareDatetime | None = None
    """None in a draft."""
    released_by: str | None = None

    @property
    def link(self) -> str:
        """The path at which everyone can read it, once it is released."""
        return f"/v1/public/bulletins/{self.day}/{self.number}"


class Draft(Record):
    """A bulletin before it is released, and the figures that it will publish."""

    bulletin: Bulletin
    editions: list[Edition]

    def released(self, by: str, at: datetime) -> "Draft":
        """The same, as it is published."""
        return Draft(
            bulletin=self.bulletin.model_copy(update={"released_by": by, "released_at": at}),
            editions=[each.model_copy(update={"published_at": at}) for each in self.editions],
        )


def published(name: str, root: Node, covered: Coverage, *, below: int) -> PublishedTable:
    """A table as the public sees it."""
    if covered is Coverage.NOT_COUNTED:
        return PublishedTable(table=name, coverage=covered)
    nodes = dict(paths(root))
    hide = hidden(root, below=below)
    all_hidden = len(nodes) > 1 and len(hide) == len(nodes) - 1
    cells = [
        PublishedCell(cell=list(path), hidden=True) if path in hide else PublishedCell(cell=list(path), count=node.size)
        for path, node in nodes.items()
        if path and not all_hidden and (path in hide or node.size)
    ]
    return PublishedTable(table=name, coverage=covered, total=root.size, cells=cells, all_hidden=all_hidden)


def published_again(before: PublishedTable, root: Node) -> PublishedTable:
    """The table with a new total. Its cells stay: their differences would be small, and tell of few people."""
    if before.total is None:
        return before
    first = before.total - before.late
    return before.model_copy(update={"total": root.size, "late": root.size - first})
