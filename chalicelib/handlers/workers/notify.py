"""Notify: the events of two queues become messages, those of declarations apart from the others."""

from collections.abc import Iterable, Sequence
from random import uniform
from typing import Any, cast

from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import Returned, handle_each
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.messaging.messages import DeliveryOutcome, OutOfTime, RequestRejected, Throttled
from chalicelib.models.messaging.notices import Notice
from chalicelib.observability import count, note
from chalicelib.services.entry.notices import notices_of
from chalicelib.services.entry.verifications import notices_of_verification
from chalicelib.services.messaging.deliveries import deliver_all
from chalicelib.services.messaging.returns import seconds_hidden
from chalicelib.wiring.entry import notice_sources, verifier
from chalicelib.wiring.messaging import sender
from chalicelib.wiring.queues import hide, to_dead_letters


def notify(batch: SQSEvent) -> dict[str, Any]:
    """Send the messages of each event of the messages queue.

    That may be a declaration's, too, queued by the release before this one.
    """
    return _notify(batch, "notify")


def notify_declared(batch: SQSEvent) -> dict[str, Any]:
    """Send the messages of each declaration."""
    return _notify(batch, "notify_declared")


def _notify(batch: SQSEvent, function: str) -> dict[str, Any]:
    """Handle as many events as time allows; the others return to the queue. A worker that is killed may send twice.

    An event with a message that a provider rejects goes to the dead letters at once: no further try helps.
    """
    # Chalice types it as a dict, but it is Lambda's context object.
    context = cast("Any", batch.context)

    def time_left() -> float:
        milliseconds: int = context.get_remaining_time_in_millis()
        return milliseconds / 1000

    def send(body: str) -> None:
        notices = _notices_of(EntryEvent.model_validate_json(body))
        try:
            deliver_all(notices, sender=sender(time_left=time_left), report=_report)
        except RequestRejected as rejected:
            # Its text is the provider's code.
            note(rejected=str(rejected))
            count("Message_rejected")
            to_dead_letters(body)

    return handle_each(batch, function, send, stops_at=(OutOfTime, Throttled), give_back=_give_back)


def _give_back(returned: Sequence[Returned]) -> None:
    hide([(each.receipt_handle, seconds_hidden(each.reason, each.returns, chance=uniform)) for each in returned])


def _notices_of(event: EntryEvent) -> Iterable[Notice]:
    if event.kind is EntryEventKind.VERIFICATION_REQUESTED:
        return notices_of_verification(event.code, verifier=verifier())
    return notices_of(event, sources=notice_sources())


def _report(outcome: DeliveryOutcome) -> None:
    count(f"Message_{outcome}")
    if outcome is DeliveryOutcome.OVER_BUDGET:
        note(spending="used up")
