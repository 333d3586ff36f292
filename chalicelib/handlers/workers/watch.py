"""Watch: the events of the stays queue. An event of a pass begins or ends its stay; a change becomes a message."""

import json
from typing import Any

from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import handle_each
from chalicelib.handlers.workers.sending import STOPS_AT, clock_of, give_back, send_notices
from chalicelib.models.entry.events import EntryEvent
from chalicelib.models.permits.events import PermitEvent, PermitEventKind
from chalicelib.models.stays.events import StayEvent, StayEventKind
from chalicelib.services.stays import admissions
from chalicelib.services.stays.notices import notices_of_change
from chalicelib.wiring.stays import notice_sources, register

_OUR_KINDS = frozenset(StayEventKind)
_OF_PERMITS = frozenset(PermitEventKind)


def watch(batch: SQSEvent) -> dict[str, Any]:
    """Handle as many events as time allows; the others return to the queue."""
    time_left = clock_of(batch)

    def handle(body: str) -> None:
        kind = json.loads(body)["kind"]
        if kind in _OF_PERMITS:
            _watch_permit(PermitEvent.from_stored(body))
        elif kind in _OUR_KINDS:
            change = StayEvent.from_stored(body).change
            send_notices(notices_of_change(change, sources=notice_sources()), body=body, time_left=time_left)
        else:
            admissions.watch(EntryEvent.from_stored(body).code, register=register())

    return handle_each(batch, "watch", handle, stops_at=STOPS_AT, give_back=give_back)


def _watch_permit(event: PermitEvent) -> None:
    from chalicelib.services.stays.permits import watch_permit  # most events are about passes
    from chalicelib.wiring.stays import permit_register

    watch_permit(event.code, register=permit_register())
