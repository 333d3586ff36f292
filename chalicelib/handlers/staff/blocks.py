"""Supervisors and administrators block the tokens of staff who leave, or whose phone is lost."""

from chalicelib import wiring
from chalicelib.handlers.staff.postings import SUBJECT, StaffMember, audited, member
from chalicelib.http.answers import Answer
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.models.staff.errors import BlockOfOneself, StaffSubjectMalformed, StaffUnknown
from chalicelib.models.staff.roles import RUN_GATES
from chalicelib.observability import audit
from chalicelib.services.staff import blocks
from chalicelib.wiring.staff import postings, subjects


@serve(
    "PUT",
    "/v1/staff/{subject}/block",
    summary="Block a member of staff",
    tag="staff",
    roles=RUN_GATES,
    writes=True,
    errors=(StaffSubjectMalformed, BlockOfOneself),
    parameters=(SUBJECT,),
)
def block_staff(call: Call) -> Answer[StaffMember]:
    """Every token of theirs that was issued until now is refused, on every route, within a minute
    (`staff_token_blocked`). A token issued later is good, so disable someone who has left at the
    issuer first. Sent again, it covers the tokens issued meanwhile. Nobody blocks themselves."""
    record = blocks.block(
        call.path["subject"], by=call.principal, subjects=subjects(), postings=postings(), clock=wiring.clock
    )
    audit(call.principal, action="block staff", codes=[], why=record.subject)
    return Answer(member(record))


@serve(
    "DELETE",
    "/v1/staff/{subject}/block",
    summary="Take a block away",
    tag="staff",
    roles=RUN_GATES,
    writes=True,
    errors=(BlockOfOneself, StaffUnknown),
    parameters=(SUBJECT,),
)
def unblock_staff(call: Call) -> Answer[StaffMember]:
    """Tokens of theirs that have not expired are good again, within a minute. For a block by mistake: after a lost
    phone the block stays, and its owner signs in again. Nobody unblocks themselves."""
    record = blocks.unblock(call.path["subject"], by=call.principal, postings=postings())
    audit(call.principal, action="unblock staff", codes=[], why=audited(record.subject))
    return Answer(member(record))
