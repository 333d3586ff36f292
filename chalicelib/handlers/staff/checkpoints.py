"""Supervisors open and close checkpoints; administrators change and add them."""

from chalicelib.http.answers import Answer
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.models.people.province import province
from chalicelib.models.staff.checkpoints import Checkpoint, CheckpointForm
from chalicelib.models.staff.errors import CheckpointChangeRefused, CheckpointIdMalformed, NotPosted, PostedElsewhere
from chalicelib.models.staff.roles import RUN_GATES
from chalicelib.observability import audit
from chalicelib.services.staff import checkpoints
from chalicelib.settings import settings
from chalicelib.wiring import staff

_ID = parameter("path", "id", "The checkpoint's id.", "an-hoa", pattern="^[a-z0-9-]{2,40}$")


@serve(
    "PUT",
    "/v1/checkpoints/{id}",
    summary="Change a checkpoint, or add one",
    tag="staff",
    roles=RUN_GATES,
    writes=True,
    errors=(CheckpointIdMalformed, CheckpointChangeRefused, NotPosted, PostedElsewhere),
    parameters=(_ID,),
)
def change_checkpoint(call: Call[CheckpointForm]) -> Answer[Checkpoint]:
    """An administrator changes everything; a supervisor opens, closes and sets the lanes where they are posted. In
    force everywhere within a minute. Checkpoints are never deleted, only closed."""
    checkpoint = checkpoints.change_checkpoint(
        call.path["id"],
        call.body,
        staff=call.principal,
        province=province(settings().province),
        postings=staff.postings(),
        checkpoints=staff.checkpoints(),
    )
    state = f"{checkpoint.id}: {'open' if checkpoint.open else 'closed'}, {checkpoint.lanes} lanes"
    audit(call.principal, action="change checkpoint", codes=[], why=state)
    return Answer(checkpoint)
