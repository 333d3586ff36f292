"""Block the tokens of a member of staff: one who leaves, or whose phone is lost."""

import re

from chalicelib.models.staff.errors import BlockOfOneself, StaffUnknown
from chalicelib.models.staff.roles import Principal
from chalicelib.models.staff.staff import StaffRecord
from chalicelib.services.ports import Clock
from chalicelib.services.staff.ports import Postings
from chalicelib.services.staff.postings import require_subject


def block(subject: str, *, by: Principal, subjects: re.Pattern[str], postings: Postings, clock: Clock) -> StaffRecord:
    """Refuse every token of someone that has been issued until now. Sent again, it covers those issued meanwhile.

    Raises `StaffSubjectMalformed` or `BlockOfOneself`.
    """
    require_subject(subject, subjects)
    _require_another(subject, by)
    # `iat` has whole seconds, so tokens issued in the current second are refused, too.
    now = clock().replace(microsecond=0)

    def blocked(on_record: StaffRecord | None) -> StaffRecord:
        record = on_record or StaffRecord(subject=subject)
        return record.model_copy(update={"blocked_since": now, "blocked_by": by.subject})

    return postings.change(subject, blocked)


def unblock(subject: str, *, by: Principal, postings: Postings) -> StaffRecord:
    """Take the block away: tokens that have not expired are good again. It changes nothing if there is none.

    Raises `BlockOfOneself` or `StaffUnknown`.
    """
    _require_another(subject, by)

    def unblocked(on_record: StaffRecord | None) -> StaffRecord:
        if on_record is None:
            raise StaffUnknown
        return on_record.model_copy(update={"blocked_since": None, "blocked_by": None})

    record = postings.change(subject, unblocked)
    postings.drop_empty(record)
    return record


def _require_another(subject: str, by: Principal) -> None:
    if subject == by.subject:
        raise BlockOfOneself
