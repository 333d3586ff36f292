"""The events of permits. They are sent before the write that they are about, and are read after it."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field

from chalicelib.models.entry.codes import LENGTH, Code
from chalicelib.models.enums import StrEnum
from chalicelib.models.events import Event, Queue


class PermitEventKind(StrEnum):
    PERMIT_CROSSED = "permit_crossed"
    PERMIT_CROSSING_CORRECTED = "permit_crossing_corrected"
    PERMIT_STAY = "permit_stay"
    """A crossing that may begin or end a stay: the holder is isolated, or goes out."""
    PERMIT_GRANTED = "permit_granted"
    PERMIT_REVOKED = "permit_revoked"


class PermitFactKind(StrEnum):
    """Rows of the `permits` table that are counted. The subject of their events is the permit's code."""

    PERMIT_ASKED = "permit_asked"
    PERMIT_DECIDED = "permit_decided"
    PERMIT_REVOKED = "permit_revoked"
    PERMIT_CROSSED = "permit_crossed"
    PERMIT_CROSSING_CORRECTED = "permit_crossing_corrected"


RECEIVED_BY: Mapping[Queue, frozenset[PermitEventKind]] = {
    Queue.TRACING: frozenset({PermitEventKind.PERMIT_CROSSED, PermitEventKind.PERMIT_CROSSING_CORRECTED}),
    Queue.STAYS: frozenset({PermitEventKind.PERMIT_STAY, PermitEventKind.PERMIT_CROSSING_CORRECTED}),
    Queue.MESSAGES: frozenset({PermitEventKind.PERMIT_GRANTED, PermitEventKind.PERMIT_REVOKED}),
}


class PermitEvent(Event):
    """`subject` is the code of the permit, and of a crossing its name: the minute and the direction."""

    kind: PermitEventKind
    subject: str = Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{16}(?:[.][0-9T:-]{16}Z#(?:in|out))?$")

    @classmethod
    def about(cls, kind: PermitEventKind, code: Code) -> Self:
        return cls(kind=kind, subject=str(code))

    @classmethod
    def of(cls, kind: PermitEventKind, code: Code, name: str) -> Self:
        return cls(kind=kind, subject=f"{code}.{name}")

    @property
    def code(self) -> Code:
        return Code.parse(self.subject[:LENGTH])

    @property
    def crossing(self) -> str:
        """The name of the crossing."""
        return self.subject[LENGTH + 1 :]
