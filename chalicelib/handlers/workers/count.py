"""Count: the facts of the queue `counts` become figures."""

from typing import Any

from chalice.app import SQSEvent

from chalicelib import wiring
from chalicelib.handlers.workers.batches import handle_together
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.statistics.events import CountEvent
from chalicelib.observability import count as metric
from chalicelib.observability import note
from chalicelib.services.statistics.counting import reckon
from chalicelib.wiring.statistics import figures, sources, start


def count(batch: SQSEvent) -> dict[str, Any]:
    """Count the facts of a batch together. A fact whose record has left is counted nowhere, and a metric says so."""
    return handle_together(batch, "count", _read, _count, unavailable=ServiceUnavailable)


def _read(body: str) -> CountEvent:
    event = CountEvent.from_stored(body)
    if event.kind not in sources():
        raise LookupError(f"no source counts the kind {event.kind}")
    return event


def _count(events: list[CountEvent]) -> None:
    start()
    counted, gone = reckon(events, sources=sources(), zone=wiring.zone())
    number = figures().append(counted)
    note(counted=number, gone=[each.kind for each in gone])
    metric("Facts_counted", number)
    metric("Facts_gone", len(gone))
