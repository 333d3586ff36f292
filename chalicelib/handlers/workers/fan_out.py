"""Fan out: the stream's new rows become events in the queues."""

import json

from chalice.app import DynamoDBEvent

from chalicelib.models.entry.events import RECEIVED_BY, RowUnreadable
from chalicelib.observability import note
from chalicelib.wiring.entry import event_of
from chalicelib.wiring.queues import publish, set_aside


def fan_out(batch: DynamoDBEvent) -> None:
    """Forward a whole batch of new rows to the queues, or raise and get the same batch again.

    A stream gives its records in order and waits for each batch, so a record that cannot be read must not hold up those
    that follow: it is set aside for an operator. Removals (a record's retention ended) mean nothing here.
    """
    events, unreadable = [], []
    # The records as they came: Chalice's own would raise at the first that lacks a field.
    for record in batch.to_dict()["Records"]:
        if record.get("eventName") != "INSERT":
            continue
        try:
            event = event_of(record.get("dynamodb", {}).get("Keys"))
        except RowUnreadable:
            unreadable.append(json.dumps(record))
        else:
            events += [event] if event else []
    note(function="fan_out", events=len(events), unreadable=len(unreadable))
    if unreadable:
        set_aside(unreadable)
    if events:
        publish(events, RECEIVED_BY)
