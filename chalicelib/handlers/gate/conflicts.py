"""Supervisors settle conflicts between crossings."""

from datetime import datetime

from pydantic import Field

from chalicelib.handlers.entry.answers import Shown
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.conflicts import ConflictKind, Settlement, SettlementForm
from chalicelib.models.entry.corrections import Correction
from chalicelib.models.entry.crossings import Crossing, Decision
from chalicelib.models.entry.revocations import Revocation
from chalicelib.models.gate.errors import ConflictOfOneself, ConflictSettled, ConflictUnknown
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere
from chalicelib.models.staff.roles import OVERRULE
from chalicelib.observability import audit, count
from chalicelib.services.gate import conflicts
from chalicelib.wiring.entry import entries
from chalicelib.wiring.gate import desk
from chalicelib.wiring.staff import sees_health

_ID = parameter(
    "path", "id", "A conflict's id, from the list or from the batch's answer.", "0000000000000000-0123456789ab"
)


class ConflictsQuery(PageQuery):
    """Which conflicts."""

    checkpoint: str | None = Field(None, examples=["an-hoa"])
    """Only conflicts in which a crossing was recorded at this checkpoint."""


class FoundConflict(Shape):
    """A crossing recorded without network that contradicts the record, and what is on record."""

    id: str
    """The conflict's id."""
    kind: ConflictKind
    """Why it needs a supervisor."""
    code: Shown
    """The pass's code."""
    full_name: str
    """Who holds the pass."""
    recorded_without_network: Crossing
    """What the device sent."""
    standing: Crossing
    """The crossing that counts for the pass; the same one, unless the kind is `decided_otherwise`."""
    corrections: list[Correction]
    """Of the crossing that counts, in their order."""
    revocation: Revocation | None = None
    """If the pass was withdrawn."""
    expires_at: datetime
    """When the pass ends."""
    decision: Decision
    """What holds now."""
    settlement: Settlement | None = None
    """Who settled it and how; left out if nobody has."""


class Conflicts(Shape):
    """Those that nobody has settled, the latest first."""

    conflicts: list[FoundConflict]
    """The latest first."""
    cursor: str | None = None
    """Send it to get the next page; left out on the last one."""
    complete: bool
    """Whether this is the last page."""


def _shown(listed: conflicts.ListedConflict) -> FoundConflict:
    held = listed.held
    return FoundConflict(
        id=listed.conflict.id,
        kind=listed.conflict.kind,
        code=held.code.shown,
        full_name=held.person.full_name,
        recorded_without_network=listed.conflict.crossing,
        standing=listed.on_record,
        corrections=list(held.corrections),
        revocation=held.revocation,
        expires_at=held.expires_at,
        decision=held.decision or listed.conflict.crossing.decision,
        settlement=listed.settlement,
    )


@serve(
    "GET",
    "/v1/checkpoint/conflicts",
    summary="Conflicts that nobody has settled",
    tag="checkpoint",
    roles=OVERRULE,
    looks=True,
    errors=(NotPosted,),
)
def list_conflicts(call: Call[None, ConflictsQuery]) -> Answer[Conflicts]:
    """Crossings recorded without network that contradict the record, the latest first, each with what is on record.
    They reveal health, so they are for supervisors who are posted, or were within the last hour."""
    if not sees_health(call.principal):
        raise NotPosted(subject=call.principal.subject)
    query = call.query
    page = conflicts.list_conflicts(
        checkpoint=query.checkpoint, cursor=query.cursor, limit=query.limit, entries=entries()
    )
    codes = [str(each.held.code) for each in page.items]
    audit(call.principal, action="list conflicts", codes=codes, why="to settle them")
    shown = [_shown(each) for each in page.items]
    return Answer(Conflicts(conflicts=shown, cursor=page.cursor, complete=page.cursor is None))


@serve(
    "POST",
    "/v1/checkpoint/conflicts/{id}/settlement",
    summary="Settle a conflict",
    tag="checkpoint",
    status=201,
    roles=OVERRULE,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(NotPosted, PostedElsewhere, ConflictUnknown, ConflictSettled, ConflictOfOneself),
    parameters=(_ID,),
)
def settle_conflict(call: Call[SettlementForm]) -> Answer[FoundConflict]:
    """Decide what holds for the pass, and why. Both crossings and the settlement stay on record; if another decision
    held before, a correction is added. Sent twice it does its work once."""
    name = call.path["id"]
    # A refusal shows how it was settled, so it is audited as a look too.
    audit(
        call.principal, action="settle conflict", codes=[str(conflicts.code_of(name))], why="two facts that do not fit"
    )
    settled = conflicts.settle(name, call.body, desk=desk(call.principal))
    count("Settlements")
    return Answer(_shown(settled.listed), replayed(settled.repeated))
