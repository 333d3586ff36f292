"""Waves: officers make, release, pause, resume, stop and take them back; a worker hands over their messages in steps.

A step hands over some messages, then queues the next step, then stores the wave's progress, in this order. If the
worker fails in between, the step is repeated. A message that is handed over twice is sent once, because of its claim. A
step that begins before the stored progress is dropped. So nobody is left out, nobody gets a message twice, and of two
chains of steps only one continues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, Protocol

from chalicelib.models.messaging.errors import (
    WaveChanged,
    WaveNeedsSecondOfficer,
    WaveSentNothing,
    WaveStateWrong,
    WaveUnknown,
)
from chalicelib.models.messaging.messages import DeliveryOutcome, Message
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.waves import (
    ALLOWED,
    MOST_SUBJECTS,
    SETTLED_WITHIN,
    STEP,
    WAVE_ID,
    Wave,
    WaveCounts,
    WaveEvent,
    WaveFact,
    WaveFactKind,
    WaveItem,
    WaveRecord,
    WaveState,
    WaveStep,
    WaveWaits,
    about_of,
)
from chalicelib.services.messaging.ports import Messages
from chalicelib.services.pages import Page, page_of
from chalicelib.services.parallel import in_parallel
from chalicelib.services.ports import Clock

TAKEN_BACK = "message_taken_back"
"""The text of a wave that takes another wave back."""

FRESH_FOR = 2.0
"""Seconds. After this time a stopped wave sends nothing any more."""
_MOST_KNOWN = 100

_LATER = timedelta(seconds=30)
"""A release queues its first step twice: before the write with this delay, and after the write without delay. A request
ends after 20 seconds, so the delayed step sees the write. So the wave runs even if the request failed after the
write."""


class Waves(Protocol):
    """Waves and the actions of officers, append-only, and the progress of each wave. They expire as messages do."""

    def append(self, wave: Wave, subjects: Sequence[str]) -> Wave | None:
        """Store a wave in one write. If its id exists, nothing is written, and the stored wave is returned."""

    def append_fact(self, wave: Wave, number: int, fact: WaveFact) -> bool:
        """Store the fact of a wave with this number. False if the number is taken."""

    def append_taking_back(
        self, wave: Wave, number: int, fact: WaveFact, taking_back: Wave, subjects: Sequence[str]
    ) -> bool:
        """The same, together with the wave that takes this one back, in one write."""

    def find(self, wave: str) -> WaveRecord | None:
        """Strongly consistent."""

    def subjects(self, wave: str, begins: int, ends: int) -> list[str]:
        """The subjects of a wave from one index to another, without the last."""

    def set_handed_over(self, wave: str, number: int) -> None:
        """Store the progress of a wave, unless the stored progress is greater."""

    def made_since(self, moment: datetime) -> list[str]:
        """The ids of waves made since then, the latest first."""


HandOver = Callable[[Sequence[WaveEvent]], None]
"""Put all events into the queue of messages, or raise an error."""

QueueStep = Callable[[WaveStep, timedelta], None]
"""Put a step into the queue of waves, delayed. Raises `ServiceUnavailable`."""


class Officer(NamedTuple):
    """The member of staff who acts on a wave."""

    subject: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class WaveOffice:
    """Dependencies of officers' actions. `second_officer_above`: see `Province`."""

    waves: Waves
    messages: Messages
    queue_step: QueueStep
    second_officer_above: int
    clock: Clock


class WaveKinds(NamedTuple):
    """The fields that differ between capabilities: see `Wave`."""

    kind: str
    text: str
    values: dict[str, str]


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


class Done(NamedTuple):
    """A wave after an action. `repeated`: the same officer had done it before."""

    record: WaveRecord
    repeated: bool


def wave_id(key: str) -> str:
    """The same key makes the same wave."""
    return sha256(f"wave {key}".encode()).hexdigest()[:16]


def make_wave(
    what: WaveKinds, subjects: Sequence[str], *, name: str, reason: str, rate: int, by: Officer, at: datetime
) -> Wave:
    """A wave that nobody has released yet."""
    assert 0 < len(subjects) <= MOST_SUBJECTS
    return Wave(
        id=name,
        kind=what.kind,
        text=what.text,
        values=what.values,
        number=len(subjects),
        rate=rate,
        reason=reason,
        made_at=at,
        made_by=by.subject,
        made_by_name=by.name,
    )


def list_waves(*, since: datetime, cursor: str | None, limit: int, office: WaveOffice) -> Page[WaveRecord]:
    """A page of the waves made since a time, the latest first. Raises `InvalidInput` (`cursor_unknown`)."""
    page = page_of(office.waves.made_since(since), cursor=cursor, limit=limit, name_of=str)
    found = in_parallel(office.waves.find, page.items)
    return Page([each for each in found if each is not None], page.cursor)


def find_wave(wave: str, *, office: WaveOffice) -> WaveRecord:
    """Raises `WaveUnknown`."""
    record = office.waves.find(wave) if WAVE_ID.fullmatch(wave) else None
    if record is None:
        raise WaveUnknown
    return record


