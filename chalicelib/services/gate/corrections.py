"""Correct: overrule what was decided about a crossing. The crossing stays as it was; what was said last holds."""

from dataclasses import dataclass

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.corrections import Correction, CorrectionForm
from chalicelib.models.entry.crossings import Crossing, Decision
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import Facts
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.gate.errors import CorrectionNeedsSupervisor, CrossingMissing, TooManyCorrections
from chalicelib.models.staff.staff import OVERRULE
from chalicelib.services.gate.crossings import Desk, require_admissible
from chalicelib.services.staff.postings import require_posting

MOST_CORRECTIONS = 50
"""Of one crossing."""

_ATTEMPTS = 5
"""To correct what others correct at the same moment."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """The crossing as it was recorded, and all that was said of it later, in its order."""

    code: Code
    crossing: Crossing
    corrections: list[Correction]


def correct(form: CorrectionForm, *, desk: Desk) -> Corrected:
    """Append a correction: one query, one conditional write.

    The same content sent again by the same member of staff changes nothing, unless someone else corrected it meanwhile.

    Raises
    ------
    PassUnknown
        No pass has this code.
    CrossingMissing
        The pass has no crossing yet.
    NotPosted, PostedElsewhere
        The crossing was recorded at a checkpoint they do not act for.
    PassRevoked, PassExpired, CheckpointClosed, CorrectionNeedsSupervisor
        A guard would admit whom a crossing may not, or say otherwise than a supervisor who settled it.
    TooManyCorrections
        It was corrected 50 times.
    """
    code = Code.parse(form.code)
    for _ in range(_ATTEMPTS):
        facts = desk.entries.find(code)
        if facts is None or not facts.has(code.person):
            raise PassUnknown(code=code.shown)
        if code.person not in facts.crossings:
            raise CrossingMissing
        before = list(facts.corrections.get(code.person, ()))
        corrected = Corrected(code, facts.crossings[code.person], before)
        correction = Correction(
            **form.model_dump(exclude={"code"}),
            recorded_at=desk.clock(),
            recorded_by=desk.staff.subject,
            recorded_by_name=desk.staff.name,
        )
        if before and _is_the_same(before[-1], correction):
            return corrected
        require_posting(desk.staff, corrected.crossing.checkpoint, postings=desk.postings)
        if not desk.staff.may(OVERRULE):
            _require_right(code, form, facts, desk)
        if len(before) >= MOST_CORRECTIONS:
            raise TooManyCorrections(limit=MOST_CORRECTIONS)
        if desk.entries.append_correction(code, facts.declaration, len(before), correction):
            return Corrected(code, corrected.crossing, [*before, correction])
    raise ServiceUnavailable


def _require_right(code: Code, form: CorrectionForm, facts: Facts, desk: Desk) -> None:
    """See that a correction does not do what a crossing may not: only a supervisor overrules that."""
    if facts.is_settled(code.person):
        raise CorrectionNeedsSupervisor
    if form.decision is Decision.ADMIT:
        require_admissible(code, facts, facts.crossings[code.person], desk)


def _is_the_same(standing: Correction, correction: Correction) -> bool:
    return standing == correction.model_copy(update={"recorded_at": standing.recorded_at})
