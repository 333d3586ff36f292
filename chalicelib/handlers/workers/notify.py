"""Notify: the events of two queues become messages, those of declarations apart from the others."""

from typing import Any, cast

from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import handle_each
from chalicelib.models.entry.events import EntryEvent
from chalicelib.models.messaging.messages import DeliveryOutcome, OutOfTime, Throttled
from chalicelib.observability import count, note
from chalicelib.services.entry.notices import notices_of
from chalicelib.services.messaging.deliveries import deliver_all
from chalicelib.wiring.entry import notice_sources
from chalicelib.wiring.messaging import sender


def notify(batch: SQSEvent) -> dict[str, Any]:
    """Send the messages of each event of the messages queue.

    That may be a declaration's, too, queued by the release before this one.
    """
    return _notify(batch, "notify")


def notify_declared(batch: SQSEvent) -> dict[str, Any]:
    """Send the messages of each declaration."""
    return _notify(batch, "notify_declared")


def _notify(batch: SQSEvent, function: str) -> dict[str, Any]:
    """Handle as many events as time allows; the others return to the queue. A worker that is killed may send twice."""
    # Chalice types it as a dict, but it is Lambda's context object.
    context = cast("Any", batch.context)

    def time_left() -> float:
        milliseconds: int = context.get_remaining_time_in_millis()
        return milliseconds / 1000

    def send(body: str) -> None:
        notices = notices_of(EntryEvent.model_validate_json(body), sources=notice_sources())
        deliver_all(notices, sender=sender(time_left=time_left), report=_report)

    return handle_each(batch, function, send, stops_at=(OutOfTime, Throttled))


def _report(outcome: DeliveryOutcome) -> None:
    count(f"Message_{outcome}")
    if outcome is DeliveryOutcome.OVER_BUDGET:
        note(text_budget="used up")
