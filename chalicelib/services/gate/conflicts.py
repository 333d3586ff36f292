"""Settle: a supervisor says what holds where a crossing recorded without network does not fit what is on record."""

from dataclasses import dataclass, replace

from chalicelib.models.entry.codes import LENGTH, Code
from chalicelib.models.entry.conflicts import Conflict, Settlement, SettlementForm
from chalicelib.models.entry.corrections import Correction
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.entry.records import Facts
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.gate.errors import ConflictOfOneself, ConflictSettled, ConflictUnknown
from chalicelib.services.collaborators import Entries
from chalicelib.services.gate.crossings import Desk
from chalicelib.services.parallel import in_parallel
from chalicelib.services.staff.postings import require_posting

MOST_LISTED = 100

_ATTEMPTS = 5
"""To settle what others settle or correct at the same moment."""


@dataclass(frozen=True, slots=True)
class FoundConflict:
    """A conflict and what it stands beside."""

    code: Code
    conflict: Conflict
    facts: Facts

    @property
    def settlement(self) -> Settlement | None:
        return self.facts.settlements.get(self.conflict.id)

    @property
    def recorded_by(self) -> set[str]:
        """Who recorded the two crossings: the subjects of their tokens."""
        return {self.conflict.crossing.recorded_by, self.facts.crossings[self.code.person].recorded_by}

    @property
    def checkpoints(self) -> set[str]:
        """Where the two crossings were recorded."""
        return {self.conflict.crossing.checkpoint, self.facts.crossings[self.code.person].checkpoint}


def list_conflicts(*, checkpoint: str | None, entries: Entries) -> list[FoundConflict]:
    """The conflicts that nobody has settled, the latest first, at most 100: one query, and one for each declaration.

    With `checkpoint` those in which either crossing was recorded there.
    """
    named = entries.open_conflicts(checkpoint, MOST_LISTED)
    distinct = list({code.declaration: code for code, _ in named}.values())
    facts = dict(zip((code.declaration for code in distinct), in_parallel(entries.find, distinct), strict=True))
    found = [_conflict(code, name, facts[code.declaration]) for code, name in named]
    return [each for each in found if each is not None and each.settlement is None]


def code_of(name: str) -> Code:
    """The pass that a conflict's id names. Raises `ConflictUnknown` for a text that is none."""
    try:
        return Code.parse(name[:LENGTH])
    except CodeMistyped as error:
        raise ConflictUnknown from error


def settle(name: str, form: SettlementForm, *, desk: Desk) -> FoundConflict:
    """Say what holds: one query, one transaction. The conflict is gone from the list; all of it stays on record.

    Settled again by the same supervisor in the same words changes nothing.

    Raises
    ------
    ConflictUnknown
        There is no conflict of this name (any more).
    ConflictSettled
        Someone settled it before.
    NotPosted, PostedElsewhere
        Neither crossing was recorded at the checkpoint they act for.
    ConflictOfOneself
        They recorded one of them.
    """
    code = code_of(name)
    for _ in range(_ATTEMPTS):
        facts = desk.entries.find(code)
        found = _conflict(code, name, facts)
        if found is None:
            raise ConflictUnknown
        settlement = Settlement(
            **form.model_dump(),
            conflict=name,
            recorded_at=desk.clock(),
            recorded_by=desk.staff.subject,
            recorded_by_name=desk.staff.name,
        )
        require_posting(desk.staff, *found.checkpoints, postings=desk.postings)
        if desk.staff.subject in found.recorded_by:
            raise ConflictOfOneself
        if found.settlement is not None:
            if not _is_the_same(found.settlement, settlement):
                raise ConflictSettled(found.settlement.model_dump(mode="json", exclude_none=True))
            return found
        correction = _correction(found, settlement)
        declaration = found.facts.declaration
        if desk.entries.append_settlement(code, declaration, found.conflict, settlement, correction):
            return FoundConflict(code, found.conflict, _with(found, settlement, correction[1]))
    raise ServiceUnavailable


def _with(found: FoundConflict, settlement: Settlement, correction: Correction) -> Facts:
    """The facts as they are on record now."""
    corrections = dict(found.facts.corrections)
    corrections[found.code.person] = [*corrections.get(found.code.person, ()), correction]
    settlements = {**found.facts.settlements, settlement.conflict: settlement}
    return replace(found.facts, corrections=corrections, settlements=settlements)


def _conflict(code: Code, name: str, facts: Facts | None) -> FoundConflict | None:
    if facts is None:
        return None
    return next(
        (FoundConflict(code, each, facts) for each in facts.conflicts.get(code.person, ()) if each.id == name), None
    )


def _is_the_same(standing: Settlement, settlement: Settlement) -> bool:
    return standing == settlement.model_copy(update={"recorded_at": standing.recorded_at})


def _correction(found: FoundConflict, settlement: Settlement) -> tuple[int, Correction]:
    """What a settlement says, as the pass's next correction: by its number, nobody comes in between."""
    correction = Correction(
        decision=settlement.decision,
        reason=settlement.reason,
        recorded_at=settlement.recorded_at,
        recorded_by=settlement.recorded_by,
        recorded_by_name=settlement.recorded_by_name,
    )
    return len(found.facts.corrections.get(found.code.person, ())), correction
