"""What cases need from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.models.cases.cases import Case, CaseEnd, ContactOf
from chalicelib.models.cases.contacts import Edge
from chalicelib.models.cases.tellings import Telling, Told
from chalicelib.models.cases.works import OpenWork, Work
from chalicelib.models.events import Event
from chalicelib.models.tracing.exposures import Exposure
from chalicelib.models.tracing.markers import Marker

OtherNumbers = Callable[[str], Sequence[str]]
"""Keyed hashes of a person's other numbers, by that of one."""

Send = Callable[[Sequence[Event]], None]
"""Put events into the queue of cases: all of them, or an error."""


class Places(Protocol):
    """Where exposures are found, and where cases leave markers."""

    def put(self, marker: Marker, keep_until: datetime) -> None:
        """Leave a marker. The same one again changes nothing."""

    def delete(self, keys: Sequence[tuple[str, str]]) -> None:
        """Take markers away, by place and key."""

    def exposures_at(self, place: str, since: datetime, until: datetime) -> Sequence[Exposure]:
        """All exposures there in these whole seconds, both included: those of this very moment, too."""


class Cases(Protocol):
    """Cases and what stands beside them, append-only."""

    def open(self, case: Case, again_from: datetime) -> str | None:
        """Store it in one transaction. If one of its persons has a case that bars another, nothing is written, and its
        code is returned. This one bars others until `again_from`."""

    def find(self, code: str) -> tuple[Case, CaseEnd | None] | None:
        """A case, and its end if it has ended."""

    def end(self, case: Case, end: CaseEnd) -> CaseEnd | None:
        """Store it in one write. If it has ended, nothing is written, and that end is returned."""

    def listed(self, month: datetime, before: str | None, limit: int) -> list[str]:
        """The cases that were opened in a month (UTC), the latest first, after the one that `before` names: names that
        end with `#<code>`."""

    def append_edge(self, case: Case, edge: Edge) -> bool:
        """Store it in one write, unless it is there. Whether it was not."""

    def edges(self, code: str) -> Sequence[Edge]:
        """All that were stored."""

    def append_same(self, case: Case, one: str, other: str) -> None:
        """Store that two numbers are one person's."""

    def same(self, code: str) -> Sequence[tuple[str, str]]:
        """All such pairs of a case."""

    def searched_since(self, code: str, persons: Iterable[str], hops: Iterable[int]) -> dict[str, datetime]:
        """Of those persons whose exposures were searched in one of these hops: since when, at the earliest."""

    def searched(self, case: Case, hop: int, person: str, since: datetime) -> None:
        """Store that a search is done. An earlier `since` on record stays."""

    def append_mark(self, case: Case, marker: Marker) -> None:
        """Store that a marker is there, or will be."""

    def marks(self, code: str) -> Iterator[tuple[str, str]]:
        """Place and key of each."""

    def delete_marks(self, code: str, marks: Sequence[tuple[str, str]]) -> None: ...

    def works(self, code: str) -> dict[str, list[Work]]:
        """The facts about the contacts of a case, by person, in their order."""

    def append_work(
        self, case: Case, person: str, number: int, work: Work, before: OpenWork | None, after: OpenWork | None
    ) -> bool:
        """Store a fact with its number, and change the officers' lists from one entry to another, in one transaction.
        False, and nothing is written, if the number is taken."""

    def find_telling(self, code: str, wave: str) -> Telling | None:
        """Whom the request chose that makes this wave, if it has come before."""

    def append_telling(self, case: Case, telling: Telling) -> Telling | None:
        """Store it in one write. If that of its wave is there, nothing is written, and that one is returned."""

    def append_told(self, case: Case, person: str, told: Told, instead_of: Told | None) -> Told | None:
        """Store that a wave took a person, in one write: if none did, or if `instead_of` is what is there. Otherwise
        nothing is written, and what is there is returned."""

    def told(self, code: str) -> Mapping[str, Told]:
        """Which wave took whom, by person."""

    def contact_of(self, persons: Sequence[str], until: datetime) -> Sequence[ContactOf]:
        """The cases in which one with these numbers was found until a moment; by the fewest hops of each, by hop."""

    def count_opened(self, month: datetime) -> tuple[int, int]:
        """How many cases were opened in a month (UTC), and how many of them were known contacts."""

    def open_work(self, officer: str, after: str | None, limit: int) -> Sequence[OpenWork]:
        """What an officer has to do, by due day, after the entry with this key."""
