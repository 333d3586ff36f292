"""The `reference` table: what changes without a deployment.

Each capability has partitions of its own in it. The partition `CURRENT` holds the policy in force (`POLICY`) and each
checkpoint (`CHECKPOINT#<id>`), so that one query gets all that a request needs.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.records import Record
from chalicelib.storage.rows import Row
from chalicelib.storage.tables import Dynamodb, Table

CURRENT = "CURRENT"

FRESH_FOR = timedelta(seconds=60)
"""Every function notices a change within this time."""

_ATTEMPTS = 10
"""At a change. Each fails only if someone else's succeeds."""

Kept = TypeVar("Kept", bound=Record)


class ReferenceRow(Row):
    """One row."""

    partition = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    version = UnicodeAttribute(null=True)
    """Of a policy: what the condition of a change looks at."""
    change = UnicodeAttribute(null=True)
    """Of a policy: who put it in force, when, instead of which."""


class ReferenceTable(Table[ReferenceRow]):
    """The table, as all capabilities use it."""

    def __init__(self, name: str, dynamodb: Dynamodb) -> None:
        super().__init__(ReferenceRow, name, dynamodb)

    def body_of(self, partition: str, row: str, *, consistent_read: bool = True) -> str | None:
        stored = self.get(partition, row, consistent_read=consistent_read)
        return None if stored is None else stored.body

    def change(self, partition: str, row: str, kind: type[Kept], make: Callable[[Kept | None], Kept]) -> Kept:
        """Store what `make` makes of the record in a row, None if there is none, and return it.

        `make` is called again if another writer changed the row meanwhile. An unchanged record is not written.
        """
        stored = self.body_of(partition, row)
        for _ in range(_ATTEMPTS):
            before = None if stored is None else kind.from_stored(stored)
            after = make(before)
            if after == before:
                return after
            # Compared as text: what an older version wrote may mean the same in other words.
            unchanged = ReferenceRow.row.does_not_exist() if stored is None else ReferenceRow.body == stored
            other = self.put_if(unchanged, ReferenceRow(partition, row, body=after.model_dump_json(exclude_none=True)))
            if other is None:
                return after
            stored = other.body
        raise ServiceUnavailable
