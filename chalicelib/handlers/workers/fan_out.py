"""Fan out: the streams' new rows become events in the queues."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.models.entry.events import COUNTED, RECEIVED_BY
from chalicelib.models.events import Event, Queue, RowUnreadable, by_queue
from chalicelib.models.statistics.events import CountEvent
from chalicelib.observability import note
from chalicelib.wiring.queues import publish, publish_all, set_aside

Read = Callable[[dict[str, Any]], Event | None]
"""From a stream record to its event, if it has one. Raises `RowUnreadable`."""


def fan_out(batch: DynamoDBEvent) -> None:
    """The stream of the entries table."""
    from chalicelib.wiring.entry import event_of

    _forward(batch, "fan_out", event_of, RECEIVED_BY, COUNTED)


def fan_out_cases(batch: DynamoDBEvent) -> None:
    """The stream of the cases table."""
    from chalicelib.models.cases import events
    from chalicelib.wiring.cases import event_of

    _forward(batch, "fan_out_cases", event_of, events.RECEIVED_BY, events.COUNTED)


def fan_out_facts(batch: DynamoDBEvent) -> None:
    """The streams of tables whose rows are only counted: no other worker gets events about them."""
    from chalicelib.wiring.statistics import fact_of

    facts = [fact for _, fact in _events(batch, "fan_out_facts", fact_of)]
    if facts:
        publish(facts, {Queue.COUNTS: {each.kind for each in facts}})


def _forward(
    batch: DynamoDBEvent,
    function: str,
    event_of: Callable[[Any], Event | None],
    received_by: Mapping[Queue, Collection[str]],
    counted: Collection[str],
) -> None:
    """Forward a whole batch of new rows to the queues, or raise and get the same batch again.

    What is counted has an event of its own, which names the row.
    """

    def read(record: dict[str, Any]) -> Event | None:
        return event_of(_keys(record)) if record.get("eventName") == "INSERT" else None

    found = _events(batch, function, read)
    if found:
        events: list[Event] = [event for _, event in found]
        facts = [CountEvent.of_row(event, _keys(record)["row"]["S"]) for record, event in found]
        publish_all({**by_queue(events, received_by), **by_queue(facts, {Queue.COUNTS: counted})})


def _events(batch: DynamoDBEvent, function: str, read: Read) -> list[tuple[dict[str, Any], Event]]:
    """The records of a batch that mean an event, with it.

    A stream gives its records in order and waits for each batch, so a record that cannot be read must not hold up those
    that follow: it is set aside for an operator. Removals (a record's retention ended) mean nothing here.
    """
    found = []
    unreadable = []
    # The records as they came: Chalice's own would raise at the first that lacks a field.
    for record in batch.to_dict()["Records"]:
        try:
            event = read(record)
        except RowUnreadable:
            unreadable.append(json.dumps(record))
        else:
            if event is not None:
                found.append((record, event))
    note(function=function, events=len(found), unreadable=len(unreadable))
    if unreadable:
        set_aside(unreadable)
    return found


def _keys(record: dict[str, Any]) -> Any:
    return record.get("dynamodb", {}).get("Keys")
