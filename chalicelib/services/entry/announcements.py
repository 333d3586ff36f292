"""Announcements: waves to the holders of passes, and the notices of those waves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from chalicelib.models.entry.announcements import ANNOUNCED, MOST_PASSES, AnnouncementForm, GateClosed
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import (
    AnnouncementReachesNobody,
    AnnouncementTooLarge,
    IdempotencyKeyReused,
    PassUnknown,
)
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.templates import LONGEST_NAME
from chalicelib.models.messaging.waves import WaveItem, WaveRecord
from chalicelib.models.people.languages import Language
from chalicelib.models.policy.policies import LONGEST_HOLD
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.models.staff.roles import Principal
from chalicelib.services.entry.notices import SENT_TO_ALL, NoticeSources
from chalicelib.services.entry.ports import ArrivalsAtGates, ExpectedPasses
from chalicelib.services.entry.records import records_of
from chalicelib.services.messaging.ports import Waves
from chalicelib.services.messaging.waves import Officer, WaveKinds, make_wave, wave_id
from chalicelib.services.ports import Clock

_SHARE = 2
"""A wave gets half of the stage's messages of a day at most, and none of the last fifth."""
_LONGEST_WAIT = timedelta(hours=2)
"""Of people on their way. A pass ends an hour after its declaration, and the arrival is expected within that hour. The
value is twice that, for stages with a longer lifetime."""


@dataclass(frozen=True, slots=True)
class Announcer:
    """Dependencies of announcements."""

    records: ArrivalsAtGates
    expected: ExpectedPasses
    checkpoints: Mapping[str, Checkpoint]
    waves: Waves
    clock: Clock


class Announced(NamedTuple):
    """The wave of an announcement. `repeated`: an earlier identical request made it."""

    record: WaveRecord
    repeated: bool


def announce(form: AnnouncementForm, *, staff: Principal, idempotency_key: str, announcer: Announcer) -> Announced:
    """Make a wave, which waits until an officer releases it. One query for each declaration.

    Three groups of passes are left out: used, revoked or expired ones; those whose holder cannot or may not be reached;
    those of a phone that already gets the message for another pass.

    Raises
    ------
    InvalidInput
        Lists each unknown checkpoint and each unknown pass; or the other checkpoint is closed, too.
    AnnouncementTooLarge
        More passes of known origin are expected at the checkpoint than one announcement may have.
    AnnouncementReachesNobody
        All passes are left out.
    IdempotencyKeyReused
        Another announcement was made with this key.
    """
    now = announcer.clock()
    if problems := list(_problems(form.values, announcer.checkpoints)):
        raise InvalidInput(problems)
    name = wave_id(f"announced by {staff.subject} {idempotency_key}")
    asked = sha256(form.model_dump_json().encode()).hexdigest()
    # Check this first: the passes may have ended since the first request.
    if found := announcer.waves.find(name):
        return _repeated(found, asked)
    passes, without_room = _passes(form, now, announcer)
    subjects = _subjects(passes, now)
    if not subjects:
        raise AnnouncementReachesNobody
    wave = make_wave(
        WaveKinds(ANNOUNCED, form.text, form.values.model_dump()),
        subjects,
        name=name,
        reason=form.reason,
        rate=form.rate,
        by=Officer(staff.subject, staff.name),
        at=now,
    ).model_copy(update={"asked": asked, "left_out": len(passes) - len(subjects) + without_room})
    stored = announcer.waves.append(wave, subjects)
    return Announced(WaveRecord(wave), repeated=False) if stored is None else _repeated(WaveRecord(stored), asked)


def notice_of_announcement(
    item: WaveItem, *, sources: NoticeSources, checkpoints: Mapping[str, Checkpoint]
) -> Notice | None:
    """The notice to a pass's holder, for an announcement or a wave that takes it back; None if the holder cannot or may
    not be reached any more."""
    code = Code.parse(item.subject)
    try:
        held = pass_of(code, sources.find_record(code))
    except PassUnknown:
        return None
    phone = _phone(held)
    if phone is None:
        return None
    language, full_values = held.record.declaration.form.language, {}
    if item.taken_back is not None:
        sent = item.taken_back.astimezone(sources.zone)
        values = {"sent": f"{sent:%H:%M %d/%m}", "hotline": sources.hotline}
    else:
        # In an SMS readers of Khmer and Chinese get the English name, as they get the English text.
        by_sms = language if language is Language.VI else Language.EN
        values = {name: _name(checkpoints, each, by_sms) for name, each in item.wave.values.items()}
        full_values = {name: _name(checkpoints, each, language) for name, each in item.wave.values.items()}
    return Notice(
        recipient=phone,
        text_id=item.wave.text,
        values=values,
        full_values=full_values,
        about=item.subject,
        event=item.wave.event,
        keep_until=sources.keep_until(held),
        # A person who got a wrong message gets the correction after the gate, too.
        useful_until=None if item.taken_back else _ends_at(held),
        share=_SHARE,
        language=language,
    )


