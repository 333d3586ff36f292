"""Correct: overrule the decision of a crossing. The crossing stays as it was; the last correction holds."""

from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.corrections import MOST_CORRECTIONS, Correction, CorrectionForm, time_of_next
from chalicelib.models.entry.crossings import Crossing, Decision
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.gate.errors import CorrectionNeedsSupervisor, CrossingMissing, TooManyCorrections
from chalicelib.models.staff.recorded import recorded
from chalicelib.models.staff.roles import OVERRULE
from chalicelib.services.gate.admission import require_admissible
from chalicelib.services.gate.desks import Desk
from chalicelib.services.staff.postings import require_posting

_ATTEMPTS = 5
"""If others correct the same crossing at the same moment."""


class Corrected(NamedTuple):
    """The pass with its correction. `repeated`: the same one was on record before."""

    held: HeldPass
    repeated: bool


def correct(form: CorrectionForm, *, desk: Desk) -> Corrected:
    """Append a correction: one query, one conditional write.

    The same content sent again by the same member of staff changes nothing, unless someone else corrected meanwhile.

    Raises
    ------
    PassUnknown
        No pass has this code.
    CrossingMissing
        The pass has no crossing yet.
    NotPosted, PostedElsewhere
        The crossing was recorded at a checkpoint they do not act for.
    CorrectionNeedsSupervisor
        A supervisor has settled a conflict about this pass, so only supervisors may correct it.
    PassRevoked, PassExpired, CheckpointClosed, InvalidInput
        The correction admits the person, which the crossing could not: see `require_admissible`. Supervisors may do it.
    TooManyCorrections
        It was corrected 50 times.
    """
    code = Code.parse(form.code)
    for _ in range(_ATTEMPTS):
        held = pass_of(code, desk.entries.find(code))
        crossing, before = held.crossing, held.corrections
        if crossing is None:
            raise CrossingMissing
        by = recorded(desk.staff, time_of_next(before, desk.clock()))
        correction = Correction(**form.model_dump(exclude={"code"}), **by)
        if before and before[-1].says_the_same(correction):
            return Corrected(held, repeated=True)
        require_posting(desk.staff, crossing.checkpoint, postings=desk.postings)
        if not desk.staff.may(OVERRULE):
            _require_right(form, held, crossing, desk)
        if len(before) >= MOST_CORRECTIONS:
            raise TooManyCorrections(limit=MOST_CORRECTIONS)
        if desk.entries.append_correction(held, correction):
            return Corrected(held.with_correction(correction), repeated=False)
    raise ServiceUnavailable


def _require_right(form: CorrectionForm, held: HeldPass, crossing: Crossing, desk: Desk) -> None:
    """Raise if only a supervisor may make this correction."""
    if held.is_settled:
        raise CorrectionNeedsSupervisor
    if form.decision is Decision.ADMIT:
        require_admissible(held, crossing, desk)
