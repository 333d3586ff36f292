"""Markers: an open case stores one at each place that it has searched, so that later facts find the case.

A case first writes its marker and then reads the exposures; the worker `trace` first writes an exposure and then reads
the markers. So one of the two always sees the other.
"""

from datetime import datetime

from pydantic import AwareDatetime

from chalicelib.models.events import Event
from chalicelib.models.records import Record
from chalicelib.models.tracing.places import PlaceKind, kind_of

SEARCH_DUE = "search_due"
"""The kind of event that asks for one search, the first or a repeated one."""


class Marker(Record):
    """One search of a case. At a person's place it is for that person's own exposures, elsewhere for others."""

    place: str
    case: str
    hop: int
    """The person's hop; the case has 0."""
    person: str
    """Keyed hash of the person who was at the place."""
    since: AwareDatetime
    until: AwareDatetime
    """Facts at the place from `since` to this moment matter."""
    at: AwareDatetime | None = None
    """When the person was there. None at a person's place, and at a place of the interview, where the person was the
    whole time."""
    code: str | None = None
    """The pass of the person's exposure, where there is one."""
    fact: str | None = None
    """The id of the person's exposure."""
    follows: bool = True
    """At a person's place: whether people near this person are searched, too."""

    @property
    def is_of_person(self) -> bool:
        return kind_of(self.place) is PlaceKind.PERSON

    @property
    def key(self) -> str:
        """Its key among the markers of its place. The same search has the same key."""
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
    """Search only these; None for all that is there. With it a thousand late forms at one place cost a thousand
    reasons, and not a million."""

    @classmethod
    def due(cls, marker: Marker, late: LateFacts | None = None) -> "SearchEvent":
        return cls(kind=SEARCH_DUE, subject=marker.case, marker=marker, late=late)
