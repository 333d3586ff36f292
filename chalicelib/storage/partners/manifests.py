"""Lists of passengers in the `drafts` table: they leave a day after the bus is expected.

| partition | row | for |
|---|---|---|
| `MANIFEST#` and 13 characters of its code | `MANIFEST` | the bus and its passengers |
| | `SEAT#<number>` | that its passenger has declared, and the code of their pass |
| `PLATE#` or `SERVICE#` and a keyed hash | `<expected arrival>#<13 characters>` | leads from a bus to its lists |
| `SEATS#` and a phone's keyed hash | `<13 characters>#<number>` | leads from a person to their seats |
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from time import time

from chalicelib.models.entry.codes import Code
from chalicelib.models.partners.manifests import (
    MANIFEST as KIND,
)
from chalicelib.models.partners.manifests import (
    FoundBy,
    Manifest,
    ManifestHashes,
    ManifestRecord,
    SeatConfirmed,
)
from chalicelib.storage.entry.drafts import NEW_ROW, DraftRow
from chalicelib.storage.rows import epoch, instant
from chalicelib.storage.tables import Put, Table

MANIFEST, SEAT, SEATS = "MANIFEST", "SEAT", "SEATS"
_BY = {FoundBy.PLATE: "PLATE", FoundBy.SERVICE: "SERVICE"}


class Manifests:
    """`services.partners.ports.Manifests` on DynamoDB."""

    def __init__(self, table: Table[DraftRow]) -> None:
        self._table = table

    def append(self, manifest: Manifest, hashes: ManifestHashes) -> bool:
        """One transaction of at most 63 puts."""
        rows = [DraftRow(each, row, body="", expires_at=_leaves(manifest)) for each, row in _leads(manifest, hashes)]
        return self._table.transact([Put(manifest_row(manifest), NEW_ROW), *map(Put, rows)]) is None

    def find(self, code: Code) -> ManifestRecord | None:
        """Strongly consistent."""
        found = self._table.query(manifest_of(code.declaration), consistent_read=True)
        rows = {each.row: each.body for each in found if each.expires_at > time()}
        if MANIFEST not in rows:
            return None
        confirmed = {
            int(row.removeprefix(f"{SEAT}#")): SeatConfirmed.from_stored(body)
            for row, body in rows.items()
            if row != MANIFEST
        }
        return ManifestRecord(Manifest.from_stored(rows[MANIFEST]), confirmed)

    def append_confirmation(self, manifest: Manifest, number: int, confirmed: SeatConfirmed) -> None:
        partition, body = manifest_of(manifest.code.declaration), confirmed.model_dump_json()
        self._table.put_if(NEW_ROW, DraftRow(partition, seat_row(number), body=body, expires_at=_leaves(manifest)))

    def arriving(self, by: FoundBy, hashed: str, *, since: datetime, until: datetime) -> list[tuple[datetime, Code]]:
        between = DraftRow.row.between(instant(since), f"{instant(until)}~")
        rows = self._table.query(f"{_BY[by]}#{hashed}", between, consistent_read=True)
        return [_listed(each.row) for each in rows if each.expires_at > time()]


def manifest_row(manifest: Manifest) -> DraftRow:
    body = manifest.model_dump_json(exclude_defaults=True)
    return DraftRow(manifest_of(manifest.code.declaration), MANIFEST, body=body, expires_at=_leaves(manifest))


def manifest_of(name: str) -> str:
    """The partition of a manifest, by the first 13 characters of its code."""
    return f"{MANIFEST}#{name}"


def seat_row(number: int) -> str:
    """The row of a confirmed seat."""
    return f"{SEAT}#{number:02d}"


def seats_of(phone_hash: str) -> str:
    """The partition that leads from a phone to its seats."""
    return f"{SEATS}#{phone_hash}"


def _leads(manifest: Manifest, hashes: ManifestHashes) -> Iterator[tuple[str, str]]:
    name = manifest.code.declaration
    listed = f"{instant(manifest.form.expected_arrival)}#{name}"
    yield f"{_BY[FoundBy.PLATE]}#{hashes.plate}", listed
    yield f"{_BY[FoundBy.SERVICE]}#{hashes.service}", listed
    for number, phone in enumerate(hashes.phones):
        yield seats_of(phone), f"{name}#{number:02d}"


def _listed(row: str) -> tuple[datetime, Code]:
    at, _, name = row.partition("#")
    return datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC), Code(name, KIND)


def _leaves(manifest: Manifest) -> int:
    return epoch(manifest.leaves_at)
