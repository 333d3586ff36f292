"""Budgets in the `messages` table: how many texts a day may still be sent.

One row for each phone and day. It names the notices that were counted, so that a notice that is tried again is counted
once. No phone number: the key has its keyed hash.
"""

from datetime import UTC, date, datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import size

from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Table

_KEPT = timedelta(days=2)
"""After the day has begun: until no clock of ours has that day any more."""


class BudgetRow(Row):
    """`code` is whose texts are counted, `event` the day. The table's keys have these names."""

    code = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    counted = UnicodeSetAttribute(null=True)
    expires_at = NumberAttribute()


class Budgets:
    """`services.messaging.ports.Budgets` on DynamoDB: each text is one conditional write."""

    def __init__(self, table: Table[BudgetRow]) -> None:
        self._table = table

    def take_for_phone(self, phone_hash: str, about: str, *, day: date, most: int) -> bool:
        counted = BudgetRow.counted
        fits = counted.does_not_exist() | counted.contains(about) | (size(counted) < most)  # type: ignore[no-untyped-call]
        row = BudgetRow(f"PHONE#{phone_hash}", day.isoformat())
        return self._table.update_if(fits, row, [counted.add({about}), BudgetRow.expires_at.set(_leaves(day))])


def _leaves(day: date) -> int:
    return epoch(datetime(day.year, day.month, day.day, tzinfo=UTC) + _KEPT)
