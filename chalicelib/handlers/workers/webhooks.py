"""Webhooks: the events of the webhooks queue become deliveries, and deliveries are handed to partners."""

import json
from typing import Any

from chalice.app import SQSEvent

from chalicelib import wiring
from chalicelib.handlers.workers.batches import handle_in_parallel
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEvent
from chalicelib.models.partners.events import PartnerEvent, PartnerEventKind, Turn
from chalicelib.services.partners import sandboxes
from chalicelib.services.partners.announcements import announce, expire
from chalicelib.services.partners.deliveries import attempt
from chalicelib.settings import settings
from chalicelib.wiring.entry import entries
from chalicelib.wiring.partners import announcer, courier, send_later

_OUR_KINDS = frozenset(PartnerEventKind)


def deliver_webhooks(batch: SQSEvent) -> dict[str, Any]:
    """Handle all events of a batch in parallel: a slow endpoint delays only its own batch."""
    # Built before there are threads.
    announcer()
    courier()
    return handle_in_parallel(batch, "deliver_webhooks", _handle)


def _handle(body: str) -> str | None:
    """Gives the metric that counts what was done, if there is one."""
    if json.loads(body)["kind"] not in _OUR_KINDS:
        event = EntryEvent.from_stored(body)
        announce(event, announcer=announcer())
        if settings().sandbox:
            sandboxes.begin(event, find_record=entries().find, send_later=send_later)
        return None
    asked = PartnerEvent.from_stored(body)
    match asked.kind:
        case PartnerEventKind.EXPIRY_DUE:
            expire(Code.parse(asked.subject), announcer=announcer())
        case PartnerEventKind.ATTEMPT_DUE | PartnerEventKind.REPLAY_ASKED:
            outcome = attempt(Turn.parse(asked.subject), asked.kind, courier=courier())
            return None if outcome is None else f"Webhook_{outcome}"
        case PartnerEventKind.FATE_DUE:
            if settings().sandbox:
                sandboxes.fulfil(Code.parse(asked.subject), entries=entries(), clock=wiring.clock)
    return None
