"""Dependencies of waves."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.province import province
from chalicelib.settings import needed, settings
from chalicelib.wiring.messaging import messages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from chalicelib.models.messaging.waves import WaveEvent, WaveStep
    from chalicelib.services.messaging.waves import KnownWaves, WaveOffice
    from chalicelib.storage.messaging.waves import Waves


@cache
def waves() -> Waves:
    from chalicelib.storage.messaging.waves import WaveRow, Waves

    return Waves(wiring.table(WaveRow, "messages_table"), retention=settings().declaration_retention)


@cache
def wave_office() -> WaveOffice:
    from chalicelib.services.messaging.waves import WaveOffice

    return WaveOffice(
        waves=waves(),
        messages=messages(),
        queue_step=queue_step,
        second_officer_above=province(settings().province).second_officer_above,
        clock=wiring.clock,
    )


@cache
def known_waves() -> KnownWaves:
    from chalicelib.services.messaging.waves import KnownWaves

    return KnownWaves(waves().find, time.monotonic)


def hand_over(events: Sequence[WaveEvent]) -> None:
    """Put the messages of a wave into their queue. Raises if any was not taken."""
    from chalicelib.adapters.sqs import send

    bodies = [each.model_dump_json() for each in events]
    send(needed("messages_queue_url"), bodies, region=settings().aws_region)


def park(event: WaveEvent) -> None:
    """Park a message of a paused wave in the queue of waves. Raises if it was not taken."""
    from chalicelib.adapters.sqs import send
    from chalicelib.models.messaging.waves import PARKED_FOR

    delay = int(PARKED_FOR.total_seconds())
    send(needed("waves_queue_url"), [event.model_dump_json()], region=settings().aws_region, delay=delay)


def queue_step(step: WaveStep, delay: timedelta) -> None:
    """Put a step into the queue of waves. Raises `ServiceUnavailable`."""
    from botocore.exceptions import BotoCoreError, ClientError

    from chalicelib.adapters.sqs import NotAllSent, send

    body, seconds = step.event.model_dump_json(), int(delay.total_seconds())
    try:
        send(needed("waves_queue_url"), [body], region=settings().aws_region, delay=seconds)
    except (BotoCoreError, ClientError, NotAllSent) as error:
        raise ServiceUnavailable from error
