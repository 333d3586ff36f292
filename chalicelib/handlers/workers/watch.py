"""Watch: the events of the stays queue. What happened to a pass begins or ends its stay; a change becomes a message."""

import json
from typing import Any, cast

from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import handle_each
from chalicelib.models.entry.events import EntryEvent
from chalicelib.models.messaging.messages import DeliveryOutcome, OutOfTime, Throttled
from chalicelib.models.stays.events import StayEvent, StayEventKind
from chalicelib.observability import count, note
from chalicelib.services.messaging.deliveries import deliver_all
from chalicelib.services.stays import admissions
from chalicelib.services.stays.notices import notices_of_change
from chalicelib.wiring.messaging import sender
from chalicelib.wiring.stays import notice_sources, register

_OUR_KINDS = frozenset(StayEventKind)


def watch(batch: SQSEvent) -> dict[str, Any]:
    """Handle as many events as time allows; the others return to the queue."""
    # Chalice types it as a dict, but it is Lambda's context object.
    context = cast("Any", batch.context)

    def time_left() -> float:
        milliseconds: int = context.get_remaining_time_in_millis()
        return milliseconds / 1000

    def handle(body: str) -> None:
        if json.loads(body)["kind"] in _OUR_KINDS:
            change = StayEvent.model_validate_json(body).change
            notices = notices_of_change(change, sources=notice_sources())
            deliver_all(notices, sender=sender(time_left=time_left), report=_report)
        else:
            admissions.watch(EntryEvent.model_validate_json(body).code, register=register())

    return handle_each(batch, "watch", handle, stops_at=(OutOfTime, Throttled))


def _report(outcome: DeliveryOutcome) -> None:
    count(f"Message_{outcome}")
    if outcome is DeliveryOutcome.OVER_BUDGET:
        note(text_budget="used up")
