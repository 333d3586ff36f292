"""Verifications in the `entries` table. Rows are appended, and leave a day after the verification was asked for.

| partition | row | for |
|---|---|---|
| `VERIFICATIONS#` and the phone's keyed hash | number, from 000000 on | how many there were, and when |
| `VERIFICATION#` and 13 characters of its code | `REQUEST` | the phone and the time |
| | `TRY#1` to `TRY#5` | the answers so far |

The public function may only put and query. So limits are numbered rows: a writer reads the rows before a number, then
writes it if it is free. Rows that have expired count as numbers until they are deleted.
"""

from time import time

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.verifications import (
    DAY,
    MOST_OF_A_DAY,
    ListedVerification,
    Numbered,
    Verification,
    VerificationRecord,
)
from chalicelib.storage.entry.rows import NEW, REQUEST, TRY, VERIFICATION, VERIFICATIONS, Entry
from chalicelib.storage.rows import epoch
from chalicelib.storage.tables import Put, Table


class Verifications:
    """`services.entry.ports.Verifications` on DynamoDB."""

    def __init__(self, table: Table[Entry]) -> None:
        self._table = table

    def latest(self, phone_hash: str) -> list[Numbered]:
        rows = self._table.query(
            list_of(phone_hash), consistent_read=True, scan_index_forward=False, limit=MOST_OF_A_DAY
        )
        return [Numbered(int(row.row), listed(row).requested_at) for row in rows]

    def append(self, phone_hash: str, number: int, code: Code, verification: Verification) -> bool:
        """One transaction of two puts."""
        entry = ListedVerification(id=str(code), requested_at=verification.requested_at)
        body = verification.model_dump_json(exclude_defaults=True)
        rows = (
            Entry(list_of(phone_hash), f"{number:06d}", body=entry.model_dump_json(), expires_at=_leaves(verification)),
            Entry(partition_of(code), REQUEST, body=body, expires_at=_leaves(verification)),
        )
        return self._table.transact([Put(row, NEW) for row in rows]) is None

    def find(self, code: Code) -> VerificationRecord | None:
        """One query, strongly consistent."""
        found = self._table.query(partition_of(code), consistent_read=True)
        rows = {row.row: row.body for row in found if row.expires_at > time()}
        if REQUEST not in rows:
            return None
        verification = Verification.from_stored(rows[REQUEST])
        return VerificationRecord(code, verification, tries=len(rows) - 1)

    def append_try(self, record: VerificationRecord, number: int) -> bool:
        row = Entry(partition_of(record.code), f"{TRY}#{number}", body="", expires_at=_leaves(record.verification))
        return self._table.put_if(NEW, row) is None


def list_of(phone_hash: str) -> str:
    """The partition that lists a phone's verifications."""
    return f"{VERIFICATIONS}#{phone_hash}"


def partition_of(code: Code) -> str:
    return f"{VERIFICATION}#{code.declaration}"


def listed(row: Entry) -> ListedVerification:
    return ListedVerification.from_stored(row.body)


def _leaves(verification: Verification) -> int:
    return epoch(verification.requested_at + DAY)
