"""Figures: how many facts of a civil day fell into a cell.

A figure holds nobody: its cell is made of gates, hours, communes, decisions and the like; never of a code, a hash or a
text that somebody wrote.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Self

from chalicelib.models.enums import StrEnum

SEPARATOR = "|"
"""Between the parts of a counter's name."""


class Family(StrEnum):
    """Figures that are stored and read together: those of one day and one family are one query."""

    GATES = "gates"
    WAITS = "waits"
    """Minutes at gates. They have many cells, so they are apart from the others of the gates."""
    COMMUNES = "communes"
    MESSAGES = "messages"
    STAYS = "stays"
    CASES = "cases"
    PERMITS = "permits"
    LOOKS = "looks"
    CHECKS = "checks"


class Figure(NamedTuple):
    """The count of a cell. As an increment, `count` is what is added; it is negative where a correction subtracts."""

    day: date
    """The civil day of the province on which it happened."""
    family: Family
    series: str
    """A name of `series.SERIES`."""
    cell: tuple[str, ...]
    """One part for each of the series' `parts`, in their order."""
    count: int  # type: ignore[assignment]  # it hides a method of tuples, which nobody calls

    @property
    def counter(self) -> str:
        """The name of its counter within its day and family: `crossings_in|an-hoa|14|admit`."""
        return SEPARATOR.join((self.series, *self.cell))

    @classmethod
    def of_counter(cls, day: date, family: Family, counter: str, count: int) -> Self:
        """The figure of a counter with this name."""
        series, *cell = counter.split(SEPARATOR)
        return cls(day, family, series, tuple(cell), count)


class Counted(NamedTuple):
    """A fact as it is counted: once, by its identity."""

    id: str
    """The fact's identity. It is stored as a digest, and leaves when no queue can deliver the fact again."""
    increments: Sequence[Figure]
    known_at: datetime
    """When the fact became known here: when the server recorded or received it."""


class Covered(NamedTuple):
    """What all figures cover."""

    since: Mapping[str, Mapping[str, datetime]]
    """By family: since when each series is counted, by its name. A series that was never counted is missing."""
    counted_to: datetime | None
    """When the latest counted fact became known. None: nothing is counted yet."""

    def reading(self, family: Family, figures: Sequence[Figure]) -> "Reading":
        return Reading(figures, self.since.get(family, {}), self.counted_to)


class Reading(NamedTuple):
    """The figures of a family, and what they cover."""

    figures: Sequence[Figure]
    """Each cell of each day once. Those of zero are left out."""
    since: Mapping[str, datetime]
    """Since when each series is counted, by its name; a series that was never counted is missing. What happened before
    is not counted: that is not zero."""
    counted_to: datetime | None
    """When the latest counted fact became known. None: nothing is counted yet."""


def total(figures: Iterable[Figure]) -> list[Figure]:
    """One figure for each cell, the sum of all of the same one. Those of zero are left out."""
    sums: dict[tuple[date, Family, str, tuple[str, ...]], int] = {}
    for day, family, series, cell, count in figures:
        key = (day, family, series, cell)
        sums[key] = sums.get(key, 0) + count
    return [Figure(*key, count) for key, count in sums.items() if count]
