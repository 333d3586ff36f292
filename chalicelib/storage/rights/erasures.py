"""What stays of an erasure, in the `entries` table. Keys are keyed hashes, so none of it names a person.

| partition | row | for |
|---|---|---|
| `ERASED` | hash of a pass's code: the tombstone | a restoration leaves out what was erased |
| `ERASURES` | time, hash of what was asked for: the receipt | to show that it was done |
| `ERASING` | hash of what was asked for | an erasure that was interrupted goes on; it leaves with its end |
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.models.people.holdings import PersonKeys
from chalicelib.storage.entry.rows import ERASED, ERASING, ERASURES, Entry
from chalicelib.storage.rows import epoch, instant
from chalicelib.storage.tables import Table


class Erasures:
    """`services.rights.ports.Erasures` on DynamoDB."""

    def __init__(self, table: Table[Entry]) -> None:
        self._table = table

    def begin(self, asked: str, keys: PersonKeys, tombstones: Sequence[str], *, keep_until: datetime) -> None:
        body = json.dumps({name: sorted(members) for name, members in keys._asdict().items()})
        self._table.put(Entry(ERASING, asked, body=body, expires_at=epoch(keep_until)))
        self._table.batch_write(Entry(ERASED, each, body="", expires_at=epoch(keep_until)) for each in tombstones)

    def unfinished(self) -> dict[str, PersonKeys]:
        begun = {row.row: json.loads(row.body) for row in self._table.query(ERASING, consistent_read=True)}
        return {
            asked: PersonKeys(**{name: frozenset(members) for name, members in keys.items()})
            for asked, keys in begun.items()
        }

    def finish(self, asked: str, rows: Mapping[str, int], *, at: datetime, keep_until: datetime) -> None:
        body = json.dumps({"asked": asked, "erased_at": at.isoformat(), "rows": dict(rows)})
        self._table.put(Entry(ERASURES, f"{instant(at)}#{asked}", body=body, expires_at=epoch(keep_until)))
        self._table.batch_write(delete=[Entry(ERASING, asked)])

    def tombstones(self) -> set[str]:
        """Of all passes that were erased: the keyed hashes of their codes."""
        return {row.row for row in self._table.query(ERASED, consistent_read=True)}
