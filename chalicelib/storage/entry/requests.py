"""Appends a person's requests to their declarations: restrictions and amendments.

Only the operator's command may write them.
"""

from chalicelib.models.entry.amendments import Amendment
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.storage.entry.entries import Entries
from chalicelib.storage.entry.rows import AMENDMENT, RESTRICTED, RESTRICTION, Entry, numbered_row
from chalicelib.storage.tables import Delete, Put


class Requests(Entries):
    """`services.rights.ports.Requests` on DynamoDB. Rows have the number that their writer expects."""

    def append_restriction(self, held: HeldPass, restriction: Restriction) -> bool:
        row = numbered_row(RESTRICTION, held.code, len(held.restrictions))
        leaves = self._leaves(held.record.declaration)
        listed = Entry(RESTRICTED, str(held.code), body="", expires_at=leaves)
        lists = Put(listed) if restriction.restricted else Delete(listed)
        return self._table.transact([self._fact(held, row, restriction), lists]) is None

    def append_amendment(self, held: HeldPass, amendment: Amendment) -> bool:
        row = numbered_row(AMENDMENT, held.code, len(held.amendments))
        return self._append(held.code, held.record.declaration, row, amendment) is None
