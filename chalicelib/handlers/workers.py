"""What runs behind the request: plain functions for the stream, the queues and the audit's log. `app.py` gives them
their triggers. Each imports what it needs when it runs: this module is part of every function.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.observability import count, failure, note

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import DynamoDBEvent, SQSEvent

    from chalicelib.models.entry.events import Event


def fan_out(event: DynamoDBEvent) -> None:
    """Forward a whole batch of new rows to the queues, or raise and get the same batch again.

    A stream gives its records in order and waits for each batch, so one that cannot be read must not stand in the way
    of all that follow: it is set aside for an operator. Removals (a record's retention ended) mean nothing here.
    """
    from chalicelib.models.entry.events import RowUnreadable
    from chalicelib.wiring.entry import event_of
    from chalicelib.wiring.queues import publish, set_aside

    events, unreadable = [], []
    # The records as they came: Chalice's own would raise at the first that lacks a field.
    for record in event.to_dict()["Records"]:
        if record.get("eventName") != "INSERT":
            continue
        try:
            meant = event_of(record.get("dynamodb", {}).get("Keys"))
        except RowUnreadable:
            unreadable.append(json.dumps(record))
        else:
            events += [meant] if meant else []
    note(function="fan_out", events=len(events), unreadable=len(unreadable))
    if unreadable:
        set_aside(unreadable)
    if events:
        publish(events)


def trace(event: SQSEvent) -> dict[str, Any]:
    """Store the exposures of each event."""
    from chalicelib import wiring
    from chalicelib.services.tracing.exposures import trace
    from chalicelib.settings import settings
    from chalicelib.wiring.entry import entries
    from chalicelib.wiring.tracing import exposures

    def handle(each: Event) -> None:
        stored = trace(
            each,
            entries=entries(),
            exposures=exposures(),
            keyed_hash=wiring.keyed_hash(),
            retention=settings().exposure_retention,
        )
        count("Exposures", stored)

    return _each(event, "trace", handle)


def notify(event: SQSEvent) -> dict[str, Any]:
    """Send the messages of each event."""
    from chalicelib import wiring
    from chalicelib.data import read_text
    from chalicelib.models.people.province import province
    from chalicelib.services.messaging.deliveries import notify
    from chalicelib.settings import needed, settings
    from chalicelib.wiring.entry import entries
    from chalicelib.wiring.messaging import messages, send_sms
    from chalicelib.wiring.policy import in_force

    name = settings().province
    texts = json.loads(read_text("provinces", name, "messages.json"))

    def handle(each: Event) -> None:
        outcomes = notify(
            each,
            entries=entries(),
            messages=messages(),
            references=in_force(),
            send_sms=send_sms,
            texts=texts,
            link=needed("public_url") + "/v1/passes/{code}/qr.png",
            hotline=province(name).hotline,
            time_zone=province(name).time_zone,
            retention=settings().declaration_retention,
            clock=wiring.clock,
        )
        for outcome in outcomes:
            count(f"Message_{outcome}")

    return _each(event, "notify", handle)


def keep_audit(event: dict[str, Any], _context: object) -> None:
    """Print the audit lines that another function's log group hands over: our own group keeps them for longer.

    `event` is what a subscription filter of CloudWatch Logs sends: compressed log events, each message one of our
    lines.
    """
    import base64
    import gzip

    packed = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    if packed["messageType"] == "DATA_MESSAGE":
        print(*(each["message"].rstrip() for each in packed["logEvents"]), sep="\n")


def _each(event: SQSEvent, function: str, handle: Callable[[Event], None]) -> dict[str, Any]:
    """Handle each message for itself and name those that failed: only they come again, and after some tries they go
    to the dead-letter queue."""
    from chalicelib.models.entry.events import Event

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
