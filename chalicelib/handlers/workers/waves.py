"""Waves: the steps of waves become events of the queue of messages, some every ten seconds."""

import json
from typing import Any

from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import handle_each
from chalicelib.models.events import Event
from chalicelib.models.messaging.waves import WAVE_STEP_DUE, WaveEvent, WaveStep
from chalicelib.observability import count
from chalicelib.services.messaging.wave_steps import do_step, pass_on
from chalicelib.wiring.waves import hand_over, park, queue_step, waves


def send_waves(batch: SQSEvent) -> dict[str, Any]:
    """Do each step, and pass on the messages that were parked while their wave was paused."""
    return handle_each(batch, "send_waves", _handle)


def _handle(body: str) -> None:
    if json.loads(body)["kind"] == WAVE_STEP_DUE:
        step = WaveStep.of(Event.from_stored(body))
        count("Wave_messages", do_step(step, waves=waves(), hand_over=hand_over, queue_step=queue_step))
    else:
        pass_on(WaveEvent.from_stored(body), waves=waves(), hand_over=hand_over, park=park)
