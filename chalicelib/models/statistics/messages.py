"""How messages are counted. Messaging stands below statistics, so its counting is here."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from chalicelib.models.enums import StrEnum
from chalicelib.models.messaging.messages import DeliveryOutcome, DeliveryState, Message
from chalicelib.models.messaging.waves import WAVE_STEP_DUE, WaveFactKind
from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import At, Counter, minutes, one
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted


class MessageFactKind(StrEnum):
    """Rows of the `messages` table that are counted: `subject` is what the notice is about, `fact` its event."""

    MESSAGE_CHANGED = "message_changed"
    """A message was begun, settled, or a receipt came. It comes for each change, and also for what does not count."""


NOT_SENT = "none"
"""In the place of a channel."""


class MessageRecord(NamedTuple):
    """A message, and since when its wave's text was known (`Wave.known_since`)."""

    message: Message
    known_since: datetime | None = None


def _changed(event: CountEvent, record: MessageRecord, zone: tzinfo) -> Sequence[Counted] | None:
    """What the message has reached by now, all for the day of its outcome: the outcome, how long a contact waited for
    it, and that it was delivered and seen. A message that was seen was delivered, whichever receipts came.

    Receipts are not counted as late: many phones are off at night.
    """
    message = record.message
    if message.outcome is None or message.settled_at is None:
        return []  # it is being sent: another change follows
    day, name = At.of(message.settled_at, zone).day, f"message/{event.subject}/{event.fact}"
    channel = NOT_SENT if message.channel is None else message.channel
    reached = [Counted(f"{name}/outcome", [one(day, series.MESSAGES, channel, message.outcome)], message.settled_at)]
    if message.outcome is DeliveryOutcome.SENT and record.known_since is not None:
        hours = minutes(record.known_since, message.settled_at) / 60
        increment = one(day, series.UNTIL_TOLD, series.UNTIL_TOLD.bucket(hours))
        reached.append(Counted(f"{name}/wait", [increment], message.settled_at))
    if message.state is not None and message.state_at is not None:
        reached += [
            Counted(f"{name}/{state}", [one(day, series.RECEIPTS, channel, state)], message.state_at)
            for state in (DeliveryState.DELIVERED, DeliveryState.SEEN)
            if state in (*message.state.earlier, message.state)
        ]
    return reached


COUNTERS: Mapping[str, Counter] = {MessageFactKind.MESSAGE_CHANGED: _changed}

NOT_COUNTED: Mapping[str, str] = dict.fromkeys(
    (*WaveFactKind, WAVE_STEP_DUE), "It is a step of a wave, whose messages are counted."
)


def record_of(event: CountEvent) -> str:
    return f"message/{event.subject}/{event.fact}"
