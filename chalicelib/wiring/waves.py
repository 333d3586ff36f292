"""Dependencies of waves."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.people.province import province
from chalicelib.settings import settings
from chalicelib.wiring.messaging import messages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from chalicelib.models.messaging.waves import WaveEvent, WaveStep
    from chalicelib.services.messaging.wave_steps import KnownWaves
    from chalicelib.services.messaging.waves import WaveOffice
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
    from chalicelib.services.messaging.wave_steps import KnownWaves

    return KnownWaves(waves().find, time.monotonic)


def hand_over(events: Sequence[WaveEvent]) -> None:
    """Put the messages of a wave into their queue. Raises if any was not taken."""
    from chalicelib.wiring.queues import send

    send("messages", [each.model_dump_json() for each in events])


def park(event: WaveEvent) -> None:
    """Park a message of a paused wave in the queue of waves. Raises if it was not taken."""
    from chalicelib.models.messaging.waves import PARKED_FOR
    from chalicelib.wiring.queues import send

    send("waves", [event.model_dump_json()], delay=int(PARKED_FOR.total_seconds()))


def queue_step(step: WaveStep, delay: timedelta) -> None:
    """Put a step into the queue of waves. Raises `ServiceUnavailable`."""
    from chalicelib.wiring.queues import send_within_request

    send_within_request("waves", [step.event.model_dump_json()], delay=int(delay.total_seconds()))
