"""Supervisors post staff to checkpoints, health officers to communes, administrators to both."""

from datetime import datetime

from chalicelib import wiring
from chalicelib.http.answers import Answer
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.models.people.province import province
from chalicelib.models.staff.errors import NameOfOneself, PostingRefused, StaffSubjectMalformed, StaffUnknown
from chalicelib.models.staff.roles import ALL, POST_STAFF, Role
from chalicelib.models.staff.staff import PostingForm, PostingKind, StaffRecord
from chalicelib.observability import audit
from chalicelib.services.pages import page_of
from chalicelib.services.staff import postings as staff
from chalicelib.settings import settings
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
    """A member of staff, their checkpoint or commune, and whether they are blocked."""

    subject: str
    """Of their token."""
    name: str | None = None
    """The name their colleagues know them by."""
    checkpoint: str | None = None
    """Left out if it is none now."""
    commune: str | None = None
    """The code of the commune they act for; left out if it is none now."""
    since: datetime | None = None
    """Since when that is so; left out if they were never posted."""
    posted_by: str | None = None
    """The subject of the member of staff who posted them."""
    blocked_since: datetime | None = None
    """Their tokens that were issued until then are refused; left out if they are not blocked."""
    blocked_by: str | None = None
    """The subject of the member of staff who blocked them."""


class Me(Shape):
    """The member of staff who asks."""

    subject: str
    """Of their token."""
    name: str | None = None
    """The name their colleagues know them by; left out if nobody gave them one."""
    roles: list[Role]
    """What they may do depends on these."""
    checkpoint: str | None = None
    """The checkpoint that they act for; left out if it is none."""
    commune: str | None = None
    """The code of the commune that they act for; left out if it is none."""


class Staff(ListPage):
    """Everyone who is or was posted, or is blocked, by name."""

    staff: list[StaffMember]
    """By name."""


@serve("GET", "/v1/staff", summary="Who is posted where", tag="staff", roles=POST_STAFF)
def list_staff(call: Call[None, PageQuery]) -> Answer[Staff]:
    """Everyone who is or was posted, or is blocked, by name; for health officers only those whose current or last
    posting is a commune. It is audited."""
    audit(call.principal, action="list staff", codes=[], why="who is posted where")
    query, everyone = call.query, staff.list_staff(by=call.principal, postings=postings())
    page = page_of(everyone, cursor=query.cursor, limit=query.limit, name_of=lambda each: each.subject)
    shown = [member(each) for each in page.items]
    return Answer(Staff(staff=shown, **page.ending))


@serve("GET", "/v1/staff/me", summary="Who I am", tag="staff", roles=ALL)
def get_own_record(call: Call) -> Answer[Me]:
    """The caller's roles, as their token has them, and where they are posted. A page for staff asks it once after
    signing in, to show what the member may do."""
    record = postings().of(call.principal.subject, fresh=False)
    place = record.place if record else None
    return Answer(
        Me(
            subject=call.principal.subject,
            name=call.principal.name,
            roles=sorted(call.principal.roles),
            checkpoint=place.id if place and place.kind is PostingKind.CHECKPOINT else None,
            commune=place.id if place and place.kind is PostingKind.COMMUNE else None,
        )
    )


@serve(
    "PUT",
    "/v1/staff/{subject}/posting",
    summary="Post a member of staff",
    tag="staff",
    roles=POST_STAFF,
    writes=True,
    errors=(StaffSubjectMalformed, NameOfOneself, PostingRefused),
    parameters=(SUBJECT,),
)
def post_staff(call: Call[PostingForm]) -> Answer[StaffMember]:
    """A person is posted to one checkpoint or one commune at a time, or to none (`checkpoint: null`). Supervisors post
    to and away from checkpoints, health officers communes, administrators both; callers may post themselves. The same
    again changes nothing. For a minute the person may still record at the former place. `name` is shown with their
    decisions in records; nobody can set their own name."""
    record = staff.post(
        call.path["subject"],
        call.body,
        by=call.principal,
        province=province(settings().province),
        subjects=subjects(),
        postings=postings(),
        checkpoints=checkpoints(),
        clock=wiring.clock,
    )
    place = record.place
    where = f"{place.kind} {place.id}" if place else "nothing"
    audit(call.principal, action="post staff", codes=[], why=f"{record.subject} to {where}")
    return Answer(member(record))


@serve(
    "DELETE",
    "/v1/staff/{subject}/posting",
    summary="Take a member of staff off the list",
    tag="staff",
    roles=POST_STAFF,
    writes=True,
    errors=(StaffUnknown, PostingRefused),
    parameters=(SUBJECT,),
)
def remove_posting(call: Call) -> Answer[StaffMember]:
    """Their posting, the ones before it and their name are deleted: for someone who has left, or a subject that was
    mistyped, whatever it looks like. A block stays. What their device kept without network cannot be sent any more; to
    end a shift, post them to no checkpoint instead."""
    subject = call.path["subject"]
    record = staff.remove(subject, by=call.principal, postings=postings())
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
        commune=posting and posting.commune,
        since=posting and posting.since,
        posted_by=posting and posting.posted_by,
        blocked_since=record.blocked_since,
        blocked_by=record.blocked_by,
    )
