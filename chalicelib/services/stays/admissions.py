"""Watch: every admitted person who must be watched has a stay until they leave, and nobody else has one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people import hashed
from chalicelib.models.policy.policies import Policy
from chalicelib.models.stays.changes import Change, ChangeKind
from chalicelib.models.stays.stays import Stay, StayPerson, StayRecord
from chalicelib.services.entry.ports import FindRecord
from chalicelib.services.ports import Clock, KeyedHash
from chalicelib.services.stays.ports import Stays

ATTEMPTS = 8
"""If others write about the same stay at the same moment."""
LEFT = "Đã ra khỏi tỉnh qua chốt / left the province at a gate"


@dataclass(frozen=True, slots=True)
class Register:
    """Dependencies of this service."""

    find_record: FindRecord
    find_policy: Callable[[str], Policy]
    stays: Stays
    keyed_hash: KeyedHash
    zone: ZoneInfo
    clock: Clock


def watch(code: Code, *, register: Register) -> None:
    """Bring the stay of a pass in line with the pass's record: begun if its holder is admitted, ended if they are not,
    or have left.

    After each write the record is read again, because a worker with an older record may have written meanwhile. So the
    last writer has seen the last fact, in any order of events. Raises `ServiceUnavailable`.
    """
    for _ in range(ATTEMPTS):
        record = register.find_record(code)
        held = next((each for each in record.passes(code.declaration) if each.code == code), None) if record else None
        if held is None or not _changed(held, register):
            return
    raise ServiceUnavailable


def _changed(held: HeldPass, register: Register) -> bool:
    """Returns whether something had to be written."""
    stays = register.stays
    on_record = stays.find(held.code)
    is_admitted = held.decision is Decision.ADMIT and not held.is_revoked
    if on_record is None:
        # Also of one who has left meanwhile: it is ended then, with the name of the guard, and can be taken back.
        stay = _stay(held, register) if is_admitted else None
        if stay is not None:
            stays.open(stay)
        return stay is not None
    has_left = held.departure is not None and not on_record.is_departure_taken_back
    is_here = is_admitted and not has_left
    change = _change(held, on_record, has_left, is_here, register)
    if change is not None:
        stays.append(on_record, change)
    return change is not None


def _stay(held: HeldPass, register: Register) -> Stay | None:
    crossing, trip = held.crossing, held.trip
    assert crossing is not None  # an admitted pass has one
    policy = register.find_policy(held.policy_version)
    watch = policy.watch_of(held.instructions)
    begins_on = crossing.recorded_at.astimezone(register.zone).date()
    if watch is None or (trip.stay_until is not None and trip.stay_until <= begins_on):
        return None
    person, form = held.person, held.record.declaration.form
    return Stay(
        code=str(held.code),
        person=StayPerson(full_name=person.full_name, birth_year=person.born_in, phone=person.phone),
        unit=trip.destination.unit,
        address=trip.destination.address,
        host=trip.destination.host,
        begins_on=begins_on,
        until=begins_on + timedelta(days=watch.days - 1),
        place=watch.place,
        report_daily=watch.report_daily,
        tests_on=[begins_on + timedelta(days=day - 1) for day in watch.tests_on],
        fever_from=policy.fever_from,
        policy_version=policy.version,
        instructions=held.instructions,
        opened_at=register.clock(),
        language=form.language,
        messages=form.consent.messages,
        hashed=register.keyed_hash.text(hashed.PERSON, person.identifying_text),
    )


def _change(held: HeldPass, record: StayRecord, has_left: bool, is_here: bool, register: Register) -> Change | None:
    """What must be changed so that the stay follows the record. A stay that staff have ended stays ended."""
    ended, now = record.ended_by, register.clock()
    if is_here != (ended is not None) or (ended is not None and not ended.follows_decision):
        return None
    today = now.astimezone(register.zone).date()
    if has_left:
        left = held.departure
        assert left is not None
        return Change(
            kind=ChangeKind.LEFT,
            until=min(today, record.until),
            reason=LEFT,
            recorded_at=now,
            recorded_by=left.recorded_by,
            recorded_by_name=left.recorded_by_name,
            follows_decision=True,
        )
    because = held.revocation or held.corrections[-1]  # nothing else changes the decision
    return Change(
        kind=ChangeKind.TAKEN_BACK if is_here else ChangeKind.ENDED,
        until=None if is_here else min(today, record.until),
        reason=because.reason,
        recorded_at=now,
        recorded_by=because.recorded_by,
        recorded_by_name=because.recorded_by_name,
        follows_decision=True,
    )
