"""Supervisors settle what does not fit together."""

from chalicelib import wiring
from chalicelib.handlers import shapes
from chalicelib.handlers.auth import STAFF_ERRORS
from chalicelib.handlers.crossings import desk
from chalicelib.handlers.http import Answer, Call, serve
from chalicelib.models import errors
from chalicelib.models.crossings import SettlementForm
from chalicelib.models.staff import Role
from chalicelib.observability import audit, count
from chalicelib.services import conflicts

SETTLE = frozenset({Role.SUPERVISOR})

_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "A conflict's id, from the list or from the batch's answer.",
    "schema": {"type": "string"},
    "example": "0000000000000000-0123456789ab",
}
_CHECKPOINT = {
    "name": "checkpoint",
    "in": "query",
    "required": False,
    "description": "Only conflicts in which a crossing was recorded at this checkpoint.",
    "schema": {"type": "string"},
    "example": "an-hoa",
}


@serve(
    "GET",
    "/v1/checkpoint/conflicts",
    summary="Conflicts that nobody has settled",
    tag="checkpoint",
    answer=shapes.Conflicts,
    roles=SETTLE,
    errors=STAFF_ERRORS,
    parameters=(_CHECKPOINT,),
)
def list_conflicts(call: Call) -> Answer:
    """Crossings recorded without network that do not fit what is on record, the latest first, each with what it stands
    beside."""
    found = conflicts.list_conflicts(checkpoint=call.query.get("checkpoint"), entries=wiring.entries())
    audit(call.principal, action="list conflicts", codes=[str(each.code) for each in found], why="to settle them")
    return Answer(shapes.Conflicts(conflicts=[shapes.conflict(each) for each in found]))


@serve(
    "POST",
    "/v1/checkpoint/conflicts/{id}/settlement",
    summary="Settle a conflict",
    tag="checkpoint",
    status=201,
    body=SettlementForm,
    answer=shapes.FoundConflict,
    roles=SETTLE,
    writes=True,
    errors=(*STAFF_ERRORS, errors.NotPosted, errors.PostedElsewhere, errors.ConflictUnknown, errors.ConflictSettled),
    parameters=(_ID,),
)
def settle_conflict(call: Call) -> Answer:
    """Say what holds for the pass, and why. Both crossings and the settlement stay on record; where another decision
    held, a correction stands beside them. Sent twice it does its work once."""
    settled = conflicts.settle(call.path["id"], call.body, desk=desk(call))
    audit(call.principal, action="settle conflict", codes=[str(settled.code)], why="two facts that do not fit")
    count("Settlements")
    return Answer(shapes.conflict(settled))
