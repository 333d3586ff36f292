"""Waves: officers make, release, pause, resume, stop and take them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from chalicelib.models.messaging.errors import (
    WaveChanged,
    WaveNeedsSecondOfficer,
    WaveSentNothing,
    WaveStateWrong,
    WaveUnknown,
)
from chalicelib.models.messaging.messages import DeliveryOutcome
from chalicelib.models.messaging.waves import (
    ALLOWED,
    MOST_SUBJECTS,
    WAVE_ID,
    Wave,
    WaveCounts,
    WaveFact,
    WaveFactKind,
    WaveRecord,
    WaveState,
    WaveStep,
    about_of,
)
from chalicelib.services.messaging.ports import Messages, QueueStep, Waves
from chalicelib.services.pages import Page, page_of
from chalicelib.services.parallel import in_parallel
from chalicelib.services.ports import Clock

TAKEN_BACK = "message_taken_back"
"""The text of a wave that takes another wave back."""

_LATER = timedelta(seconds=30)
"""A release queues its first step twice: before the write with this delay, and after the write without delay. A request
ends after 20 seconds, so the delayed step sees the write. So the wave runs even if the request failed after the
write."""


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
