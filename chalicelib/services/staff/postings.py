"""Post members of staff to checkpoints, and see that nobody acts for another's."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

from chalicelib.models.errors import DomainError, FieldProblem, InvalidInput
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.people.province import Province
from chalicelib.models.staff.errors import (
    NameOfOneself,
    NotPosted,
    NotPostedToCommune,
    PostedElsewhere,
    PostedToAnotherCommune,
    PostingRefused,
    StaffSubjectMalformed,
    StaffUnknown,
)
from chalicelib.models.staff.roles import RECORD_CROSSINGS, RUN_COMMUNES, RUN_GATES, SEE_HEALTH_ANYWHERE, Principal
from chalicelib.models.staff.staff import MOST_POSTINGS, Posting, PostingForm, PostingKind, StaffRecord
from chalicelib.services.ports import Clock
from chalicelib.services.staff.ports import Checkpoints, Postings

_SUBJECT = re.compile(r"[\x21-\x7e]{1,255}")
"""Any issuer's `sub` (OpenID Connect Core 1.0, 2): ASCII, 255 characters at most. Ours has a narrower form."""

SEES_HEALTH_FOR = timedelta(hours=1)
"""After a posting has ended: a shift ends with people still in the queue, and with questions of the next shift."""


_POSTED_BY = {PostingKind.CHECKPOINT: RUN_GATES, PostingKind.COMMUNE: RUN_COMMUNES}
"""The kinds of places that each role posts to and away from."""


def may_see_health(staff: Principal, *, postings: Postings, clock: Clock) -> bool:
    """Whether someone may see health answers, and what reveals them.

    Health officers always; those who record crossings while they act for a checkpoint, and for an hour after that. The
    posting is at most a minute old.
    """
    if staff.may(SEE_HEALTH_ANYWHERE):
        return True
    if not staff.may(RECORD_CROSSINGS):
        return False
    record = postings.of(staff.subject, fresh=False)
    return record is not None and record.acted_since(clock() - SEES_HEALTH_FOR)


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


def require_posting_to_commune(staff: Principal, commune: str, *, postings: Postings) -> None:
    """The same for a commune. Raises `NotPostedToCommune` or `PostedToAnotherCommune`."""
    place = None
    for fresh in (False, True):
        record = postings.of(staff.subject, fresh=fresh)
        place = record.place if record else None
        if place == (PostingKind.COMMUNE, commune):
            return
    if place is None or place.kind is not PostingKind.COMMUNE:
        raise NotPostedToCommune(subject=staff.subject)
    raise PostedToAnotherCommune(place.id)


def require_posting_then(
    staff: Principal, checkpoint: str, since: datetime, until: datetime, record: StaffRecord | None
) -> None:
    """See that someone acted for a checkpoint at some moment of a time, within the clock tolerance: for crossings
    recorded without network and sent later. `record` is what is on record of them.

    Raises `NotPosted` or `PostedElsewhere`.
    """
    if record is None or checkpoint not in record.posted_between(since, until + CLOCK_TOLERANCE):
        raise _refusal(staff, record.posted_to(since) if record else None)


def posted_then(postings: Postings) -> Callable[[str, datetime], str | None]:
    """A function that says which checkpoint a member of staff, by their subject, acted for at a moment; None for none.

    It reads each member of staff once: use it for moments that are over, and not for long.
    """

    @cache
    def record_of(subject: str) -> StaffRecord | None:
        return postings.of(subject, fresh=True)

    def checkpoint(subject: str, at: datetime) -> str | None:
        record = record_of(subject)
        return None if record is None else record.posted_to(at)

    return checkpoint


def _refusal(staff: Principal, posted: str | None) -> DomainError:
    return NotPosted(subject=staff.subject) if posted is None else PostedElsewhere(posted)


def require_subject(subject: str, subjects: re.Pattern[str]) -> None:
    """Raises `StaffSubjectMalformed` for what cannot be the subject of a member of staff. `subjects` is the form of
    the issuer's. So a phone number or a name is never stored by mistake."""
    if not (_SUBJECT.fullmatch(subject) and subjects.fullmatch(subject)):
        raise StaffSubjectMalformed


def post(
    subject: str,
    form: PostingForm,
    *,
    by: Principal,
    subjects: re.Pattern[str],
    province: Province,
    postings: Postings,
    checkpoints: Checkpoints,
    clock: Clock,
) -> StaffRecord:
    """Post someone to a checkpoint, to a commune, or to nothing. If they are already posted there, the posting keeps
    its start time.

    Raises `StaffSubjectMalformed`, `NameOfOneself`, `PostingRefused`, or `InvalidInput` for an unknown checkpoint or
    commune.
    """
    require_subject(subject, subjects)
    if form.checkpoint is not None and checkpoints.find(form.checkpoint) is None:
        raise InvalidInput([FieldProblem("/checkpoint", "unknown_checkpoint")])
    if form.commune is not None and not province.contains(form.commune):
        params = {"list_version": province.units_list}
        raise InvalidInput([FieldProblem("/commune", "commune_not_of_the_province", params)])
    posting = Posting(
        checkpoint=form.checkpoint, commune=form.commune, since=clock().replace(microsecond=0), posted_by=by.subject
    )

    def posted(on_record: StaffRecord | None) -> StaffRecord:
        before = on_record.postings if on_record else []
        known_as = on_record.name if on_record else None
        if subject == by.subject and form.name not in (None, known_as):
            raise NameOfOneself
        _require_right(by, on_record, form)
        stays = before and before[0].place == form.place
        return StaffRecord(
            subject=subject,
            name=form.name or known_as,
            postings=before if stays else [posting, *before][:MOST_POSTINGS],
            blocked_since=on_record.blocked_since if on_record else None,
            blocked_by=on_record.blocked_by if on_record else None,
        )

    return postings.change(subject, posted)


def _require_right(by: Principal, record: StaffRecord | None, form: PostingForm | None = None) -> None:
    """Require that the caller may post to the new place and away from the current one. Raises `PostingRefused`."""
    places = (record.place if record else None, form.place if form else None)
    kinds = [each.kind for each in places if each]
    if not kinds and record and record.last_kind:
        kinds = [record.last_kind]
    if not all(by.may(_POSTED_BY[each]) for each in kinds):
        raise PostingRefused


def remove(subject: str, *, by: Principal, postings: Postings) -> StaffRecord:
    """Delete someone's postings and their name. Returns what remains: a block, if there is one.

    The subject may have any form, because it may have been a typing error. Raises `StaffUnknown` or `PostingRefused`.
    """

    def removed(on_record: StaffRecord | None) -> StaffRecord:
        if on_record is None:
            raise StaffUnknown
        _require_right(by, on_record)
        return StaffRecord(subject=subject, blocked_since=on_record.blocked_since, blocked_by=on_record.blocked_by)

    record = postings.change(subject, removed)
    postings.drop_empty(record)
    return record


def list_staff(*, by: Principal, postings: Postings) -> list[StaffRecord]:
    """Everyone who is or was posted, by name. For health officers only those whose current or last posting is a
    commune."""
    everyone = postings.everyone()
    if not by.may(RUN_GATES):
        everyone = [each for each in everyone if each.last_kind is PostingKind.COMMUNE]
    return sorted(everyone, key=lambda each: ((each.name or each.subject).casefold(), each.subject))
