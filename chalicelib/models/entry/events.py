"""What happened: the messages of the queues.

An event names the row of the `entries` table that tells it and nothing else: no person's data waits in a queue or a
dead-letter queue, and a worker always reads what is stored.
"""

from enum import StrEnum
from typing import Self

from pydantic import Field

from chalicelib.models.entry.codes import Code
from chalicelib.models.records import Strict


class RowUnreadable(Exception):
    """A stream record that tells nothing we know."""


class EventKind(StrEnum):
    DECLARATION_SUBMITTED = "declaration_submitted"
    CROSSING_RECORDED = "crossing_recorded"
    CROSSING_CORRECTED = "crossing_corrected"
    CROSSING_CONFLICTED = "crossing_conflicted"
    PASS_REVOKED = "pass_revoked"


class Event(Strict):
    """`declaration` is the first 13 characters of the code, `person` the number of the person it is about."""

    kind: EventKind
    declaration: str = Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{13}$")
    person: int = Field(default=0, ge=0, le=1023)

    @classmethod
    def about(cls, kind: EventKind, code: Code) -> Self:
        return cls(kind=kind, declaration=code.declaration, person=code.person)

    @property
    def code(self) -> Code:
        return Code(self.declaration, self.person)
