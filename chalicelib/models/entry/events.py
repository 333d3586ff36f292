"""The events of entry: what happened to declarations and passes, and which queues receive it."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from chalicelib.models.entry.codes import Code
from chalicelib.models.enums import StrEnum
from chalicelib.models.events import Event, Queue


class EntryEventKind(StrEnum):
    DECLARATION_SUBMITTED = "declaration_submitted"
    PHONE_PROVEN = "phone_proven"
    CROSSING_RECORDED = "crossing_recorded"
    CROSSING_CORRECTED = "crossing_corrected"
    CROSSING_CONFLICTED = "crossing_conflicted"
    PASS_REVOKED = "pass_revoked"
    DEPARTURE_RECORDED = "departure_recorded"
    VERIFICATION_REQUESTED = "verification_requested"
    ALIAS_RECORDED = "alias_recorded"
    ARRIVAL_RECORDED = "arrival_recorded"


RECEIVED_BY: Mapping[Queue, frozenset[EntryEventKind]] = {
    Queue.TRACING: frozenset(
        {
            EntryEventKind.DECLARATION_SUBMITTED,
            EntryEventKind.PHONE_PROVEN,
            EntryEventKind.CROSSING_RECORDED,
            EntryEventKind.CROSSING_CONFLICTED,
            EntryEventKind.DEPARTURE_RECORDED,
            EntryEventKind.ALIAS_RECORDED,
        }
    ),
    Queue.MESSAGES: frozenset(
        {
            EntryEventKind.CROSSING_RECORDED,
            EntryEventKind.CROSSING_CORRECTED,
            EntryEventKind.PASS_REVOKED,
            # Its route lets in fewer a second than this queue's workers send: see docs/design/messaging.md.
            EntryEventKind.VERIFICATION_REQUESTED,
        }
    ),
    Queue.DECLARED: frozenset({EntryEventKind.DECLARATION_SUBMITTED}),
    Queue.WEBHOOKS: frozenset(
        {
            EntryEventKind.DECLARATION_SUBMITTED,
            EntryEventKind.CROSSING_RECORDED,
            EntryEventKind.PASS_REVOKED,
        }
    ),
    Queue.STAYS: frozenset(
        {
            EntryEventKind.CROSSING_RECORDED,
            EntryEventKind.CROSSING_CORRECTED,  # also by the settlement of a conflict
            EntryEventKind.PASS_REVOKED,
            EntryEventKind.DEPARTURE_RECORDED,
        }
    ),
}
"""The kinds that each queue receives: a new consumer is a new line, and no worker gets events it does not need."""

COUNTED = frozenset(
    {
        EntryEventKind.DECLARATION_SUBMITTED,
        EntryEventKind.ARRIVAL_RECORDED,
        EntryEventKind.CROSSING_RECORDED,
        EntryEventKind.CROSSING_CORRECTED,
        EntryEventKind.CROSSING_CONFLICTED,
        EntryEventKind.PASS_REVOKED,
        EntryEventKind.DEPARTURE_RECORDED,
    }
)
"""The kinds that the queue of counts receives, each as an event of its own that names the row."""


class EntryEvent(Event):
    """`subject` is a code of 16 characters: the pass's, the traveller's for a declaration, or the verification's."""

    kind: EntryEventKind
    subject: str = Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{16}$")

    @classmethod
    def about(cls, kind: EntryEventKind, code: Code) -> Self:
        return cls(kind=kind, subject=str(code))

    @property
    def code(self) -> Code:
        return Code.parse(self.subject)

    @model_validator(mode="before")
    @classmethod
    def _from_former_release(cls, members: Any) -> Any:
        """Reads `{kind, declaration, person}`, as the release before this one queued events.

        It may go when every stage has run this release for 28 days: a message stays in its queue and its dead-letter
        queue for 14 days, and 14 more after a redrive.
        """
        if isinstance(members, dict) and "declaration" in members:
            code = Code(members["declaration"], members.get("person", 0))
            return {"kind": members.get("kind"), "subject": str(code)}
        return members
