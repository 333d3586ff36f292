"""What the services of stays need from outside."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Protocol

from chalicelib.models.entry.codes import Code
from chalicelib.models.people.places import UnitReference
from chalicelib.models.stays.events import StayChange
from chalicelib.models.stays.stays import Fact, ListedStay, Stay, StayRecord

FindRestricted = Callable[[], Collection[Code]]
"""The passes of persons whose data is restricted."""

AnnounceChange = Callable[[StayChange], None]
"""Queue an event about a change, delayed until the change is certainly written or has failed."""


class Stays(Protocol):
    """Stays and their facts, append-only; and the list of each commune, which is derived from them."""

    def find(self, code: Code) -> StayRecord | None:
        """All that is on record about the stay of a pass, in one query."""

    def open(self, stay: Stay) -> bool:
        """Store a stay and list it, in one transaction. False if the pass has a stay."""

    def append(self, record: StayRecord, fact: Fact) -> bool:
        """Append a fact and change the list, in one transaction. False, and nothing is written, if a fact was added
        that the record lacks."""

    def of_commune(self, unit: UnitReference, day: date) -> list[ListedStay]:
        """The stays that a commune expects and that last until this day or longer, in one query."""
