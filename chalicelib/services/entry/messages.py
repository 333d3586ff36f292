"""Messages sent to the holder of a pass."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from chalicelib.models.entry.events import EntryEventKind
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.enums import StrEnum
from chalicelib.models.messaging.messages import Message
from chalicelib.services.entry.ports import FindMessages


class MessageSubject(StrEnum):
    """The subject of a message, for people."""

    DECLARED = "declared"
    """The pass was issued: its code and its link."""
    ADMITTED = "admitted"
    """The person was let in: what to do next."""
    REVOKED = "revoked"
    """The pass was withdrawn."""
    OTHER = "other"
    """Something else about the pass."""


class PassMessage(NamedTuple):
    """A message about a pass, and its subject."""

    subject: MessageSubject
    message: Message


_SUBJECTS: Mapping[str, MessageSubject] = {
    EntryEventKind.DECLARATION_SUBMITTED: MessageSubject.DECLARED,
    EntryEventKind.CROSSING_RECORDED: MessageSubject.ADMITTED,
    EntryEventKind.PASS_REVOKED: MessageSubject.REVOKED,
}
"""By the events of the notices in `notices`."""


def messages_about(held: HeldPass, *, find: FindMessages) -> list[PassMessage]:
    """The messages about a pass, in the order in which they were sent; those that were not sent, or not yet, are
    last."""
    found = sorted(find(str(held.code)), key=lambda each: each.sent_at or datetime.max.replace(tzinfo=UTC))
    return [PassMessage(_SUBJECTS.get(each.event, MessageSubject.OTHER), each) for each in found]


def without_decision(messages: list[PassMessage]) -> list[PassMessage]:
    """For readers who may not see the decision at the gate: only admitted people get the message about it."""
    return [each for each in messages if each.subject is not MessageSubject.ADMITTED]


def without_others(messages: list[PassMessage]) -> list[PassMessage]:
    """For readers at gates and the hotline: a message days after the gate is about a stay, or tells a contact."""
    return [each for each in messages if each.subject is not MessageSubject.OTHER]
