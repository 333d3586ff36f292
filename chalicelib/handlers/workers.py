"""What runs behind the request: plain functions for the stream and the queues. `app.py` gives them their triggers."""

import json
from collections.abc import Callable
from typing import Any

from chalice.app import DynamoDBEvent, SQSEvent

from chalicelib import wiring
from chalicelib.data import read_text
from chalicelib.models.events import Event
from chalicelib.models.province import province
from chalicelib.observability import failure, note
from chalicelib.settings import needed, settings


def fan_out(event: DynamoDBEvent) -> None:
    """Forward a whole batch of new rows to the queues, or raise and get the same batch again.

    A stream gives its records in order and waits for each batch, so one that cannot be read must not stand in the way
    of all that follow: it is set aside for an operator. Removals (a record's retention ended) mean nothing here.
    """
    events, unreadable = [], []
    # The records as they came: Chalice's own would raise at the first that lacks a field.
    for record in event.to_dict()["Records"]:
        if record.get("eventName") != "INSERT":
            continue
        known = wiring.event_of(record.get("dynamodb", {}).get("Keys"))
        if known is None:
            unreadable.append(json.dumps(record))
        else:
            events.append(known)
    note(function="fan_out", events=len(events), unreadable=len(unreadable))
    if unreadable:
        wiring.set_aside(unreadable)
    if events:
        wiring.publish(events)


def trace(event: SQSEvent) -> dict[str, Any]:
    """Store the exposures of each event."""
    from chalicelib.services.tracing import trace

    def handle(each: Event) -> None:
        trace(
            each,
            entries=wiring.entries(),
            exposures=wiring.exposures(),
            keyed_hash=wiring.keyed_hash(),
            retention=settings().exposure_retention,
        )

    return _each(event, "trace", handle)


def notify(event: SQSEvent) -> dict[str, Any]:
    """Send the messages of each event."""
    from chalicelib.services.messages import notify

    name = settings().province
    texts = json.loads(read_text("provinces", name, "messages.json"))

    def handle(each: Event) -> None:
        outcomes = notify(
            each,
            entries=wiring.entries(),
            messages=wiring.messages(),
            references=wiring.references(),
            send_sms=wiring.send_sms,
            texts=texts,
            link=needed("public_url") + "/v1/passes/{code}/qr.png",
            time_zone=province(name).time_zone,
            retention=settings().declaration_retention,
            clock=wiring.clock,
        )
        for outcome in outcomes:
            note_count(outcome)

    counts: dict[str, int] = {}

    def note_count(outcome: str) -> None:
        counts[outcome] = counts.get(outcome, 0) + 1
        note(messages=counts)

    return _each(event, "notify", handle)


def _each(event: SQSEvent, function: str, handle: Callable[[Event], None]) -> dict[str, Any]:
    """Handle each message for itself and name those that failed: only they come again, and after some tries they go
    to the dead-letter queue."""
    failed = []
    total = 0
    for record in event:
        total += 1
        try:
            handle(Event.model_validate_json(record.body))
        except Exception as error:  # noqa: BLE001 - one message's failure, whatever it is, must not be its neighbours'
            failure(error)
            failed.append({"itemIdentifier": record.to_dict()["messageId"]})
    note(function=function, events=total, failed=len(failed))
    return {"batchItemFailures": failed}