def _problems(values: GateClosed, checkpoints: Mapping[str, Checkpoint]) -> Iterator[FieldProblem]:
    for name, checkpoint in values:
        if checkpoint not in checkpoints:
            yield FieldProblem(f"/values/{name}", "unknown_checkpoint")
    instead = checkpoints.get(values.instead)
    if values.instead == values.checkpoint:
        yield FieldProblem("/values/instead", "announcement_same_checkpoint")
    elif instead is not None and not instead.open:
        shown = instead.names
        yield FieldProblem("/values/instead", "checkpoint_closed", {"checkpoint": shown})


def _repeated(found: WaveRecord, asked: str) -> Announced:
    if found.wave.asked != asked:
        raise IdempotencyKeyReused
    return Announced(found, repeated=True)


class _Passes(NamedTuple):
    """The passes of an announcement."""

    found: list[HeldPass]
    without_room: int = 0
    """Passes that were found and would be too many. There may be more."""


def _passes(form: AnnouncementForm, now: datetime, announcer: Announcer) -> _Passes:
    without_room = 0
    if form.codes is not None:
        codes = [Code.parse(each) for each in dict.fromkeys(form.codes)]
    else:
        codes = _on_their_way_or_waiting(form.values.checkpoint, now, announcer)
        codes, without_room = codes[:MOST_PASSES], max(0, len(codes) - MOST_PASSES)
    records = records_of(codes, announcer.records)
    found: list[HeldPass] = []
    unknown: set[Code] = set()
    for code in codes:
        try:
            found.append(pass_of(code, records.get(code.declaration)))
        except PassUnknown:
            unknown.add(code)
    # A pass that was expected may have been erased since.
    if form.codes is not None and unknown:
        raise InvalidInput(
            [
                FieldProblem(f"/codes/{number}", "pass_unknown", {"code": code.shown})
                for number, code in enumerate(map(Code.parse, form.codes))
                if code in unknown
            ]
        )
    if form.codes is not None:
        return _Passes(found)
    # Who declared this checkpoint and waits at another one is not concerned.
    here = [each for each in found if each.arrival is None or each.arrival.checkpoint == form.values.checkpoint]
    return _Passes(here, without_room)


def _on_their_way_or_waiting(checkpoint: str, now: datetime, announcer: Announcer) -> list[Code]:
    """The passes expected at a checkpoint about now, and those of people who arrived there and may still wait: their
    passes hold for hours, and their declarations may name another checkpoint or none.

    Those of known origin first, then those who arrived: anyone may send a thousand forms, and these must not take the
    room of the others. Raises `AnnouncementTooLarge`.
    """
    since, until, at_most = now - _LONGEST_WAIT, now + _LONGEST_WAIT, MOST_PASSES + 1
    known = announcer.expected.known_at_checkpoint(checkpoint, since=since, until=until, at_most=at_most)
    expected = announcer.expected.at_checkpoint(checkpoint, since=since, until=until, at_most=at_most)
    begins = now - timedelta(hours=LONGEST_HOLD)
    arrived = announcer.records.arrived_at(checkpoint, since=begins)
    # Most of those who arrived have crossed since. Their records need not be read.
    crossed = announcer.expected.crossed_at(checkpoint, since=begins, until=now) if arrived else set()
    if len(set(known) - crossed) > MOST_PASSES:
        raise AnnouncementTooLarge(limit=MOST_PASSES)
    codes = dict.fromkeys([*map(Code.parse, known), *arrived, *map(Code.parse, expected)])
    return [each for each in codes if str(each) not in crossed]


def _subjects(passes: Sequence[HeldPass], now: datetime) -> list[str]:
    """One pass for each phone."""
    by_phone: dict[str, str] = {}
    for phone, held in _reachable(passes, now):
        by_phone.setdefault(phone, str(held.code))
    return list(by_phone.values())


def _reachable(passes: Sequence[HeldPass], now: datetime) -> Iterator[tuple[str, HeldPass]]:
    for held in passes:
        phone = _phone(held)
        if phone is not None and held.verdict(now) is Verdict.VALID:
            yield phone, held


def _phone(held: HeldPass) -> str | None:
    """The holder's phone, or the traveller's, who travels with the holder. For an unproven form only the traveller's:
    its other numbers may belong to strangers."""
    if not held.record.declaration.form.consent.messages or held.is_restricted:
        return None
    traveller = HeldPass(Code(held.code.declaration, 0), held.record)
    riders = [held, traveller] if held.record.origin in SENT_TO_ALL else [traveller]
    return next((each.phone for each in riders if each.phone and not each.is_restricted), None)


def _ends_at(held: HeldPass) -> datetime:
    """After the gate nobody needs it."""
    return held.ends_at if held.crossing is None else min(held.ends_at, held.crossing.recorded_at)


def _name(checkpoints: Mapping[str, Checkpoint], checkpoint: str, language: Language) -> str:
    found = checkpoints.get(checkpoint)
    if found is None:
        return checkpoint
    name: str = getattr(found.names, language) or found.name_en
    return name[:LONGEST_NAME].rstrip()
