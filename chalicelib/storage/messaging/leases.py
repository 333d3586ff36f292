"""Leases in the `messages` table: what one function at a time may do.

One row for each lease. It says until when the lease is held, and by whom: a random name, of a process of ours.
"""

from datetime import datetime, timedelta
from secrets import token_hex

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Table

LEASES = "LEASE"
"""The partition of all leases."""


class LeaseRow(Row):
    """`event` is what the lease is for. The table's keys have these names."""

    code = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    holder = UnicodeAttribute()
    held_until = NumberAttribute()
    expires_at = NumberAttribute()


class Lease:
    """`services.messaging.ports.Lease` on DynamoDB: each method is one conditional write. `time` is how long it is
    held."""

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
