"""Notify: the events of two queues become messages, those of declarations apart from the others."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import uniform
from typing import Any, cast

from chalice.app import SQSEvent

from chalicelib import wiring
from chalicelib.handlers.workers.batches import Returned, handle_each
from chalicelib.models.cases.tellings import CONTACT_TOLD
from chalicelib.models.entry.announcements import ANNOUNCED
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.messaging.messages import DeliveryOutcome, OutOfTime, RequestRejected, Throttled
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.waves import WaveEvent, WaveItem, WaveWaits
from chalicelib.observability import count, note
from chalicelib.services.cases.notices import notice_of_contact
from chalicelib.services.entry.announcements import notice_of_announcement
from chalicelib.services.entry.notices import notices_of
from chalicelib.services.entry.verifications import notices_of_verification
from chalicelib.services.messaging.deliveries import deliver_all
from chalicelib.services.messaging.returns import seconds_hidden
from chalicelib.services.messaging.waves import notices_of_wave
from chalicelib.wiring.entry import notice_sources, verifier
from chalicelib.wiring.messaging import messages, sender
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.queues import hide, to_dead_letters
from chalicelib.wiring.waves import known_waves, park


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
        try:
            deliver_all(_notices_of(body), sender=sender(time_left=time_left), report=_report)
        except WaveWaits:
            count("Wave_messages_parked")
            park(WaveEvent.model_validate_json(body))
        except RequestRejected as rejected:
            # Its text is the provider's code.
            note(rejected=str(rejected))
            count("Message_rejected")
            to_dead_letters(body)

    return handle_each(batch, function, send, stops_at=(OutOfTime, Throttled), give_back=_give_back)


def _give_back(returned: Sequence[Returned]) -> None:
    hide([(each.receipt_handle, seconds_hidden(each.reason, each.returns, chance=uniform)) for each in returned])


def _notices_of(body: str) -> Iterable[Notice]:
    return _WRITERS[json.loads(body)["kind"]](body)


def _about_pass(body: str) -> Iterable[Notice]:
    return notices_of(EntryEvent.model_validate_json(body), sources=notice_sources())


def _one_time_code(body: str) -> Iterable[Notice]:
    return notices_of_verification(EntryEvent.model_validate_json(body).code, verifier=verifier())


def _of_wave(write: Callable[[WaveItem], Notice | None]) -> Callable[[str], Iterable[Notice]]:
    def notices(body: str) -> Iterable[Notice]:
        event = WaveEvent.model_validate_json(body)
        return notices_of_wave(
            event, write=write, find_wave=known_waves().find, about=messages().about, clock=wiring.clock
        )

    return notices


def _announcement(item: WaveItem) -> Notice | None:
    return notice_of_announcement(item, sources=notice_sources(), checkpoints=in_force().current().checkpoints)


def _contact(item: WaveItem) -> Notice | None:
    return notice_of_contact(item, sources=notice_sources())


_WRITERS: Mapping[str, Callable[[str], Iterable[Notice]]] = {
    **dict.fromkeys(EntryEventKind, _about_pass),
    EntryEventKind.VERIFICATION_REQUESTED: _one_time_code,
    ANNOUNCED: _of_wave(_announcement),
    CONTACT_TOLD: _of_wave(_contact),
}
"""What writes the notices of an event, from its body, by its kind: a capability that has messages sent adds a line."""


def _report(outcome: DeliveryOutcome) -> None:
    count(f"Message_{outcome}")
    if outcome is DeliveryOutcome.OVER_BUDGET:
        note(spending="used up")
