"""Leases in the `messages` table: rights that only one function at a time may have.

One row for each lease, with its end and its holder: a random name of one of our processes.
"""

from datetime import datetime, timedelta
from secrets import token_hex

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Table

LEASES = "LEASE"
"""The partition of all leases."""


class LeaseRow(Row):
    """`event` is the lease's name. The table's keys have these names."""

    code = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    holder = UnicodeAttribute()
    held_until = NumberAttribute()
    expires_at = NumberAttribute()


class Lease:
    """`services.messaging.ports.Lease` on DynamoDB: each method is one conditional write. `time` is the duration."""

    def __init__(self, table: Table[LeaseRow], name: str, *, time: timedelta) -> None:
        self._table, self._name, self._time = table, name, time
        self._holder = token_hex(8)

    def take(self, *, now: datetime) -> bool:
        until = epoch(now + self._time)
        row = LeaseRow(LEASES, self._name, holder=self._holder, held_until=until, expires_at=until)
        is_free = LeaseRow.code.does_not_exist() | (LeaseRow.held_until < epoch(now))
        return self._table.put_if(is_free, row) is None

    def give_back(self) -> None:
        self._table.delete_if(LeaseRow.holder == self._holder, LeaseRow(LEASES, self._name))
