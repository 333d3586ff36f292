"""What goes to the queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.settings import needed, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.models.entry.events import Event


def publish(events: Sequence[Event]) -> None:
    """Put events into every worker's queue: all of them, or an error and they come again."""
    from chalicelib.adapters.sqs import send

    bodies = [event.model_dump_json() for event in events]
    for queue in ("tracing_queue_url", "messages_queue_url"):
        send(needed(queue), bodies, region=settings().aws_region)


def set_aside(bodies: Sequence[str]) -> None:
    """Put what could not be read where an operator finds it."""
    from chalicelib.adapters.sqs import send

    send(needed("set_aside_queue_url"), bodies, region=settings().aws_region)
