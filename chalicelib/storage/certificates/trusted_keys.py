"""The trust list, in the `reference` table: the partition `TRUSTED_KEYS`, one row a key, `<key id>#<country>`.

A row begins with the key's id, which is all that a certificate names: a check is one query. Countries may share an id.

The partition `TRUSTED_KEY_CHANGES` has a row for each change of a country's list, `<time>#<country>#<digest>`: the
names of the keys that were listed, changed or removed. A device that has the list asks for what changed since, and
nobody reads all keys if nothing did.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

from chalicelib.models.certificates.trusted_keys import KeyName, TrustedKey
from chalicelib.storage.reference_rows import FRESH_FOR, ReferenceRow, ReferenceTable
from chalicelib.storage.rows import instant

MOST_REMEMBERED = 1_000
"""Key ids. Invented ids must not fill the memory."""

_PARTITION = "TRUSTED_KEYS"
_CHANGES = "TRUSTED_KEY_CHANGES"


class TrustedKeys:
    """`services.certificates.ports.TrustedKeys` on DynamoDB."""

    def __init__(self, reference: ReferenceTable, *, clock: Callable[[], datetime]) -> None:
        self._reference, self._clock = reference, clock
        self._found: dict[bytes, tuple[datetime, list[TrustedKey]]] = {}

    def find(self, key_id: bytes) -> list[TrustedKey]:
        now = self._clock()
        read_at, keys = self._found.get(key_id, (None, []))
        if read_at is None or now - read_at >= FRESH_FOR:
            begins = b64encode(key_id).decode() + "#"
            keys = [_key(row) for row in self._reference.query(_PARTITION, ReferenceRow.row.startswith(begins))]
            if len(self._found) >= MOST_REMEMBERED:
                self._found.clear()
            self._found[key_id] = (now, keys)
        return keys

    def all(self) -> list[TrustedKey]:
        return [_key(row) for row in self._reference.query(_PARTITION, consistent_read=True)]

    def put(self, keys: Sequence[TrustedKey]) -> None:
        self._found.clear()
        self._reference.batch_write(map(_row, keys))

    def note_changes(self, names: Sequence[KeyName], at: datetime) -> None:
        body = json.dumps([f"{kid}#{of}" for kid, of in names])
        # By its content, too: two changes at one moment are two rows.
        row = f"{instant(at)}#{names[0].country}#{sha256(body.encode()).hexdigest()[:12]}"
        self._reference.put(ReferenceRow(_CHANGES, row, body=body))

    def changed_since(self, moment: datetime) -> set[KeyName]:
        """One query, strongly consistent."""
        rows = self._reference.query(_CHANGES, ReferenceRow.row >= instant(moment), consistent_read=True)
        return {KeyName(*name.split("#")) for row in rows for name in json.loads(row.body)}

    def remove(self, keys: Sequence[TrustedKey]) -> None:
        self._found.clear()
        self._reference.batch_write(delete=map(_row, keys))


def _row(key: TrustedKey) -> ReferenceRow:
    return ReferenceRow(_PARTITION, f"{key.kid}#{key.country}", body=key.model_dump_json(exclude_none=True))


def _key(row: ReferenceRow) -> TrustedKey:
    return TrustedKey.from_stored(row.body)
