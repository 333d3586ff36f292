"""Events: what happened, as the stream and the queues carry it.

No person's data waits in a queue or a dead-letter queue: an event names what it is about, and its worker reads what is
stored. Each capability has its kinds of events, and beside them a table of the queues that receive them.
"""

from collections.abc import Collection, Mapping, Sequence

from chalicelib.models.enums import StrEnum
from chalicelib.models.records import Record

LONGEST_DELAY = 900
"""Seconds that a message can be delayed (SQS)."""


class Queue(StrEnum):
    """The queues, by name. The setting `<name>_queue_url` has a queue's URL."""

    TRACING = "tracing"
    MESSAGES = "messages"
    DECLARED = "declared"
    """Events of declarations. They have their own queue, so many declarations do not delay other messages."""
    WEBHOOKS = "webhooks"
    WAVES = "waves"
    """The steps of waves, which become events of the queue of messages."""
    CONVERSATIONS = "conversations"
    """Of Zalo's events, as Zalo sent them."""
    CASES = "cases"
    STAYS = "stays"
    COUNTS = "counts"
    """Facts that are to be counted. Its events name the fact's row, too: `models.statistics.events`."""


class RowUnreadable(Exception):
    """A record of the stream that is no row of ours."""


class Event(Record):
    """`subject` is the key of what the event is about, as the code of a pass."""

    kind: str
    subject: str


def by_queue(events: Sequence[Event], received_by: Mapping[Queue, Collection[str]]) -> dict[Queue, list[Event]]:
    """The events that each queue receives, by the kinds that the table has for it."""
    return {queue: [event for event in events if event.kind in kinds] for queue, kinds in received_by.items()}
