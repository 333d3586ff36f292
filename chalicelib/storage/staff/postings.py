"""Where members of staff are posted: in the `reference` table, in the partition `STAFF`, a row for each subject."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.models.staff.staff import StaffRecord
from chalicelib.storage.reference_rows import FRESH_FOR, ReferenceRow, ReferenceTable

_STAFF = "STAFF"

MOST_REMEMBERED = 1_000
"""Members of staff. Each has a token that was verified, and there may be many at all gates together."""


class Postings:
    """`services.staff.ports.Postings` on DynamoDB: one read a minute for each member of staff at a gate.

    So someone who is posted elsewhere may act for the checkpoint they leave for a minute.
    """

    def __init__(self, reference: ReferenceTable, *, clock: Callable[[], datetime]) -> None:
        self._reference, self._clock = reference, clock
        self._kept: dict[str, tuple[datetime, StaffRecord | None]] = {}

    def of(self, subject: str, *, fresh: bool) -> StaffRecord | None:
        now = self._clock()
        kept = self._kept.get(subject)
        if fresh or kept is None or now - kept[0] >= FRESH_FOR:
            # All postings are in one partition. A read that may be a second old is half a read.
            body = self._reference.body_of(_STAFF, subject, consistent_read=fresh)
            record = None if body is None else StaffRecord.from_stored(body)
            if len(self._kept) >= MOST_REMEMBERED:
                self._kept.clear()
            kept = self._kept[subject] = now, record
        return kept[1]

    def everyone(self) -> list[StaffRecord]:
        rows = self._reference.query(_STAFF, consistent_read=True)
        return [StaffRecord.from_stored(row.body) for row in rows]

    def change(self, subject: str, make: Callable[[StaffRecord | None], StaffRecord]) -> StaffRecord:
        record = self._reference.change(_STAFF, subject, StaffRecord, make)
        self._kept[subject] = self._clock(), record
        return record

    def drop_empty(self, record: StaffRecord) -> None:
        if record.is_empty:
            as_stored = ReferenceRow.body == record.model_dump_json(exclude_none=True)
            self._reference.delete_if(as_stored, ReferenceRow(_STAFF, record.subject))
            self._kept.pop(record.subject, None)
