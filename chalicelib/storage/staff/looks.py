"""How often staff looked: in the `reference` table, in the partition `LOOKS`, a row for each subject."""

from datetime import datetime

from chalicelib.storage.reference_rows import ReferenceTable

_LOOKS = "LOOKS"


class LookCounts:
    """`services.staff.ports.LookCounts` on DynamoDB: one read and one conditional write for many looks."""

    def __init__(self, reference: ReferenceTable) -> None:
        self._reference = reference

    def add(self, subject: str, hour: datetime, looks: int) -> int:
        # Lazy import: a process adds its first looks together.
        from chalicelib.models.staff.looks import LooksRecord

        def added(before: LooksRecord | None) -> LooksRecord:
            counted = before.looks if before is not None and before.hour == hour else 0
            return LooksRecord(hour=hour, looks=counted + looks)

        return self._reference.change(_LOOKS, subject, LooksRecord, added).looks
