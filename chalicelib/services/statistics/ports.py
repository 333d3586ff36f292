"""What counting and reading figures need from outside."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from chalicelib.models.statistics.figures import Counted, Covered, Family, Figure, Reading


class Figures(Protocol):
    """The figures. All methods raise `ServiceUnavailable`."""

    def append(self, batch: Sequence[Counted]) -> int:
        """Count these facts, those that were counted before excepted. Their number, without those.

        The facts of one transaction are counted together with their marks, or not at all. If this fails, some
        transactions may be done: the same batch again counts the rest.
        """

    def start(self, now: datetime) -> None:
        """Record for each series that has no start yet that it is counted from now on."""

    def cells(self, family: Family, days: Sequence[date]) -> Sequence[Figure]:
        """All cells of a family on these days, those of zero left out: a query for each day. Consistent."""

    def covered(self) -> Covered:
        """What the figures cover: one query."""

    def read(self, family: Family, days: Sequence[date]) -> Reading:
        """All cells of a family on these days: a query for each day, and one for what they cover. Consistent."""
