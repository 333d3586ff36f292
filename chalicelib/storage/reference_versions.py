"""Versions of a document, in the `reference` table.

One partition has every version, for ever. Another one has the changes of the version in force (`<time>#<version>`), so
that their list does not read the documents. One row has the version in force.
"""

from typing import Generic

from pynamodb.expressions.condition import Condition

from chalicelib.models.versions import Change, Document, Kept
from chalicelib.storage.reference_rows import ReferenceRow, ReferenceTable
from chalicelib.storage.rows import instant
from chalicelib.storage.tables import Put


class Versions(Generic[Document, Change]):
    """The versions of one kind of document. `kept` and `changes` are partitions, `current` is the partition and row of
    the version in force."""

    def __init__(
        self,
        reference: ReferenceTable,
        kinds: tuple[type[Document], type[Change]],
        *,
        kept: str,
        changes: str,
        current: tuple[str, str],
    ) -> None:
        self._reference = reference
        self._document, self._change = kinds
        self._kept, self._changes, self._current = kept, changes, current

    def stored_in_force(self) -> Document | None:
        return self.read(self._reference.body_of(*self._current))

    def stored(self, version: str) -> Document | None:
        return self.read(self._reference.body_of(self._kept, version))

    def find(self, version: str) -> Kept[Document, Change] | None:
        row = self._reference.get(self._kept, version)
        if row is None:
            return None
        return Kept(
            self._document.from_stored(row.body),
            self._change.from_stored(row.change),
        )

    def changes(self, at_most: int) -> list[Change]:
        rows = self._reference.query(self._changes, scan_index_forward=False, limit=at_most, consistent_read=True)
        return [self._change.from_stored(row.body) for row in rows]

    def replace(self, document: Document, change: Change) -> bool:
        """Put a new version in force. False if it exists, or if `change.instead_of` is not in force."""
        return self._store(document, change, in_force=ReferenceRow.version == change.instead_of)

    def store_shipped(self, document: Document, change: Change, *, only_if_none: bool = False) -> bool:
        """Put a version in force in place of any other. False if the version already names another document, or, with
        `only_if_none`, if a version is in force."""
        none = ReferenceRow.partition.does_not_exist() if only_if_none else None
        return self._store(document, change, or_kept=ReferenceRow.body == document.as_stored(), in_force=none)

    def read(self, body: str | None) -> Document | None:
        return None if body is None else self._document.from_stored(body)

    def _store(
        self,
        document: Document,
        change: Change,
        *,
        or_kept: Condition | None = None,
        in_force: Condition | None = None,
    ) -> bool:
        """Store it in one transaction, under conditions on the version's row and on the row of the version in force.
        Returns whether it was done."""
        is_free = ReferenceRow.partition.does_not_exist()
        version, body, who = document.version, document.as_stored(), change.model_dump_json(exclude_none=True)
        kept_row = ReferenceRow(self._kept, version, body=body, version=version, change=who)
        current_row = ReferenceRow(*self._current, body=body, version=version, change=who)
        writes = [
            Put(kept_row, is_free if or_kept is None else is_free | or_kept),
            Put(current_row, in_force),
            Put(ReferenceRow(self._changes, f"{instant(change.stored_at)}#{version}", body=who)),
        ]
        return self._reference.transact(writes) is None
