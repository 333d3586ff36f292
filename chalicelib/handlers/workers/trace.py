"""Trace: the tracing queue's events become exposures and aliases, and end passes that were declared again."""

import json
from functools import cache
from typing import Any

from chalice.app import SQSEvent

from chalicelib import wiring
from chalicelib.handlers.workers.batches import handle_each
from chalicelib.models.entry.events import EntryEvent
from chalicelib.models.permits.events import PermitEvent, PermitEventKind
from chalicelib.observability import count
from chalicelib.services.tracing import exposures
from chalicelib.services.tracing.replacements import replace_earlier
from chalicelib.settings import settings
from chalicelib.wiring import entry, tracing

_OF_PERMITS = frozenset(PermitEventKind)


def trace(batch: SQSEvent) -> dict[str, Any]:
    """Store the exposures of each event; ask open cases that have searched these places to search again."""
    return handle_each(batch, "trace", _trace)


def _trace(body: str) -> None:
    if json.loads(body)["kind"] in _OF_PERMITS:
        _trace_permit(PermitEvent.from_stored(body))
        return
    entries, event = entry.entries(), EntryEvent.from_stored(body)
    # Each record is read once for an event.
    find_record = cache(entries.find)
    stored = exposures.trace(
        event,
        find_record=find_record,
        tracer=tracing.tracer(),
        keyed_hash=wiring.keyed_hash(),
        retention=settings().exposure_retention,
        clock=wiring.clock,
    )
    count("Exposures", stored)
    replaced = replace_earlier(
        event,
        find_record=find_record,
        exposures=tracing.exposures(),
        replace=entries.append_replacement,
        keyed_hash=wiring.keyed_hash(),
        lifetime=settings().pass_lifetime,
        clock=wiring.clock,
    )
    count("Replacements", replaced)


def _trace_permit(event: PermitEvent) -> None:
    from chalicelib.services.tracing.permits import trace_permit  # most events are about passes
    from chalicelib.wiring.permits import permits

    stored = trace_permit(
        event,
        permits=permits(),
        tracer=tracing.tracer(),
        keyed_hash=wiring.keyed_hash(),
        retention=settings().exposure_retention,
    )
    count("Exposures", stored)
