"""Record crossings, of one person or of everyone in a vehicle. A pass has one, however many guards scan it at once."""

from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Crossing, CrossingForm, Decision, Direction
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import DeclarationRecord, HeldPass, pass_of
from chalicelib.models.errors import DomainError, FieldProblem, InvalidInput, ServiceUnavailable
from chalicelib.models.gate.errors import CrossingAlreadyRecorded, GroupRefused
from chalicelib.models.gate.vehicles import GroupForm, Mode
from chalicelib.models.records import SHOWN
from chalicelib.services.entry.records import records_of
from chalicelib.services.gate.admission import checkpoint_of, crossing_of, require_admissible
from chalicelib.services.gate.desks import Desk
from chalicelib.services.gate.lines import Line, LineOutcome
from chalicelib.services.parallel import in_parallel
from chalicelib.services.staff.postings import require_posting

_ATTEMPTS = 3
"""To record a group, if someone else records one of them at the same moment."""


class _ToRecord(NamedTuple):
    """A crossing that may be written."""

    held: HeldPass
    form: CrossingForm
    crossing: Crossing


class _Stands(NamedTuple):
    """The crossing on record says the same, by the same member of staff."""

    code: Code
    crossing: Crossing


class _Refused(NamedTuple):
    """`crossing` is the one on record, if that is the reason."""

    code: Code
    error: DomainError
    crossing: Crossing | None = None


_Plan = _ToRecord | _Stands | _Refused


def record_crossing(form: CrossingForm, *, desk: Desk) -> Line:
    """Append the decision about a pass: one query and one conditional write. On the way out, append a departure: see
    `departures.record_departure` and its errors.

    The same content sent again by the same member of staff is `repeated`.

    Raises
    ------
    NotPosted, PostedElsewhere
        The member of staff does not act for the checkpoint.
    CheckpointClosed
        Someone is admitted at a closed checkpoint.
    PassUnknown, PassExpired, PassRevoked
        An expired or revoked pass can be refused or isolated, not admitted.
    CrossingAlreadyRecorded
        Another decision is on record, or another member of staff's.
    InvalidInput
        The checkpoint is unknown; a person that the policy stops is admitted without a reason; or an identity card is
        kept from a person who does not come for only one day.
    """
    checkpoint_of(form.checkpoint, desk)
    if form.direction is Direction.OUT:
        # Lazy import: departures are rarer than arrivals.
        from chalicelib.services.gate.departures import record_departure

        return record_departure(form, desk=desk)
    code = Code.parse(form.code)
    line = _carry_out(_plan(code, form, desk.entries.find(code), desk), desk)
    if line.error is not None:
        raise line.error
    return line


def record_group(form: GroupForm, *, desk: Desk) -> list[Line]:
    """Append the decisions about everyone in a vehicle: one query for each declaration, and one transaction (`all`) or
    a conditional write for each person (`each`).

    Raises
    ------
    GroupRefused
        With mode `all`, if someone cannot be recorded: nobody is.
    InvalidInput
        The checkpoint is unknown.
    NotPosted, PostedElsewhere
        The member of staff does not act for the checkpoint.
    ServiceUnavailable
        With mode `all`: nobody was recorded.
    """
    checkpoint_of(form.checkpoint, desk)
    if form.direction is Direction.OUT:
        from chalicelib.services.gate.departures import record_departures

        return record_departures(list(form.forms()), form.mode, desk=desk)
    forms = [(Code.parse(each.code), each) for each in form.forms()]
    for _ in range(_ATTEMPTS):
        records = records_of((code for code, _ in forms), desk.entries)
        plans = [_plan(code, each, records.get(code.declaration), desk) for code, each in forms]
        if form.mode is Mode.EACH:
            return in_parallel(lambda plan: _carry_out_alone(plan, desk), plans)
        if refused := [(plan.code.shown, plan.error) for plan in plans if isinstance(plan, _Refused)]:
            raise GroupRefused(refused)
        new = [(plan.held, plan.crossing) for plan in plans if isinstance(plan, _ToRecord)]
        # Someone else may record one of them between our reading and our writing: then look again.
        if not new or desk.entries.append_crossings(new):
            return [_line(plan) for plan in plans]
    raise ServiceUnavailable


def _plan(code: Code, form: CrossingForm, record: DeclarationRecord | None, desk: Desk) -> _Plan:
    """What is to be done with a crossing. Raises `NotPosted` or `PostedElsewhere`."""
    now = desk.clock()
    try:
        held = pass_of(code, record)
    except PassUnknown as error:
        return _Refused(code, error)
    on_record = _compared(held, form, held.crossing, desk) if held.crossing else None
    if isinstance(on_record, _Stands):
        return on_record  # by now its sender may be posted elsewhere
    require_posting(desk.staff, form.checkpoint, postings=desk.postings)
    if on_record:
        return on_record
    crossing = crossing_of(form, held, now.replace(microsecond=0), desk, offline=None)
    if form.decision is Decision.ADMIT:
        try:
            require_admissible(held, crossing, desk)
        except DomainError as error:
            return _Refused(code, error)
    if form.identity_held and not held.with_crossing(crossing).is_of_one_day:
        return _Refused(code, InvalidInput([FieldProblem("/identity_held", "identity_held_impossible")]))
    return _ToRecord(held, form, crossing)


def _compared(held: HeldPass, form: CrossingForm, on_record: Crossing, desk: Desk) -> _Stands | _Refused:
    """A form, compared with the crossing that is on record."""
    if on_record.is_of(form) and on_record.recorded_by == desk.staff.subject:
        return _Stands(held.code, on_record)
    shown = on_record.model_dump(mode="json", exclude_none=True, context=SHOWN)
    return _Refused(held.code, CrossingAlreadyRecorded(shown), on_record)


def _carry_out(plan: _Plan, desk: Desk) -> Line:
    if isinstance(plan, _ToRecord):
        on_record = desk.entries.append_crossing(plan.held, plan.crossing)
        if on_record is not None:
            return _line(_compared(plan.held, plan.form, on_record, desk))
    return _line(plan)


def _carry_out_alone(plan: _Plan, desk: Desk) -> Line:
    """The same for one of several: its failure does not concern the others."""
    try:
        return _carry_out(plan, desk)
    except DomainError as error:
        return Line(plan.held.code if isinstance(plan, _ToRecord) else plan.code, LineOutcome.REFUSED, error=error)


def _line(plan: _Plan) -> Line:
    """The outcome of a plan that was carried out."""
    match plan:
        case _ToRecord():
            return Line(plan.held.code, LineOutcome.RECORDED, plan.crossing)
        case _Stands():
            return Line(plan.code, LineOutcome.REPEATED, plan.crossing)
        case _Refused():
            return Line(plan.code, LineOutcome.REFUSED, plan.crossing, error=plan.error)
