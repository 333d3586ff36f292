"""Notify: the messages queue's events become messages."""

import json
from typing import Any

from chalice.app import SQSEvent

from chalicelib import wiring
from chalicelib.data import read_text
from chalicelib.handlers.workers.batches import handle_each
from chalicelib.models.entry.events import EntryEvent
from chalicelib.models.people.province import province
from chalicelib.observability import count
from chalicelib.services.messaging import deliveries
from chalicelib.settings import needed, settings
from chalicelib.wiring import messaging
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import references


def notify(batch: SQSEvent) -> dict[str, Any]:
    """Send the messages of each event."""
    return handle_each(batch, "notify", _notify)


def _notify(body: str) -> None:
    name = settings().province
    outcomes = deliveries.notify(
        EntryEvent.model_validate_json(body),
        entries=entries(),
        messages=messaging.messages(),
        references=references(),
        send_sms=messaging.send_sms,
        texts=json.loads(read_text("provinces", name, "messages.json")),
        link=needed("public_url") + "/v1/passes/{code}/qr.png",
        hotline=province(name).hotline,
        time_zone=province(name).time_zone,
        retention=settings().declaration_retention,
        clock=wiring.clock,
    )
    for outcome in outcomes:
        count(f"Message_{outcome}")
