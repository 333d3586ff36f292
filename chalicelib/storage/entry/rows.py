"""The rows of the `entries` table: declarations and the facts beside them, append-only.

One partition a declaration, named by the first 13 characters of its passes' codes; its rows are `DECLARATION`,
`PROOF`, `ALIAS#<person>`, `CROSSING#<person>`, `REVOCATION#<person>`, `CORRECTION#<person>#<number>`,
`CONFLICT#<person>#<number>`, `SETTLEMENT#<person>#<id of the conflict>`, `RESTRICTION#<person>#<number>`,
`AMENDMENT#<person>#<number>`, `DEPARTURE#<person>#<number>`, `ARRIVAL#<person>` and `REPLACED#<person>`. The content of
a row is one JSON text, so that a record is read and written whole. The table's stream carries keys only: see
`chalicelib.models.entry.events`.

The partition `CONFLICTS` lists what nobody has settled yet, and `CONFLICTS#<checkpoint>` the same for one checkpoint.
The partition `CHANGES` lists, by time, which passes were revoked and which crossings corrected, for gates that ask what
is new; `CHANGES#HOLDING` does the same for passes whose holder arrived, and for those that were replaced. The partition
`VISITORS#<day>` lists the passes of people who were admitted on that day and must still come to a
gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.storage.rows import NoRow, Row, instant

if TYPE_CHECKING:
    from datetime import date, datetime

    from chalicelib.models.entry.codes import Code
    from chalicelib.models.entry.conflicts import Conflict
    from chalicelib.models.entry.crossings import Crossing

DECLARATION, PROOF, CROSSING, REVOCATION = "DECLARATION", "PROOF", "CROSSING", "REVOCATION"
CORRECTION, CONFLICT, SETTLEMENT, ALIAS = "CORRECTION", "CONFLICT", "SETTLEMENT", "ALIAS"
RESTRICTION, AMENDMENT, DEPARTURE = "RESTRICTION", "AMENDMENT", "DEPARTURE"
ARRIVAL, REPLACED = "ARRIVAL", "REPLACED"
REQUEST, TRY = "REQUEST", "TRY"
"""The rows of a verification: what was asked for, and `TRY#<number>` for each answer."""

OPEN_CONFLICTS = "CONFLICTS"
"""The partition that lists the conflicts which nobody has settled. Each checkpoint has one of its own beside it, so
that its list costs what it holds."""

CHANGES = "CHANGES"
"""The partition that lists, by time, which passes were revoked and which crossings corrected."""

HOLDING = f"{CHANGES}#HOLDING"
"""The partition that lists, by time, until when passes hold now: arrivals and replacements. It is not `CHANGES`, where
the release before this one would take them for corrections."""

VISITORS = "VISITORS"
"""The partitions that list, for each day, the passes of those who crossed on it and must still come to a gate:
visitors of one day, and those whose identity card is kept."""

RESTRICTED = "RESTRICTED"
"""The partition that lists the passes of persons whose data is restricted, by their codes. It is for readers of
declarations that do not read their other facts."""

REQUESTS = "REQUESTS"
"""The partition of receipts for restrictions and amendments: `storage.rights.receipts`."""

ERASED, ERASURES, ERASING = "ERASED", "ERASURES", "ERASING"
"""The partitions of what stays of an erasure: `storage.rights.erasures`."""

VERIFICATION, VERIFICATIONS = "VERIFICATION", "VERIFICATIONS"
"""Partitions of phones that are to be proven: `storage.entry.verifications`."""

NO_DECLARATIONS = frozenset(
    {CHANGES, OPEN_CONFLICTS, RESTRICTED, REQUESTS, ERASED, ERASURES, ERASING, VERIFICATION, VERIFICATIONS, VISITORS}
)
"""What the names of partitions begin with, up to a `#`, that are no declaration's."""


class Entry(Row):
    """One row."""

    declaration = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    checkpoint = UnicodeAttribute(null=True)
    """Of an arrival in `HOLDING`: where its holder waits. It is beside the body, which the former release reads."""
    expires_at = NumberAttribute()


NEW = NoRow(Entry.declaration)
"""The condition of a row that must not exist yet."""


def row_of(kind: str, code: Code) -> str:
    """The row of a fact that a person can have only once."""
    return f"{kind}#{code.person}"


def numbered_row(kind: str, code: Code, number: int) -> str:
    """The row of a fact that a person may have several times. The number is the count of facts that the writer has
    read. If another fact was written since, this row exists."""
    return f"{kind}#{code.person}#{number:03d}"


def settlement_row(code: Code, conflict: Conflict) -> str:
    return f"{SETTLEMENT}#{code.person}#{conflict.id}"


def change_row(kind: str, code: Code, at: datetime) -> str:
    """The row of a revocation or correction in the list of changes; of an arrival or replacement in `HOLDING`."""
    return f"{instant(at)}#{code}#{kind}"


def conflict_row(conflict: Conflict) -> str:
    """The row of a conflict in the lists of open ones, by the time it came in."""
    assert conflict.crossing.offline is not None  # nothing else becomes a conflict
    return f"{instant(conflict.crossing.offline.received_at)}#{conflict.id}"


def open_conflicts_of(checkpoint: str | None) -> str:
    """The partition of open conflicts: a checkpoint's, or everyone's."""
    return OPEN_CONFLICTS if checkpoint is None else f"{OPEN_CONFLICTS}#{checkpoint}"


def visitors_of(day: date) -> str:
    """The partition of people who crossed on a day and must still come to a gate."""
    return f"{VISITORS}#{day.isoformat()}"


def visitor_key(code: Code, crossing: Crossing) -> tuple[str, str]:
    """The partition and the row that list a pass, by its crossing."""
    at = crossing.recorded_at
    return visitors_of(at.date()), f"{crossing.checkpoint}#{instant(at)}#{code}"


def listed_visitor(row: str) -> str:
    """The code in a row of a list of visitors."""
    return row.rpartition("#")[2]


def kind_of(name: str) -> str:
    """The prefix of a row's or partition's name."""
    return name.partition("#")[0]


def changed_code(row: str) -> str:
    """The code in a row of the list of changes."""
    return row.split("#")[1]


def listed_conflict(row: str) -> str:
    """The conflict's id, in a row of a list of open ones. It begins with the code."""
    return row.partition("#")[2]


def person_of(row: str) -> int:
    """The number of the person that a row is about, by the row's name."""
    if row in (DECLARATION, PROOF):
        return 0  # the traveller, who declares for all, and whose phone it is
    return int(row.split("#", 2)[1])