def count_messages(record: WaveRecord, *, office: WaveOffice) -> WaveCounts:
    """The outcomes of a wave's messages so far."""
    wave, handed_over = record.wave, _perhaps_handed_over(record)
    if not handed_over:
        return WaveCounts.of([], wave.number)
    subjects = [about_of(each) for each in office.waves.subjects(wave.id, 0, handed_over)]
    return WaveCounts.of(list(office.messages.of_event(wave.event, subjects).values()), wave.number)


def change_wave(wave: str, kind: WaveFactKind, reason: str, *, by: Officer, office: WaveOffice) -> Done:
    """Release, pause, resume or stop a wave, in one write. If the same officer repeats it, nothing changes.

    Raises
    ------
    WaveUnknown
        There is no wave with this id, or it was deleted.
    WaveStateWrong
        The wave's state does not allow it.
    WaveNeedsSecondOfficer
        The officer made the wave, and it is so large that another officer must release it.
    WaveChanged
        Another officer changed it at the same moment.
    """
    record = find_wave(wave, office=office)
    if _did(record, kind, by):
        _start(record, kind, office)
        return Done(record, repeated=True)
    _require(record, kind, by, office)
    fact = WaveFact(kind=kind, reason=reason, at=office.clock(), by=by.subject, by_name=by.name)
    if kind in _STARTING:
        office.queue_step(WaveStep(wave, record.handed_over), _LATER)
    if not office.waves.append_fact(record.wave, len(record.facts), fact):
        record = find_wave(wave, office=office)
        if not _did(record, kind, by):
            raise WaveChanged
        return Done(record, repeated=True)
    _start(record, kind, office)
    return Done(record.with_fact(fact), repeated=False)


def take_back(wave: str, reason: str, *, by: Officer, office: WaveOffice) -> Done:
    """Stop a wave, and make another wave for everyone who got or may have got its message. Returns the new wave, which
    must be released like any wave. Repeating the request returns the same wave.

    Raises what `change_wave` raises, and `WaveSentNothing` if nobody can have got a message.
    """
    record = find_wave(wave, office=office)
    if record.taken_back_by is not None:
        return Done(find_wave(record.taken_back_by, office=office), repeated=True)
    if not record.is_released:
        raise WaveSentNothing
    if record.state is not WaveState.STOPPED:
        # Read again: a step may have ended meanwhile.
        change_wave(wave, WaveFactKind.STOPPED, reason, by=by, office=office)
        record = find_wave(wave, office=office)
    first = record.wave
    subjects = _perhaps_sent(record, office)
    if not subjects:
        raise WaveSentNothing
    now = office.clock()
    taking_back = make_wave(
        WaveKinds(first.kind, TAKEN_BACK, {}),
        subjects,
        name=wave_id(f"that takes back {first.id}"),
        reason=reason,
        rate=first.rate,
        by=by,
        at=now,
    ).model_copy(update={"takes_back": first.id, "second_officer_above": first.second_officer_above})
    fact = WaveFact(
        kind=WaveFactKind.TAKEN_BACK, reason=reason, at=now, by=by.subject, by_name=by.name, wave=taking_back.id
    )
    if not office.waves.append_taking_back(first, len(record.facts), fact, taking_back, subjects):
        record = find_wave(wave, office=office)
        if record.taken_back_by is None:
            raise WaveChanged
        return Done(find_wave(record.taken_back_by, office=office), repeated=True)
    return Done(WaveRecord(taking_back), repeated=False)


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


_STARTING = frozenset({WaveFactKind.RELEASED, WaveFactKind.RESUMED})


def _start(record: WaveRecord, kind: WaveFactKind, office: WaveOffice) -> None:
    if kind in _STARTING:
        office.queue_step(WaveStep(record.wave.id, record.handed_over), timedelta())


def _did(record: WaveRecord, kind: WaveFactKind, by: Officer) -> bool:
    """Whether it is the last action, by the same officer."""
    return bool(record.facts) and (record.facts[-1].kind, record.facts[-1].by) == (kind, by.subject)


def _require(record: WaveRecord, kind: WaveFactKind, by: Officer, office: WaveOffice) -> None:
    if record.state not in ALLOWED[kind]:
        raise WaveStateWrong(record.state, [each for each in WaveState if each in ALLOWED[kind]])
    is_own = by.subject == record.wave.made_by
    if kind is WaveFactKind.RELEASED and is_own and record.needs_second_officer(office.second_officer_above):
        raise WaveNeedsSecondOfficer(limit=record.second_officer_above(office.second_officer_above))


def _perhaps_handed_over(record: WaveRecord) -> int:
    """The most messages that may be with the workers: a step hands them over before it stores the progress."""
    return min(record.handed_over + record.wave.a_step, record.wave.number) if record.is_released else 0


def _perhaps_sent(record: WaveRecord, office: WaveOffice) -> list[str]:
    """The subjects of a stopped wave, without those known to have got nothing."""
    wave = record.wave
    subjects = office.waves.subjects(wave.id, 0, _perhaps_handed_over(record))
    found = office.messages.of_event(wave.event, [about_of(each) for each in subjects])
    outcomes = {subject: message.outcome for subject, message in found.items()}
    return [each for each in subjects if outcomes.get(about_of(each)) in (None, DeliveryOutcome.SENT)]


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
