"""Post members of staff to checkpoints, and see that nobody acts for another's."""

import re
from datetime import datetime

from chalicelib.models.errors import DomainError, FieldProblem, InvalidInput
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere, StaffSubjectMalformed
from chalicelib.models.staff.roles import Principal
from chalicelib.models.staff.staff import MOST_POSTINGS, Posting, PostingForm, StaffRecord
from chalicelib.services.ports import Clock
from chalicelib.services.staff.ports import Checkpoints, Postings

_SUBJECT = re.compile(r"[\x21-\x7e]{1,255}")
"""An issuer's `sub` (OpenID Connect Core 1.0, 2): ASCII, 255 characters at most."""


def require_posting(staff: Principal, *checkpoints: str, postings: Postings) -> None:
    """See that someone acts for one of these checkpoints.

    A posting read less than a minute ago costs no read. It is read again before someone is refused.

    Raises `NotPosted` or `PostedElsewhere`.
    """
    posted = None
    for fresh in (False, True):
        record = postings.of(staff.subject, fresh=fresh)
        posted = record.posted_to(None) if record else None
        if posted in checkpoints:
            return
    raise _refusal(staff, posted)


def require_posting_then(
    staff: Principal, checkpoint: str, since: datetime, until: datetime, record: StaffRecord | None
) -> None:
    """See that someone acted for a checkpoint at some moment of a time, give or take what clocks differ by: for what
    was recorded without network and comes later. `record` is what is on record of them.

    Raises `NotPosted` or `PostedElsewhere`.
    """
    if record is None or checkpoint not in record.posted_between(since, until + CLOCK_TOLERANCE):
        raise _refusal(staff, record.posted_to(since) if record else None)


def _refusal(staff: Principal, posted: str | None) -> DomainError:
    return NotPosted(subject=staff.subject) if posted is None else PostedElsewhere(checkpoint=posted)


def post(
    subject: str,
    form: PostingForm,
    *,
    by: Principal,
    postings: Postings,
    checkpoints: Checkpoints,
    clock: Clock,
) -> StaffRecord:
    """Post someone to a checkpoint, or to none. If they are already posted there, the posting keeps its start time.

    Raises `StaffSubjectMalformed`, or `InvalidInput` for a checkpoint that is unknown.
    """
    if not _SUBJECT.fullmatch(subject):
        raise StaffSubjectMalformed
    if form.checkpoint is not None and checkpoints.find(form.checkpoint) is None:
        raise InvalidInput([FieldProblem("/checkpoint", "unknown_checkpoint", {"checkpoint": form.checkpoint})])
    posting = Posting(checkpoint=form.checkpoint, since=clock().replace(microsecond=0), posted_by=by.subject)

    def posted(on_record: StaffRecord | None) -> StaffRecord:
        before = on_record.postings if on_record else []
        stays = before and before[0].checkpoint == form.checkpoint
        return StaffRecord(
            subject=subject,
            name=form.name or (on_record.name if on_record else None),
            postings=before if stays else [posting, *before][:MOST_POSTINGS],
        )

    return postings.change(subject, posted)


def list_staff(*, postings: Postings) -> list[StaffRecord]:
    """Everyone who is or was posted, by name."""
    return sorted(postings.everyone(), key=lambda each: ((each.name or each.subject).casefold(), each.subject))
