"""Budgets in the `messages` table: counts of texts to a phone, and the stage's spending.

One row for each phone and day, and another one for each kind of notice with a limit of its own. It names the notices
that were counted, so that a notice that is tried again is counted once. No phone number: the key has its keyed hash.

One row for the stage and each day has a sum in VND: the names of all notices would not fit into a row. An event with a
share of it has one more such row. If a worker fails while it sends a message, its price stays counted. (The release
that counted texts has rows named `STAGE`.)
"""

from datetime import UTC, date, datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import size

from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Table

_KEPT = timedelta(days=2)
"""After the start of the day: by then the day has ended on all our clocks."""


class BudgetRow(Row):
    """`code` is the phone or stage that is counted, `event` the day. The table's keys have these names."""

    code = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    counted = UnicodeSetAttribute(null=True)
    number = NumberAttribute(null=True)
    expires_at = NumberAttribute()


class Budgets:
    """`services.messaging.ports.Budgets` on DynamoDB: each message is one conditional write."""

    def __init__(self, table: Table[BudgetRow]) -> None:
        self._table = table

    def take_for_phone(self, phone_hash: str, about: str, *, day: date, most: int, kind: str = "") -> bool:
        counted = BudgetRow.counted
        fits = counted.does_not_exist() | counted.contains(about) | (size(counted) < most)  # type: ignore[no-untyped-call]
        row = BudgetRow(f"PHONE#{phone_hash}", f"{day}#{kind}" if kind else day.isoformat())
        return self._table.update_if(fits, row, [counted.add({about}), BudgetRow.expires_at.set(_leaves(day))])

    def take_for_stage(self, *, day: date, price: int, most: int, event: str = "") -> bool:
        if price > most:
            return False
        spent = BudgetRow.number
        actions = [spent.add(price), BudgetRow.expires_at.set(_leaves(day))]
        return self._table.update_if(spent.does_not_exist() | (spent <= most - price), _of_stage(day, event), actions)

    def give_back_for_stage(self, *, day: date, price: int, event: str = "") -> None:
        self._table.update(_of_stage(day, event), [BudgetRow.number.add(-price)])


def _of_stage(day: date, event: str) -> BudgetRow:
    return BudgetRow(f"SPENT#{event}" if event else "SPENT", day.isoformat())


def _leaves(day: date) -> int:
    return epoch(datetime(day.year, day.month, day.day, tzinfo=UTC) + _KEPT)
