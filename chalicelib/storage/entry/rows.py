"""The rows of the `entries` table: declarations and the facts beside them, append-only.

One partition a declaration, named by the first 13 characters of its passes' codes; its rows are `DECLARATION`,
`PROOF`, `ALIAS#<person>`, `CROSSING#<person>`, `REVOCATION#<person>`, `CORRECTION#<person>#<number>`,
`CONFLICT#<person>#<number>`, `SETTLEMENT#<person>#<id of the conflict>`, `RESTRICTION#<person>#<number>` and
`AMENDMENT#<person>#<number>`. The content of a row is one JSON text, so that a record is read and written whole. The
table's stream carries keys only: see `chalicelib.models.entry.events`.

The partition `CONFLICTS` lists what nobody has settled yet, and `CONFLICTS#<checkpoint>` the same for one checkpoint.
The partition `CHANGES` lists, by time, which passes were revoked and which crossings corrected, for gates that ask what
is new.
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.storage.rows import NoRow, Row

DECLARATION, PROOF, CROSSING, REVOCATION = "DECLARATION", "PROOF", "CROSSING", "REVOCATION"
CORRECTION, CONFLICT, SETTLEMENT, ALIAS = "CORRECTION", "CONFLICT", "SETTLEMENT", "ALIAS"
RESTRICTION, AMENDMENT = "RESTRICTION", "AMENDMENT"
REQUEST, TRY = "REQUEST", "TRY"
"""The rows of a verification: what was asked for, and `TRY#<number>` for each answer."""

OPEN_CONFLICTS = "CONFLICTS"
"""The partition that lists the conflicts which nobody has settled. Each checkpoint has one of its own beside it, so
that its list costs what it holds."""

CHANGES = "CHANGES"
"""The partition that lists, by time, which passes were revoked and which crossings corrected."""

RESTRICTED = "RESTRICTED"
"""The partition that lists the passes of persons whose data is restricted, by their codes. It is for readers of
declarations without the facts beside them."""

REQUESTS = "REQUESTS"
"""The partition of receipts for restrictions and amendments: `storage.rights.receipts`."""

ERASED, ERASURES, ERASING = "ERASED", "ERASURES", "ERASING"
"""The partitions of what stays of an erasure: `storage.rights.erasures`."""

VERIFICATION, VERIFICATIONS = "VERIFICATION", "VERIFICATIONS"
"""Partitions of phones that are to be proven: `storage.entry.verifications`."""

NO_DECLARATIONS = frozenset(
    {CHANGES, OPEN_CONFLICTS, RESTRICTED, REQUESTS, ERASED, ERASURES, ERASING, VERIFICATION, VERIFICATIONS}
)
"""What the names of partitions begin with, up to a `#`, that are no declaration's."""


class Entry(Row):
    """One row."""

    declaration = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute()


NEW = NoRow(Entry.declaration)
"""The condition of a row that must not exist yet."""


def person_of(row: str) -> int:
    """The number of the person that a row is about, by the row's name."""
    if row in (DECLARATION, PROOF):
        return 0  # the traveller, who declares for all, and whose phone it is
    return int(row.split("#", 2)[1])
