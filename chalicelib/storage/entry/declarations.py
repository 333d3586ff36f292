"""Writes declarations. Reading is a separate module, because declaring needs no other model."""

from datetime import timedelta
from time import time

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.records import Record
from chalicelib.storage.entry.rows import DECLARATION, NEW, Entry
from chalicelib.storage.rows import epoch
from chalicelib.storage.tables import Table


class Declarations:
    """What declaring needs of this table. Records leave `retention` after the declaration."""

    def __init__(self, table: Table[Entry], *, retention: timedelta) -> None:
        self._table, self._retention = table, retention

    def find_declaration(self, code: Code) -> Declaration | None:
        """One query, strongly consistent. Expired rows are ignored, although DynamoDB may still have them."""
        rows = self._table.query(code.declaration, Entry.row == DECLARATION, consistent_read=True)
        bodies = [row.body for row in rows if row.expires_at > time()]
        return Declaration.from_stored(bodies[0]) if bodies else None

    def append_declaration(self, code: Code, declaration: Declaration) -> Declaration | None:
        stored = self._append(code, declaration, DECLARATION, declaration)
        return Declaration.from_stored(stored) if stored else None

    def _append(self, code: Code, declaration: Declaration, row: str, fact: Record) -> str | None:
        """Write a row that must not exist yet. None, or the body of the row that does."""
        stored = self._table.put_if(NEW, self._entry(code, declaration, row, fact))
        return stored.body if stored else None

    def _entry(self, code: Code, declaration: Declaration, row: str, fact: Record) -> Entry:
        """The row of a fact. It leaves with the declaration."""
        body = fact.model_dump_json(exclude_defaults=True)
        return Entry(code.declaration, row, body=body, expires_at=self._leaves(declaration))

    def _leaves(self, declaration: Declaration) -> int:
        return epoch(declaration.issued_at + self._retention)
