"""Drafts by the day of their trip, in the `drafts` table: lists that a schedule reads.

`storage.entry.drafts` writes a row together with its draft, and deletes it with it. A row also leaves when its draft
was handed over.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from pynamodb.expressions.condition import Condition

from chalicelib.models.entry.reminders import ListedDraft
from chalicelib.storage.entry.drafts import DAY, PARTS, UNPLANNED, DraftRow, day_key
from chalicelib.storage.tables import Table


class DraftDays:
    """`services.entry.ports.DraftDays` on DynamoDB."""

    def __init__(self, table: Table[DraftRow]) -> None:
        self._table = table

    def planned(self, day: date, *, until: str, at_most: int) -> list[ListedDraft]:
        """One query for each part of the day."""
        return list(self._of(day, DraftRow.row.between("00:00", f"{until}#~"), at_most))

    def unplanned(self, day: date, *, at_most: int) -> list[ListedDraft]:
        """The same."""
        return list(self._of(day, DraftRow.row.startswith(f"{UNPLANNED}#"), at_most))

    def remove(self, listed: Sequence[ListedDraft]) -> None:
        """25 rows a call."""
        self._table.batch_write(delete=[DraftRow(*day_key(each.day, each.time, each.id)) for each in listed])

    def _of(self, day: date, condition: Condition, at_most: int) -> Iterator[ListedDraft]:
        for part in range(PARTS):
            # Each part gets its share, so none waits behind another one.
            for row in self._table.query(f"{DAY}#{day}#{part}", condition, limit=max(1, at_most // PARTS)):
                planned, _, name = row.row.partition("#")
                yield ListedDraft(day, None if planned == UNPLANNED else planned, row.body, name)
