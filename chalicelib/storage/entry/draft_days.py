"""Drafts by the day of their trip, in the `drafts` table: a list that a schedule reads.

| partition | row | for |
|---|---|---|
| `DAY#<day>#0` to `…#3` | `<planned time>#<id>`, or `-#<id>` | leads to a draft: `body` is its phone's keyed hash |

`storage.entry.drafts` writes a row together with its draft, and deletes it with it. A day is spread over partitions, as
one takes 1,000 writes a second. A row leaves when its draft was handed over.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.models.entry.codes import ALPHABET
from chalicelib.models.entry.drafts import Draft
from chalicelib.models.entry.reminders import ListedDraft
from chalicelib.storage.rows import Row
from chalicelib.storage.tables import Table

DAY = "DAY"
PARTS = 4
_UNPLANNED = "-"


class DraftRow(Row):
    """One row. `name` is the id of the draft in a slot."""

    partition = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class DraftDays:
    """`services.entry.ports.DraftDays` on DynamoDB."""

    def __init__(self, table: Table[DraftRow]) -> None:
        self._table = table

    def planned(self, day: date, *, until: str, at_most: int) -> list[ListedDraft]:
        """One query for each part of the day."""
        return list(self._of(day, DraftRow.row.between("00:00", f"{until}#~"), at_most))

    def unplanned(self, day: date, *, at_most: int) -> list[ListedDraft]:
        """The same."""
        return list(self._of(day, DraftRow.row.startswith(f"{_UNPLANNED}#"), at_most))

    def remove(self, listed: Sequence[ListedDraft]) -> None:
        """25 rows a call."""
        self._table.batch_write(delete=[DraftRow(*_key(each.day, each.time, each.id)) for each in listed])

    def _of(self, day: date, condition: Condition, at_most: int) -> Iterator[ListedDraft]:
        for part in range(PARTS):
            # Each part gets its share, so none waits behind another one.
            for row in self._table.query(f"{DAY}#{day}#{part}", condition, limit=max(1, at_most // PARTS)):
                planned, _, name = row.row.partition("#")
                yield ListedDraft(day, None if planned == _UNPLANNED else planned, row.body, name)


def day_row(phone_hash: str, draft: Draft, expires_at: int) -> DraftRow:
    """The row that lists a draft."""
    trip = draft.form.trip
    key = _key(trip.expected_day, trip.expected_time, draft.id)
    return DraftRow(*key, body=phone_hash, expires_at=expires_at)


def _key(day: date, planned: str | None, name: str) -> tuple[str, str]:
    # Ids begin with random characters.
    part = ALPHABET.find(name[0]) % PARTS
    return f"{DAY}#{day}#{part}", f"{planned or _UNPLANNED}#{name}"
