"""Where members of staff are posted: in the `reference` table, in the partition `STAFF`, a row for each subject."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.staff import StaffRecord
from chalicelib.models.strict import STORED
from chalicelib.storage.references import ReferenceRow
from chalicelib.storage.tables import answering, put_if

FRESH_FOR = timedelta(seconds=60)
"""Someone who is posted elsewhere may act for the checkpoint they leave for this long."""

_STAFF = "STAFF"
_ATTEMPTS = 10
"""At a change, each of which fails only if someone else's succeeds."""


class Postings:
    """`services.collaborators.Postings` on DynamoDB: one read a minute for each member of staff at a gate."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[datetime, StaffRecord | None]] = {}

    def of(self, subject: str, *, fresh: bool) -> StaffRecord | None:
        now = self._clock()
        kept = self._kept.get(subject)
        if fresh or kept is None or now - kept[0] >= FRESH_FOR:
            kept = self._kept[subject] = now, _record(_body(subject))
        return kept[1]

    def everyone(self) -> list[StaffRecord]:
        with answering():
            bodies = [row.body for row in ReferenceRow.query(_STAFF, consistent_read=True)]
        return [StaffRecord.model_validate_json(body, context=STORED) for body in bodies]

    def change(self, subject: str, make: Callable[[StaffRecord | None], StaffRecord]) -> StaffRecord:
        standing = _body(subject)
        for _ in range(_ATTEMPTS):
            before = _record(standing)
            after = make(before)
            other = None
            if after != before:
                # By the text that was read: what an older version wrote may read the same and be written otherwise.
                unchanged = ReferenceRow.row.does_not_exist() if standing is None else ReferenceRow.body == standing
                other = put_if(unchanged, ReferenceRow(_STAFF, subject, body=after.model_dump_json(exclude_none=True)))
            if other is None:
                self._kept[subject] = self._clock(), after
                return after
            standing = other["body"]["S"]
        raise ServiceUnavailable


def _body(subject: str) -> str | None:
    with answering():
        try:
            return ReferenceRow.get(_STAFF, subject, consistent_read=True).body
        except ReferenceRow.DoesNotExist:
            return None


def _record(body: str | None) -> StaffRecord | None:
    return None if body is None else StaffRecord.model_validate_json(body, context=STORED)
