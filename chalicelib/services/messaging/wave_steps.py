"""The steps of waves: a worker hands over the messages of a wave, some at a time, and another one writes each of them.

A step hands over some messages, then queues the next step, then stores the wave's progress, in this order. If the
worker fails in between, the step is repeated. A message that is handed over twice is sent once, because of its claim. A
step that begins before the stored progress is dropped. So nobody is left out, nobody gets a message twice, and of two
chains of steps only one continues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.models.messaging.messages import DeliveryOutcome, Message
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.waves import (
    SETTLED_WITHIN,
    STEP,
    Wave,
    WaveEvent,
    WaveItem,
    WaveRecord,
    WaveState,
    WaveStep,
    WaveWaits,
    about_of,
)
from chalicelib.services.messaging.ports import HandOver, QueueStep, Waves
from chalicelib.services.ports import Clock

FRESH_FOR = 2.0
"""Seconds. After this time a stopped wave sends nothing any more."""
_MOST_KNOWN = 100


class KnownWaves:
    """A cache of waves, at most `FRESH_FOR` old: a worker reads it before each message. `now` is a monotonic clock in
    seconds."""

    def __init__(self, find: Callable[[str], WaveRecord | None], now: Callable[[], float]) -> None:
        self._find, self._now = find, now
        self._known: dict[str, tuple[float, WaveRecord | None]] = {}

    def find(self, wave: str) -> WaveRecord | None:
        now = self._now()
        read_at, record = self._known.get(wave, (now - FRESH_FOR, None))
        if now - read_at >= FRESH_FOR:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            record = self._find(wave)
            self._known[wave] = (now, record)
        return record


def do_step(step: WaveStep, *, waves: Waves, hand_over: HandOver, queue_step: QueueStep) -> int:
    """Hand over the messages of one step, if the wave runs. Returns their number."""
    record = waves.find(step.wave)
    if record is None or record.state is not WaveState.RUNNING or step.begins < record.handed_over:
        return 0
    wave = record.wave
    ends = min(step.begins + wave.a_step, wave.number)
    subjects = waves.subjects(wave.id, step.begins, ends)
    hand_over([WaveEvent(kind=wave.kind, subject=each, wave=wave.id) for each in subjects])
    if ends < wave.number:
        queue_step(WaveStep(wave.id, ends), STEP)
    waves.set_handed_over(wave.id, ends)
    return len(subjects)


def pass_on(event: WaveEvent, *, waves: Waves, hand_over: HandOver, park: Callable[[WaveEvent], None]) -> None:
    """Hand over a parked message; park it again while its wave is paused."""
    record = waves.find(event.wave)
    if record is not None:
        park(event) if record.state is WaveState.PAUSED else hand_over([event])


def notices_of_wave(
    event: WaveEvent,
    *,
    write: Callable[[WaveItem], Notice | None],
    find_wave: Callable[[str], WaveRecord | None],
    about: Callable[[str], Sequence[Message]],
    clock: Clock,
) -> list[Notice]:
    """The notice of one message of a wave; for a stopped wave it must not be sent. None if the wave has expired, or if
    the subject needs no message any more.

    Raises
    ------
    WaveWaits
        The wave is paused; or it takes another wave back, and the other wave's message may still be sent.
    """
    record = find_wave(event.wave)
    if record is None:
        return []
    if record.state is WaveState.PAUSED:
        raise WaveWaits
    wave = record.wave
    item = WaveItem(wave, event.subject)
    if wave.takes_back is not None:
        sent_at = _sent_at(wave, about_of(event.subject), about, clock())
        if sent_at is None:
            return []
        item = item._replace(taken_back=sent_at)
    notice = write(item)
    if notice is None:
        return []
    # Always the wave's key, because the messages of the wave are found by it.
    return [
        replace(notice, about=about_of(event.subject), event=wave.event, is_stopped=record.state is WaveState.STOPPED)
    ]


def _sent_at(wave: Wave, subject: str, about: Callable[[str], Sequence[Message]], now: datetime) -> datetime | None:
    """When the message that a wave takes back was sent; None if it was not."""
    event = f"wave_{wave.takes_back}"
    message = next((each for each in about(subject) if each.event == event), None)
    if message is None:
        if now < wave.made_at + SETTLED_WITHIN:
            raise WaveWaits("it may still be sent")
        return None
    if message.outcome is None:
        raise WaveWaits("it is being sent")
    return (message.sent_at or wave.made_at) if message.outcome is DeliveryOutcome.SENT else None
