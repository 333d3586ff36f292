"""Notify: the events of two queues become messages, those of declarations apart from the others."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chalice.app import SQSEvent

from chalicelib import wiring
from chalicelib.handlers.workers.batches import handle_each
from chalicelib.handlers.workers.sending import STOPS_AT, clock_of, give_back, send_notices
from chalicelib.models.cases.tellings import CONTACT_TOLD
from chalicelib.models.entry.announcements import ANNOUNCED
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.reminders import DRAFT_DUE, DraftDue
from chalicelib.models.events import Event
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.waves import WaveEvent, WaveItem, WaveWaits
from chalicelib.models.partners.events import MANIFEST_KEPT
from chalicelib.models.permits.events import PermitEvent, PermitEventKind
from chalicelib.observability import count
from chalicelib.services.cases.notices import notice_of_contact
from chalicelib.services.entry.announcements import notice_of_announcement
from chalicelib.services.entry.notices import notices_of
from chalicelib.services.entry.verifications import notices_of_verification
from chalicelib.services.messaging.wave_steps import notices_of_wave
from chalicelib.wiring.entry import notice_sources, verifier
from chalicelib.wiring.messaging import messages
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.waves import known_waves, park

if TYPE_CHECKING:
    from chalicelib.models.permits.permits import PermitRecord


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
    time_left = clock_of(batch)

    def send(body: str) -> None:
        try:
            send_notices(_notices_of(body), body=body, time_left=time_left)
        except WaveWaits:
            count("Wave_messages_parked")
            park(WaveEvent.from_stored(body))

    return handle_each(batch, function, send, stops_at=STOPS_AT, give_back=give_back)


def _notices_of(body: str) -> Iterable[Notice]:
    return _WRITERS[json.loads(body)["kind"]](body)


def _about_pass(body: str) -> Iterable[Notice]:
    return notices_of(EntryEvent.from_stored(body), sources=notice_sources())


def _one_time_code(body: str) -> Iterable[Notice]:
    return notices_of_verification(EntryEvent.from_stored(body).code, verifier=verifier())


def _draft_due(body: str) -> Iterable[Notice]:
    from chalicelib.services.entry.reminders import notices_of_draft
    from chalicelib.wiring.entry import reminder_sources

    return notices_of_draft(DraftDue.from_stored(body), sources=reminder_sources())


def _seat_links(body: str) -> Iterable[Notice]:
    from chalicelib.services.partners.seat_links import notices_of_manifest
    from chalicelib.wiring.partners import seat_link_sources

    return notices_of_manifest(Code.parse(Event.from_stored(body).subject), sources=seat_link_sources())


def _of_wave(write: Callable[[WaveItem], Notice | None]) -> Callable[[str], Iterable[Notice]]:
    def notices(body: str) -> Iterable[Notice]:
        event = WaveEvent.from_stored(body)
        return notices_of_wave(
            event, write=write, find_wave=known_waves().find, about=messages().about, clock=wiring.clock
        )

    return notices


def _announcement(item: WaveItem) -> Notice | None:
    return notice_of_announcement(item, sources=notice_sources(), checkpoints=in_force().current().checkpoints)


def _contact(item: WaveItem) -> Notice | None:
    return notice_of_contact(item, sources=notice_sources(), find_permit=_find_permit)


def _find_permit(code: Code) -> "PermitRecord | None":
    from chalicelib.wiring.permits import permits

    return permits().find(code)


def _about_permit(body: str) -> Iterable[Notice]:
    from chalicelib.services.permits.notices import notices_of_permit  # most messages are about passes
    from chalicelib.wiring.permits import permit_notices

    return notices_of_permit(PermitEvent.from_stored(body), sources=permit_notices())


_WRITERS: Mapping[str, Callable[[str], Iterable[Notice]]] = {
    **dict.fromkeys(EntryEventKind, _about_pass),
    EntryEventKind.VERIFICATION_REQUESTED: _one_time_code,
    DRAFT_DUE: _draft_due,
    MANIFEST_KEPT: _seat_links,
    ANNOUNCED: _of_wave(_announcement),
    CONTACT_TOLD: _of_wave(_contact),
    PermitEventKind.PERMIT_GRANTED: _about_permit,
    PermitEventKind.PERMIT_REVOKED: _about_permit,
}
"""The functions that write the notices of an event, by its kind. A capability with messages adds a line."""
