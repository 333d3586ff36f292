"""Receipts of what was done at a person's request, in the `entries` table: partition `REQUESTS`.

The row is the time and the keyed hash of what was asked for. None of it names a person.
"""

import json
from datetime import datetime

from chalicelib.storage.entry.rows import REQUESTS, Entry
from chalicelib.storage.rows import epoch, instant
from chalicelib.storage.tables import Table


class Receipts:
    """`services.rights.ports.Receipts` on DynamoDB."""

    def __init__(self, table: Table[Entry]) -> None:
        self._table = table

    def append(self, done: str, asked: str, *, passes: int, at: datetime, keep_until: datetime) -> None:
        body = json.dumps({"asked": asked, "done": done, "passes": passes, "at": at.isoformat()})
        self._table.put(Entry(REQUESTS, f"{instant(at)}#{asked}", body=body, expires_at=epoch(keep_until)))
