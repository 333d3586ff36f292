"""What cases need from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.models.cases.cases import Case, CaseEnd, ContactOf
from chalicelib.models.cases.contacts import Edge, FoundSince
from chalicelib.models.cases.tellings import Telling, Told
from chalicelib.models.cases.works import OpenWork, Work
from chalicelib.models.events import Event
from chalicelib.models.tracing.exposures import Exposure
from chalicelib.models.tracing.markers import Marker

FindCase = Callable[[str], tuple[Case, CaseEnd | None] | None]
"""`Cases.find`."""

OtherNumbers = Callable[[str], Sequence[str]]
"""Keyed hashes of a person's other numbers, by the hash of one number."""

Send = Callable[[Sequence[Event]], None]
"""Put all events into the queue of cases, or raise an error."""


class Places(Protocol):
    """The store of exposures and of cases' markers."""

    def put(self, markers: Sequence[Marker], keep_until: datetime) -> None:
        """Store markers. Repeating it changes nothing. Some may be stored if this fails."""

    def delete(self, keys: Sequence[tuple[str, str]]) -> None:
        """Delete markers, by place and key."""

    def of_case(self, place: str, case: str) -> Sequence[Marker]:
        """The markers at a place where the person of this case was: those of hop 0. It also finds markers written a
        moment ago."""

    def exposures_at(self, place: str, since: datetime, until: datetime) -> Sequence[Exposure]:
        """All exposures there in these whole seconds, both included. It also finds rows written a moment ago."""


class Cases(Protocol):
    """Cases and their facts, append-only."""

    def open(self, case: Case, again_from: datetime) -> str | None:
        """Store a case in one transaction. If one of its numbers has a case that still prevents another, nothing is
        written, and the code of that case is returned. The new case prevents others until `again_from`."""

    def find(self, code: str) -> tuple[Case, CaseEnd | None] | None:
        """A case, and its end if it has ended."""

    def end(self, case: Case, end: CaseEnd) -> CaseEnd | None:
        """Store the end in one write. If the case has ended, nothing is written, and the stored end is returned."""

    def listed(self, month: datetime, before: str | None, limit: int) -> list[str]:
        """The cases that were opened in a month (UTC), the latest first, after the one that `before` names: names that
        end with `#<code>`."""

    def append_edges(self, case: Case, edges: Sequence[tuple[Edge, bool]]) -> int:
        """Store those that do not exist, and return their number. Some may be stored if this fails. The second value of
        each: whether it is an event, which makes the worker search the exposures of the person who was found."""

    def edges(self, code: str) -> Sequence[Edge]:
        """All stored edges."""

    def append_same(self, case: Case, one: str, other: str) -> None:
        """Store that two numbers belong to the same person."""

    def same(self, code: str) -> Sequence[tuple[str, str]]:
        """All such pairs of a case."""

    def found_since(self, code: str, persons: Iterable[str]) -> dict[str, FoundSince]:
        """The persons that were found in hop 1 by a kind that is followed, each with times from which they may have
        infected others. They may be later than the earliest ones."""

    def searched_since(self, code: str, persons: Iterable[str], hops: Iterable[int]) -> dict[str, datetime]:
        """The persons whose exposures were searched in one of these hops, each with the earliest `since`."""

    def searched(self, case: Case, hop: int, person: str, since: datetime) -> None:
        """Store that a search is done. An earlier `since` on record stays."""

    def append_marks(self, case: Case, markers: Sequence[Marker]) -> None:
        """Store that these markers are there, or will be. Some may be stored if this fails."""

    def marks(self, code: str) -> Iterator[tuple[str, str]]:
        """Place and key of each marker."""

    def delete_marks(self, code: str, marks: Sequence[tuple[str, str]]) -> None: ...

    def works(self, code: str) -> dict[str, list[Work]]:
        """The facts about the contacts of a case, by person, in their order."""

    def append_work(
        self, case: Case, person: str, number: int, work: Work, before: OpenWork | None, after: OpenWork | None
    ) -> bool:
        """Store a fact with its number, and change the officers' lists from one entry to another, in one transaction.
        False, and nothing is written, if the number is taken."""

    def find_telling(self, code: str, wave: str) -> Telling | None:
        """The choice of the request that makes this wave; None if it is the first request."""

    def append_telling(self, case: Case, telling: Telling) -> Telling | None:
        """Store a choice in one write. If its wave has one, nothing is written, and the stored choice is returned."""

    def append_told(self, case: Case, person: str, told: Told, instead_of: Told | None) -> Told | None:
        """Store in one write that a wave includes a person, if no wave does, or if the stored row equals `instead_of`.
        Otherwise nothing is written, and the stored row is returned."""

    def told(self, code: str) -> Mapping[str, Told]:
        """The wave that includes each person, by person."""

    def contact_of(self, persons: Sequence[str], until: datetime) -> Sequence[ContactOf]:
        """The cases in which a person with these numbers was found up to a moment, each with the fewest hops, sorted by
        hop."""

    def count_opened(self, month: datetime) -> tuple[int, int]:
        """How many cases were opened in a month (UTC), and how many of them were known contacts."""

    def open_work(self, officer: str, after: str | None, limit: int) -> Sequence[OpenWork]:
        """An officer's open work, by due day, after the entry with this key."""

    def note_officer(self, subject: str) -> None:
        """Remember that this member of staff works on cases, as long as a case is kept that is opened now."""

    def officers(self) -> Sequence[str]:
        """The subjects of those who work on cases."""
