"""Supervisors and administrators post staff to checkpoints."""

from datetime import datetime

from chalicelib import wiring
from chalicelib.http.answers import Answer
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models.staff.errors import NameOfOneself, StaffSubjectMalformed, StaffUnknown
from chalicelib.models.staff.roles import RUN_GATES
from chalicelib.models.staff.staff import PostingForm, StaffRecord
from chalicelib.observability import audit
from chalicelib.services.pages import page_of
from chalicelib.services.staff import postings as staff
from chalicelib.wiring.staff import checkpoints, postings, subjects

SUBJECT = parameter(
    "path",
    "subject",
    "The subject (`sub`) of the member's token.",
    "00000000-0000-4000-8000-000000000001",
    minLength=1,
    maxLength=255,
)


class StaffMember(Shape):
    """A member of staff, the checkpoint they act for, and whether they are blocked."""

    subject: str
    """Of their token."""
    name: str | None = None
    """The name their colleagues know them by."""
    checkpoint: str | None = None
    """Left out if it is none now."""
    since: datetime | None = None
    """Since when that is so; left out if they were never posted."""
    posted_by: str | None = None
    """The subject of the member of staff who posted them."""
    blocked_since: datetime | None = None
    """Their tokens that were issued until then are refused; left out if they are not blocked."""
    blocked_by: str | None = None
    """The subject of the member of staff who blocked them."""


class Staff(Shape):
    """Everyone who is or was posted to a checkpoint, or is blocked, by name."""

    staff: list[StaffMember]
    """By name."""
    cursor: str | None = None
    """Send it to get the next page; left out on the last one."""
    complete: bool
    """Whether this is the last page."""


@serve("GET", "/v1/staff", summary="Who is posted where", tag="staff", roles=RUN_GATES)
def list_staff(call: Call[None, PageQuery]) -> Answer[Staff]:
    """Everyone who is or was posted to a checkpoint, or is blocked, by name. It is audited."""
    audit(call.principal, action="list staff", codes=[], why="who is posted where")
    query, everyone = call.query, staff.list_staff(postings=postings())
    page = page_of(everyone, cursor=query.cursor, limit=query.limit, name_of=lambda each: each.subject)
    shown = [member(each) for each in page.items]
    return Answer(Staff(staff=shown, cursor=page.cursor, complete=page.cursor is None))


@serve(
    "PUT",
    "/v1/staff/{subject}/posting",
    summary="Post a member of staff to a checkpoint",
    tag="staff",
    roles=RUN_GATES,
    writes=True,
    errors=(StaffSubjectMalformed, NameOfOneself),
    parameters=(SUBJECT,),
)
def post_staff(call: Call[PostingForm]) -> Answer[StaffMember]:
    """To one at a time, or to none; callers may post themselves. The same again changes nothing. For a minute they may
    still be able to record at the checkpoint where they were posted before. `name` is what records show beside their
    decisions; nobody writes their own."""
    record = staff.post(
        call.path["subject"],
        call.body,
        by=call.principal,
        subjects=subjects(),
        postings=postings(),
        checkpoints=checkpoints(),
        clock=wiring.clock,
    )
    where = record.posted_to(None) or "no checkpoint"
    audit(call.principal, action="post staff", codes=[], why=f"{record.subject} to {where}")
    return Answer(member(record))


@serve(
    "DELETE",
    "/v1/staff/{subject}/posting",
    summary="Take a member of staff off the list",
    tag="staff",
    roles=RUN_GATES,
    writes=True,
    errors=(StaffUnknown,),
    parameters=(SUBJECT,),
)
def remove_posting(call: Call) -> Answer[StaffMember]:
    """Their posting, the ones before it and their name are deleted: for someone who has left, or a subject that was
    mistyped, whatever it looks like. A block stays. What their device kept without network cannot be sent any more; to
    end a shift, post them to no checkpoint instead."""
    subject = call.path["subject"]
    record = staff.remove(subject, postings=postings())
    audit(call.principal, action="remove posting", codes=[], why=audited(subject))
    return Answer(member(record))


def audited(subject: str) -> str:
    """A subject for the audit log. One of another form may be a phone number that was stored by mistake."""
    return subject if subjects().fullmatch(subject) else "a subject that is not of the issuer's form"


def member(record: StaffRecord) -> StaffMember:
    posting = record.postings[0] if record.postings else None
    return StaffMember(
        subject=record.subject,
        name=record.name,
        checkpoint=posting and posting.checkpoint,
        since=posting and posting.since,
        posted_by=posting and posting.posted_by,
        blocked_since=record.blocked_since,
        blocked_by=record.blocked_by,
    )
