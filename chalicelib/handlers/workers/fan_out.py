"""Fan out: the stream's new rows become events in the queues."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.models.entry.events import RECEIVED_BY, RowUnreadable
from chalicelib.models.events import Event, Queue
from chalicelib.models.statistics.events import CountEvent
from chalicelib.observability import note
from chalicelib.wiring.queues import publish, set_aside


def fan_out(batch: DynamoDBEvent) -> None:
    """The stream of the entries table."""
    from chalicelib.wiring.entry import event_of

    _forward(batch, "fan_out", event_of, RECEIVED_BY)


def fan_out_cases(batch: DynamoDBEvent) -> None:
    """The stream of the cases table."""
    from chalicelib.models.cases import events
    from chalicelib.wiring.cases import event_of

    _forward(batch, "fan_out_cases", event_of, events.RECEIVED_BY)


def _forward(
    batch: DynamoDBEvent,
    function: str,
    event_of: Callable[[Any], Event | None],
    received_by: Mapping[Queue, Collection[str]],
) -> None:
    """Forward a whole batch of new rows to the queues, or raise and get the same batch again.

    A stream gives its records in order and waits for each batch, so a record that cannot be read must not hold up those
    that follow: it is set aside for an operator. Removals (a record's retention ended) mean nothing here.
    """
    events: list[Event] = []
    facts: list[Event] = []
    unreadable = []
    # The records as they came: Chalice's own would raise at the first that lacks a field.
    for record in batch.to_dict()["Records"]:
        if record.get("eventName") != "INSERT":
            continue
        keys = record.get("dynamodb", {}).get("Keys")
        try:
            event = event_of(keys)
        except RowUnreadable:
            unreadable.append(json.dumps(record))
        else:
            if event:
                events.append(event)
                facts.append(CountEvent.of_row(event, keys["row"]["S"]))
    note(function=function, events=len(events), unreadable=len(unreadable))
    if unreadable:
        set_aside(unreadable)
    if events:
        publish(events, {queue: kinds for queue, kinds in received_by.items() if queue is not Queue.COUNTS})
        publish(facts, {Queue.COUNTS: received_by[Queue.COUNTS]})
