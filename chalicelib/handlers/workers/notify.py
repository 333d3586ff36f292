"""Notify: the events of two queues become messages, those of declarations apart from the others."""

from typing import Any

from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import handle_each
from chalicelib.models.entry.events import EntryEvent
from chalicelib.models.messaging.messages import DeliveryOutcome
from chalicelib.observability import count, note
from chalicelib.services.entry.notices import notices_of
from chalicelib.services.messaging.deliveries import deliver_all
from chalicelib.wiring.entry import notice_sources
from chalicelib.wiring.messaging import sender


def notify(batch: SQSEvent) -> dict[str, Any]:
    """Send the messages of each event of the messages queue.

    That may be a declaration's, too, queued by the release before this one.
    """
    return handle_each(batch, "notify", _notify)


def notify_declared(batch: SQSEvent) -> dict[str, Any]:
    """Send the messages of each declaration."""
    return handle_each(batch, "notify_declared", _notify)


def _notify(body: str) -> None:
    notices = notices_of(EntryEvent.model_validate_json(body), sources=notice_sources())
    deliver_all(notices, sender=sender(), report=_report)


def _report(outcome: DeliveryOutcome) -> None:
    count(f"Message_{outcome}")
    if outcome is DeliveryOutcome.OVER_BUDGET:
        note(text_budget="used up")
