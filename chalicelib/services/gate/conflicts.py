"""Settle: a supervisor says what holds if a crossing recorded without network contradicts what is on record."""

from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.models.entry.codes import LENGTH, Code
from chalicelib.models.entry.conflicts import Conflict, Settlement, SettlementForm
from chalicelib.models.entry.corrections import Correction, time_of_next
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.errors import CodeMistyped, PassUnknown
from chalicelib.models.entry.records import DeclarationRecord, HeldPass, pass_of
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.gate.errors import ConflictOfOneself, ConflictSettled, ConflictUnknown
from chalicelib.models.staff.recorded import recorded
from chalicelib.services.entry.records import records_of
from chalicelib.services.gate.desks import Desk
from chalicelib.services.gate.ports import Entries
from chalicelib.services.pages import Page, page_of
from chalicelib.services.staff.postings import require_posting

MOST_LISTED = 10_000
"""The most open conflicts that are read: the list is paged in memory."""

_ATTEMPTS = 5
"""If others settle or correct the same at the same moment."""


@dataclass(frozen=True, slots=True)
class ListedConflict:
    """A conflict, and the pass that it is about."""

    held: HeldPass
    conflict: Conflict

    @property
    def on_record(self) -> Crossing:
        """The pass's crossing."""
        crossing = self.held.crossing
        assert crossing is not None  # a conflict contradicts a crossing, or is one
        return crossing

    @property
    def settlement(self) -> Settlement | None:
        return self.held.record.settlements.get(self.conflict.id)

    @property
    def recorded_by(self) -> set[str]:
        """Who recorded the two crossings: the subjects of their tokens."""
        return {self.conflict.crossing.recorded_by, self.on_record.recorded_by}

    @property
    def checkpoints(self) -> set[str]:
        """Where the two crossings were recorded."""
        return self.held.checkpoints_of(self.conflict)


class Settled(NamedTuple):
    """The conflict with its settlement. `repeated`: the same one was on record before."""

    listed: ListedConflict
    repeated: bool


def list_conflicts(*, checkpoint: str | None, cursor: str | None, limit: int, entries: Entries) -> Page[ListedConflict]:
    """A page of the conflicts that nobody has settled, the latest first: one query, and one for each declaration.

    With `checkpoint` those in which either crossing was recorded there. Raises `InvalidInput` (`cursor_unknown`).
    """
    named = entries.open_conflicts(checkpoint, MOST_LISTED)
    page = page_of(named, cursor=cursor, limit=limit, name_of=lambda each: each[1])
    records = records_of((code for code, _ in page.items), entries)
    found = [_conflict(code, name, records.get(code.declaration)) for code, name in page.items]
    return Page([each for each in found if each is not None and each.settlement is None], page.cursor)


def code_of(conflict_id: str) -> Code:
    """The pass that a conflict's id names. Raises `ConflictUnknown` for any other text."""
    try:
        return Code.parse(conflict_id[:LENGTH])
    except CodeMistyped as error:
        raise ConflictUnknown from error


def settle(conflict_id: str, form: SettlementForm, *, desk: Desk) -> Settled:
    """Say what holds: one query, one transaction. The conflict leaves the list; all facts stay on record.

    The same settlement sent again by the same supervisor changes nothing.

    Raises
    ------
    ConflictUnknown
        There is no such conflict (any more).
    ConflictSettled
        Someone settled it before.
    NotPosted, PostedElsewhere
        Neither crossing was recorded at the checkpoint that the supervisor acts for.
    ConflictOfOneself
        The supervisor recorded one of them.
    """
    code = code_of(conflict_id)
    for _ in range(_ATTEMPTS):
        found = _conflict(code, conflict_id, desk.entries.find(code))
        if found is None:
            raise ConflictUnknown
        now = desk.clock()
        settlement = Settlement(**form.model_dump(), conflict=conflict_id, **recorded(desk.staff, now))
        require_posting(desk.staff, *found.checkpoints, postings=desk.postings)
        if desk.staff.subject in found.recorded_by:
            raise ConflictOfOneself
        if found.settlement is not None:
            if not found.settlement.says_the_same(settlement):
                raise ConflictSettled(found.settlement.model_dump(mode="json", exclude_none=True))
            return Settled(found, repeated=True)
        by = recorded(desk.staff, time_of_next(found.held.corrections, now))
        correction = Correction(decision=form.decision, reason=form.reason, **by)
        if desk.entries.append_settlement(found.held, found.conflict, settlement, correction):
            held = found.held.with_settlement(settlement).with_correction(correction)
            return Settled(ListedConflict(held, found.conflict), repeated=False)
    raise ServiceUnavailable


def _conflict(code: Code, conflict_id: str, record: DeclarationRecord | None) -> ListedConflict | None:
    try:
        held = pass_of(code, record)
    except PassUnknown:
        return None
    return next((ListedConflict(held, each) for each in held.conflicts if each.id == conflict_id), None)
