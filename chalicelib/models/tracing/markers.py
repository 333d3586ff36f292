"""Markers: an open case leaves one wherever it has searched, so that a fact that comes later finds the case.

A case writes its marker first and reads the exposures then; the worker `trace` writes an exposure first and reads the
markers then. So one of the two always sees the other.
"""

from datetime import datetime

from pydantic import AwareDatetime

from chalicelib.models.events import Event
from chalicelib.models.records import Record
from chalicelib.models.tracing.places import PlaceKind, kind_of

SEARCH_DUE = "search_due"
"""The kind of event that asks for one search, the first one or again."""


class Marker(Record):
    """One search of a case. At a person's place it is for that person's own exposures, elsewhere for others."""

    place: str
    case: str
    hop: int
    """How far the person is from the case, who has 0."""
    person: str
    """Whose keyed hash: the one who was at the place."""
    since: AwareDatetime
    until: AwareDatetime
    """Facts at the place from `since` to this moment matter."""
    at: AwareDatetime | None = None
    """When the person was there. None at a person's place; and in an interview's place, where it was all the time."""
    code: str | None = None
    """The pass of the person's exposure, where there is one."""
    fact: str | None = None
    """What distinguishes the person's exposure from others."""
    follows: bool = True
    """Of a person: whether those near them are searched, too."""

    @property
    def is_of_person(self) -> bool:
        return kind_of(self.place) is PlaceKind.PERSON

    @property
    def key(self) -> str:
        """What distinguishes it from others at its place. The same search has the same key."""
        begins = f"{int(self.since.timestamp())}-{int(self.until.timestamp())}"
        return "#".join([self.case, str(self.hop), self.person, begins, self.fact or "", "" if self.follows else "n"])

    def covers(self, moment: datetime) -> bool:
        return self.since <= moment.replace(microsecond=0) <= self.until


class LateFacts(Record):
    """Which facts came after a place was searched: those of these declarations in this time."""

    since: AwareDatetime
    until: AwareDatetime
    declarations: list[str]


class SearchEvent(Event):
    """`subject` is the case's code."""

    marker: Marker
    late: LateFacts | None = None
    """Search these alone; None for all that is there. With it a thousand late forms at one place cost a thousand
    reasons, and not a million."""

    @classmethod
    def due(cls, marker: Marker, late: LateFacts | None = None) -> "SearchEvent":
        return cls(kind=SEARCH_DUE, subject=marker.case, marker=marker, late=late)
