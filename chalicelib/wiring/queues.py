"""What goes to the queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.observability import follow
from chalicelib.settings import needed, settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chalicelib.models.events import Event, Queue

AFTER_REQUEST = 30
"""A delay in seconds, longer than a request can take (`.chalice/config.json`). When the event comes, the request that
sent it has written its fact or has failed."""


def publish(events: Sequence[Event], received_by: Mapping[Queue, Collection[str]]) -> None:
    """Put each event into the queues that receive its kind: all of them, or an error and they come again."""
    from chalicelib.models.events import by_queue

    publish_all(by_queue(events, received_by))


def publish_all(received: Mapping[Queue, Sequence[Event]]) -> None:
    """Put events into queues, with many calls at once: all of them, or an error and they come again."""
    from chalicelib.adapters.sqs import MOST_TOGETHER
    from chalicelib.services.parallel import in_parallel

    follow(*(event.subject for events in received.values() for event in events))
    bodies = {queue: [event.model_dump_json() for event in events] for queue, events in received.items()}
    calls = [
        (queue, some[start : start + MOST_TOGETHER])
        for queue, some in bodies.items()
        for start in range(0, len(some), MOST_TOGETHER)
    ]
    if calls:
        # The first in this thread: it makes the client, which the other threads share.
        send(*calls[0])
        in_parallel(lambda call: send(*call), calls[1:])


def send(queue: str, bodies: Sequence[str], *, delay: int = 0) -> None:
    """Put bodies into the queue of this name, from which they come after `delay` seconds: all of them, or an error."""
    from chalicelib.adapters.sqs import send

    send(needed(f"{queue}_queue_url"), bodies, region=settings().aws_region, delay=delay)


def send_within_request(queue: str, bodies: Sequence[str], *, delay: int = 0) -> None:
    """The same where somebody waits for an answer. Raises `ServiceUnavailable`."""
    from botocore.exceptions import BotoCoreError, ClientError

    from chalicelib.adapters.sqs import NotAllSent

    try:
        send(queue, bodies, delay=delay)
    except (BotoCoreError, ClientError, NotAllSent) as error:
        raise ServiceUnavailable from error


def queue_conversation(body: str) -> None:
    """Put an event of the Official Account into its queue. Raises `ServiceUnavailable`."""
    send_within_request("conversations", [body])


def set_aside(bodies: Sequence[str]) -> None:
    """Put what could not be read where an operator finds it."""
    send("set_aside", bodies)


def to_dead_letters(body: str) -> None:
    """Move an event to the dead letters of this function's queue: it needs an operator."""
    from chalicelib.adapters.sqs import send

    send(needed("dead_letters_url"), [body], region=settings().aws_region)


def hide(seconds: Sequence[tuple[str, int]]) -> None:
    """Return events to this function's queue after some seconds, by receipt handle."""
    from chalicelib.adapters.sqs import hide

    hide(needed("queue_url"), seconds, region=settings().aws_region)
