"""The events of stays. Their queue also has events of entry."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from pydantic import Field

from chalicelib.models.entry.codes import LENGTH, Code
from chalicelib.models.enums import StrEnum
from chalicelib.models.events import Event, Queue


class StayEventKind(StrEnum):
    STAY_CHANGED = "stay_changed"


class StayFactKind(StrEnum):
    """Rows of the `stays` table that are counted. The subject of their events is the pass's code."""

    STAY_OPENED = "stay_opened"
    ARRIVAL_FOUND = "arrival_found"
    STAY_CHANGED = "stay_changed"
    REPORT_SENT = "report_sent"


RECEIVED_BY: Mapping[Queue, frozenset[StayEventKind]] = {Queue.STAYS: frozenset(StayEventKind)}


class StayChange(NamedTuple):
    """A change of a stay, by its number."""

    code: Code
    number: int


class StayEvent(Event):
    """`subject` is the code of the pass and the number of the change."""

    kind: StayEventKind
    subject: str = Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{16}[.][0-9]{3}$")

    @classmethod
    def about(cls, change: StayChange) -> Self:
        return cls(kind=StayEventKind.STAY_CHANGED, subject=f"{change.code}.{change.number:03d}")

    @property
    def change(self) -> StayChange:
        return StayChange(Code.parse(self.subject[:LENGTH]), int(self.subject[LENGTH + 1 :]))
