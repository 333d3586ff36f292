"""Record the crossing of a permit's holder."""

from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Decision, Direction
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.permits.corrections import CorrectedPermitCrossing
from chalicelib.models.permits.crossings import PermitCrossing, PermitCrossingForm, SentCrossing
from chalicelib.models.permits.errors import (
    PermitAtClosedCheckpoint,
    PermitCrossingDiffers,
    PermitNotAdmissible,
    PermitUnknown,
)
from chalicelib.models.permits.events import PermitEvent, PermitEventKind
from chalicelib.models.permits.permits import PermitRecord, PermitVerdict, is_permit
from chalicelib.models.records import SHOWN
from chalicelib.models.staff.recorded import recorded
from chalicelib.models.staff.roles import Principal
from chalicelib.services.permits.ports import Announce, Permits
from chalicelib.services.policy.ports import InForceSource
from chalicelib.services.ports import Clock
from chalicelib.services.staff.ports import Postings
from chalicelib.services.staff.postings import require_posting, require_posting_then

LATEST = timedelta(days=1)
"""How late a crossing may be sent."""


class PermitGate(NamedTuple):
    """Collaborators."""

    staff: Principal
    permits: Permits
    in_force: InForceSource
    postings: Postings
    announce: Announce
    zone: tzinfo
    clock: Clock


class RecordedPermitCrossing(NamedTuple):
    """The crossing on record. `repeated`: it was there before."""

    crossing: PermitCrossing
    repeated: bool


def record_permit_crossing(
    form: PermitCrossingForm, *, gate: PermitGate, idempotency_key: str | None = None
) -> RecordedPermitCrossing:
    """Append a crossing: one query, one event, and one conditional write. There is one for each permit, direction and
    minute: a second one with the same decision, checkpoint and plate gets the first.

    With a key, the same request gets the first answer in another minute, too: a device that lost our answer sends it
    again with its own time, and its clock may name another minute than ours did.

    Raises
    ------
    NotPosted, PostedElsewhere
        The member of staff does not act for the checkpoint, or did not then.
    PermitUnknown
        No permit has this code.
    PermitAtClosedCheckpoint, PermitNotAdmissible
        Someone is admitted at a closed checkpoint, or by a permit that is not granted, revoked or ended.
    PermitCrossingDiffers
        Another decision, checkpoint or plate is on record for this minute, or for this key.
    InvalidInput
        The checkpoint is unknown, a time is impossible, or someone is admitted against the check without a reason.
    """
    code = Code.parse(form.code)
    record = gate.permits.find(code) if is_permit(code) else None
    sent = None if idempotency_key is None else SentCrossing.name_of(gate.staff.subject, idempotency_key)
    if record is not None and sent is not None and sent in record.sent:
        # Before any rule: since then a gate may have closed, and its sender may be posted elsewhere.
        known = gate.permits.find_crossing(code, record.sent[sent])
        if known is not None:
            return _same(known.crossing, form)
    now = gate.clock()
    checkpoint = gate.in_force.current().checkpoints.get(form.checkpoint)
    if checkpoint is None:
        raise InvalidInput([FieldProblem("/checkpoint", "unknown_checkpoint")])
    _require_possible_times(form, now)
    at = (form.crossed_at or now).replace(microsecond=0)
    _require_posting(form, at, gate)
    if record is None:
        raise PermitUnknown(code=code.shown)
    # Without network nobody could know what was decided later.
    verdict = verdict_of(record if form.crossed_at is None else record.as_of(at), form, at, gate.zone)
    if form.decision is Decision.ADMIT:
        if not checkpoint.open:
            raise PermitAtClosedCheckpoint(checkpoint=checkpoint.names)
        _require_admissible(record, form, verdict)
    seen = form.model_dump(exclude={"code", "crossed_at"})
    crossing = PermitCrossing(code=str(code), crossed_at=at, verdict=verdict, **seen, **recorded(gate.staff, now))
    gate.announce(_events(code, crossing))
    there = gate.permits.cross(record, crossing, sent)
    return RecordedPermitCrossing(crossing, repeated=False) if there is None else _same(there, form)


def _same(there: PermitCrossing, form: PermitCrossingForm) -> RecordedPermitCrossing:
    """The crossing on record, if the form says the same. Raises `PermitCrossingDiffers`."""
    if not there.is_also(form):
        raise PermitCrossingDiffers(there.model_dump(mode="json", exclude_none=True, context=SHOWN))
    return RecordedPermitCrossing(there, repeated=True)


def crossings_of_day(text: str, day: date | None, *, gate: PermitGate) -> list[CorrectedPermitCrossing]:
    """The crossings by a permit on a day, or today, with their corrections: two queries.

    Raises `CodeMistyped`, `PermitUnknown`.
    """
    code = Code.parse(text)
    if not is_permit(code) or gate.permits.find(code) is None:
        raise PermitUnknown(code=code.shown)
    day = day or gate.clock().astimezone(gate.zone).date()
    found = gate.permits.crossings(code)
    return [each for each in found if each.crossing.crossed_at.astimezone(gate.zone).date() == day]


def _events(code: Code, crossing: PermitCrossing) -> list[PermitEvent]:
    kinds = [PermitEventKind.PERMIT_CROSSED]
    if crossing.decision is Decision.ISOLATE or crossing.direction is Direction.OUT:
        kinds.append(PermitEventKind.PERMIT_STAY)
    return [PermitEvent.of(kind, code, crossing.name) for kind in kinds]


def _require_possible_times(form: PermitCrossingForm, now: datetime) -> None:
    latest = now + CLOCK_TOLERANCE
    if form.crossed_at is not None and not now - LATEST <= form.crossed_at <= latest:
        raise InvalidInput([FieldProblem("/crossed_at", "permit_crossing_time_impossible")])
    if form.test_sampled_at is not None and form.test_sampled_at > latest:
        raise InvalidInput([FieldProblem("/test_sampled_at", "test_in_future")])


def _require_posting(form: PermitCrossingForm, at: datetime, gate: PermitGate) -> None:
    if form.crossed_at is None:
        require_posting(gate.staff, form.checkpoint, postings=gate.postings)
        return
    record = gate.postings.of(gate.staff.subject, fresh=True)
    require_posting_then(gate.staff, form.checkpoint, at - CLOCK_TOLERANCE, at, record)


def verdict_of(
    record: PermitRecord, seen: PermitCrossingForm | PermitCrossing, at: datetime, zone: tzinfo
) -> PermitVerdict:
    """The verdict on a crossing at this time."""
    if seen.direction is Direction.OUT:
        # Everyone may leave, at any time and by any gate.
        return PermitVerdict.NOT_GRANTED if record.conditions is None else PermitVerdict.VALID
    return record.verdict(at, seen.checkpoint, zone, tested_at=seen.test_sampled_at)


def _require_admissible(record: PermitRecord, form: PermitCrossingForm, verdict: PermitVerdict) -> None:
    if verdict is not PermitVerdict.VALID and not verdict.may_be_overruled:
        raise PermitNotAdmissible(verdict)
    if form.direction is Direction.OUT or form.reason is not None:
        return
    if verdict is not PermitVerdict.VALID:
        raise InvalidInput([FieldProblem("/reason", "reason_missing_for_permit")])
    if not form.well:
        raise InvalidInput([FieldProblem("/reason", "reason_missing_for_unwell")])
    if form.plate_seen != record.permit.form.plate:
        raise InvalidInput([FieldProblem("/reason", "reason_missing_for_plate")])
