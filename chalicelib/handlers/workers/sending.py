"""Code shared by workers that send messages."""

from collections.abc import Callable, Iterable, Sequence
from random import uniform
from typing import Any, cast

from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import Returned
from chalicelib.models.messaging.messages import DeliveryOutcome, OutOfTime, RequestRejected, Throttled
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.trails import trail_of
from chalicelib.observability import count, note, note_each
from chalicelib.services.messaging.deliveries import deliver_all
from chalicelib.services.messaging.returns import seconds_hidden
from chalicelib.wiring.messaging import sender
from chalicelib.wiring.queues import hide, to_dead_letters

STOPS_AT = (OutOfTime, Throttled)
"""After these errors the next messages of a batch could not be sent either: they return to the queue."""


def clock_of(batch: SQSEvent) -> Callable[[], float]:
    """Returns the seconds left in a worker's invocation."""
    # Chalice types it as a dict, but it is Lambda's context object.
    context = cast("Any", batch.context)

    def time_left() -> float:
        milliseconds: int = context.get_remaining_time_in_millis()
        return milliseconds / 1000

    return time_left


def send_notices(notices: Iterable[Notice], *, body: str, time_left: Callable[[], float]) -> None:
    """Send the notices of the event with this body.

    An event with a message that a provider rejects goes to the dead letters at once: another attempt would not help.
    """
    try:
        deliver_all(notices, sender=sender(time_left=time_left), report=_report)
    except RequestRejected as rejected:
        # Its text is the provider's code.
        note(rejected=str(rejected))
        count("Message_rejected")
        to_dead_letters(body)


def give_back(returned: Sequence[Returned]) -> None:
    """Hide events in the worker's queue until they may succeed."""
    hide([(each.receipt_handle, seconds_hidden(each.reason, each.returns, chance=uniform)) for each in returned])


def _report(notice: Notice, outcome: DeliveryOutcome) -> None:
    if trail := trail_of(str(notice.about)):
        note_each(messages=f"{trail} {notice.text_id} {outcome}")
    count(f"Message_{outcome}")
    if outcome is DeliveryOutcome.OVER_BUDGET:
        note(spending="used up")
