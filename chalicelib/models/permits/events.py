"""The events of permits. They are sent before the write that they are about, and are read after it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field

from chalicelib.models.entry.codes import LENGTH, Code
from chalicelib.models.events import Event, Queue


class PermitEventKind(StrEnum):
    PERMIT_CROSSED = "permit_crossed"


class PermitFactKind(StrEnum):
    """Rows of the `permits` table that are counted. The subject of their events is the permit's code."""

    PERMIT_ASKED = "permit_asked"
    PERMIT_DECIDED = "permit_decided"
    PERMIT_REVOKED = "permit_revoked"
    PERMIT_CROSSED = "permit_crossed"


RECEIVED_BY: Mapping[Queue, frozenset[PermitEventKind]] = {Queue.TRACING: frozenset(PermitEventKind)}


class PermitEvent(Event):
    """`subject` is the code of the permit and the name of the crossing: its minute and direction."""

    kind: PermitEventKind
    subject: str = Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{16}[.][0-9T:-]{16}Z#(?:in|out)$")

    @classmethod
    def crossed(cls, code: Code, name: str) -> Self:
        return cls(kind=PermitEventKind.PERMIT_CROSSED, subject=f"{code}.{name}")

    @property
    def code(self) -> Code:
        return Code.parse(self.subject[:LENGTH])

    @property
    def crossing(self) -> str:
        """The name of the crossing."""
        return self.subject[LENGTH + 1 :]
