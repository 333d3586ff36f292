"""Figures in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock

from chalicelib.models.statistics.figures import Counted, Covered, Family, Figure, Reading, total
from chalicelib.models.statistics.series import SERIES


@dataclass
class Figures:
    counted: list[Figure] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    since: dict[tuple[Family, str], datetime] = field(default_factory=dict)
    to: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def append(self, batch: Sequence[Counted]) -> int:
        number = 0
        with self._lock:
            for each in batch:
                self.to = each.known_at if self.to is None else max(self.to, each.known_at)
                if each.id not in self.seen:
                    self.seen.add(each.id)
                    self.counted = total([*self.counted, *each.increments])
                    number += 1
        return number

    def start(self, now: datetime) -> None:
        for key in SERIES:
            self.since.setdefault(key, now)

    def cells(self, family: Family, days: Sequence[date]) -> list[Figure]:
        return [each for each in self.counted if each.family is family and each.day in days]

    def covered(self) -> Covered:
        since: dict[str, dict[str, datetime]] = {}
        for (family, name), at in self.since.items():
            since.setdefault(family, {})[name] = at
        return Covered(since, self.to)

    def read(self, family: Family, days: Sequence[date]) -> Reading:
        return self.covered().reading(family, self.cells(family, days))
