"""Correct a crossing by permit. The crossing stays as it was; the last correction holds."""

from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.corrections import MOST_CORRECTIONS, time_of_next
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.permits.corrections import CorrectedPermitCrossing, PermitCorrection, PermitCorrectionForm
from chalicelib.models.permits.crossings import PermitCrossing
from chalicelib.models.permits.errors import (
    PermitAtClosedCheckpoint,
    PermitCrossingMissing,
    PermitNotAdmissible,
    PermitUnknown,
    TooManyPermitCorrections,
)
from chalicelib.models.permits.events import PermitEvent, PermitEventKind
from chalicelib.models.permits.permits import PermitRecord, PermitVerdict, is_permit
from chalicelib.models.staff.recorded import recorded
from chalicelib.models.staff.roles import OVERRULE
from chalicelib.services.permits.crossings import PermitGate, verdict_of
from chalicelib.services.staff.postings import require_posting

_ATTEMPTS = 5
"""If others correct the same crossing at the same moment."""


class Corrected(NamedTuple):
    """The crossing with its corrections. `repeated`: the same correction was on record before."""

    found: CorrectedPermitCrossing
    repeated: bool


def correct_permit_crossing(form: PermitCorrectionForm, *, gate: PermitGate) -> Corrected:
    """Append a correction: two queries, one event, and one conditional write.

    The same content sent again by the same member of staff changes nothing, unless someone else corrected meanwhile.

    Raises
    ------
    PermitUnknown
        No permit has this code.
    PermitCrossingMissing
        The permit has no crossing in this minute and direction.
    NotPosted, PostedElsewhere
        The crossing was recorded at a checkpoint they do not act for.
    PermitAtClosedCheckpoint, PermitNotAdmissible
        The correction admits the holder, which the crossing could not. Supervisors may do it.
    TooManyPermitCorrections
        It was corrected 50 times.
    """
    code = Code.parse(form.code)
    record = gate.permits.find(code) if is_permit(code) else None
    if record is None:
        raise PermitUnknown(code=code.shown)
    for _ in range(_ATTEMPTS):
        found = gate.permits.find_crossing(code, form.crossing)
        if found is None:
            raise PermitCrossingMissing
        crossing, before = found.crossing, found.corrections
        correction = PermitCorrection(
            decision=form.decision,
            plate_seen=form.plate_seen,
            reason=form.reason,
            **recorded(gate.staff, time_of_next(before, gate.clock())),
        )
        if before and before[-1].says_the_same(correction):
            return Corrected(found, repeated=True)
        require_posting(gate.staff, crossing.checkpoint, postings=gate.postings)
        if form.decision is Decision.ADMIT and not gate.staff.may(OVERRULE):
            _require_admissible(record, crossing, gate)
        if len(before) >= MOST_CORRECTIONS:
            raise TooManyPermitCorrections(limit=MOST_CORRECTIONS)
        gate.announce([PermitEvent.of(PermitEventKind.PERMIT_CROSSING_CORRECTED, code, crossing.name)])
        if gate.permits.correct(found, correction):
            return Corrected(found.with_correction(correction), repeated=False)
    raise ServiceUnavailable


def _require_admissible(record: PermitRecord, crossing: PermitCrossing, gate: PermitGate) -> None:
    """The verdict is for the time of the crossing, by what is on record now. The correction has the reason."""
    checkpoint = gate.in_force.current().checkpoints[crossing.checkpoint]
    if not checkpoint.open:
        raise PermitAtClosedCheckpoint(checkpoint=checkpoint.names)
    verdict = verdict_of(record, crossing, crossing.crossed_at, gate.zone)
    if verdict is not PermitVerdict.VALID and not verdict.may_be_overruled:
        raise PermitNotAdmissible(verdict)
