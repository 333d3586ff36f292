"""The `entries` table: declarations and the facts beside them, append-only.

One partition a declaration, named by the first 13 characters of its passes' codes; its rows are `DECLARATION`,
`CROSSING#<person>`, `REVOCATION#<person>`, `CORRECTION#<person>#<number>`, `CONFLICT#<person>#<id>` and
`SETTLEMENT#<person>#<id>`. The content of a row is one JSON text, so that a record is read and written whole. The
table's stream carries keys only: see `chalicelib.models.entry.events`.

The partition `CONFLICTS` lists what nobody has settled yet, and `CONFLICTS#<checkpoint>` the same for one checkpoint.
The partition `CHANGES` lists, by time, which passes were revoked and which crossings corrected, for gates that ask what
is new.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from time import time
from typing import Any, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.entry.codes import LENGTH, Code
from chalicelib.models.entry.conflicts import Conflict, Settlement
from chalicelib.models.entry.corrections import CorrectedPass, Correction
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.events import EntryEvent, EntryEventKind, RowUnreadable
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.models.entry.revocations import Revocation, RevokedPass
from chalicelib.models.records import STORED, Record
from chalicelib.storage.rows import Row, epoch, instant
from chalicelib.storage.tables import Delete, Put, Table

Fact = TypeVar("Fact", bound=Record)

_DECLARATION, _CROSSING, _REVOCATION = "DECLARATION", "CROSSING", "REVOCATION"
_CORRECTION, _CONFLICT, _SETTLEMENT = "CORRECTION", "CONFLICT", "SETTLEMENT"

_OPEN_CONFLICTS = "CONFLICTS"
"""The partition that lists the conflicts which nobody has settled. Each checkpoint has one of its own beside it, so
that its list costs what it holds."""

_CHANGES = "CHANGES"
"""The partition that lists, by time, which passes were revoked and which crossings corrected."""
_LISTED_FOR = timedelta(days=1)
"""How long a change stays in the list after the pass has ended."""

_LISTS = frozenset({_CHANGES, _OPEN_CONFLICTS})
"""What partitions begin with that are no declaration's."""

_EVENTS = {
    _DECLARATION: EntryEventKind.DECLARATION_SUBMITTED,
    _CROSSING: EntryEventKind.CROSSING_RECORDED,
    _CORRECTION: EntryEventKind.CROSSING_CORRECTED,
    _REVOCATION: EntryEventKind.PASS_REVOKED,
    _CONFLICT: EntryEventKind.CROSSING_CONFLICTED,
    _SETTLEMENT: None,
}
"""The event of a new row in a declaration's partition, by the beginning of its name."""


class Entry(Row):
    """One row."""

    declaration = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute()


class Entries:
    """What entry, gate and tracing need of this table. Records leave `retention` after the declaration."""

    def __init__(self, table: Table[Entry], *, retention: timedelta) -> None:
        self._table, self._retention = table, retention

    def append_declaration(self, code: Code, declaration: Declaration) -> Declaration | None:
        stored = self._append(code, declaration, _DECLARATION, declaration)
        return Declaration.model_validate_json(stored, context=STORED) if stored else None

    def append_crossing(self, held: HeldPass, crossing: Crossing) -> Crossing | None:
        declaration = held.record.declaration
        stored = self._append(held.code, declaration, f"{_CROSSING}#{held.code.person}", crossing)
        return Crossing.model_validate_json(stored, context=STORED) if stored else None

    def append_crossings(self, crossings: Sequence[tuple[HeldPass, Crossing]]) -> bool:
        return self._table.transact([self._crossing(*each) for each in crossings]) is None

    def append_conflict(self, held: HeldPass, conflict: Conflict) -> None:
        self._table.transact(self._conflict(held, conflict))

    def append_crossing_in_conflict(self, held: HeldPass, conflict: Conflict) -> Crossing | None:
        crossing = conflict.crossing
        writes = [self._crossing(held, crossing), *self._conflict(held, conflict)]
        failed = self._table.transact(writes)
        return Crossing.model_validate_json(failed[0].body, context=STORED) if failed else None

    def append_correction(self, held: HeldPass, correction: Correction) -> bool:
        return self._table.transact(self._correction(held, correction)) is None

    def append_settlement(
        self, held: HeldPass, conflict: Conflict, settlement: Settlement, correction: Correction
    ) -> bool:
        writes: list[Put | Delete] = [
            self._fact(held, f"{_SETTLEMENT}#{held.code.person}#{conflict.id}", settlement),
            *map(Delete, self._open_conflict(held, conflict)),
            *self._correction(held, correction),
        ]
        return self._table.transact(writes) is None

    def append_revocation(self, held: HeldPass, revocation: Revocation) -> Revocation | None:
        at = revocation.recorded_at
        revoked = RevokedPass(code=str(held.code), revoked_at=at, expires_at=held.expires_at)
        fact = self._fact(held, f"{_REVOCATION}#{held.code.person}", revocation)
        failed = self._table.transact([fact, _listed(_REVOCATION, held, at, revoked)])
        return Revocation.model_validate_json(failed[0].body, context=STORED) if failed else None

    def open_conflicts(self, checkpoint: str | None, at_most: int) -> list[tuple[Code, str]]:
        """Read page by page, until there are as many as are wanted."""
        listed = self._table.query(_list_of(checkpoint), consistent_read=True, scan_index_forward=False)
        names = list(islice((each.row.partition("#")[2] for each in listed if each.expires_at > time()), at_most))
        return [(Code.parse(name[:LENGTH]), name) for name in names]

    def changes_since(self, moment: datetime) -> Sequence[RevokedPass | CorrectedPass]:
        """One query, strongly consistent, for as many pages as there are since then."""
        later = Entry.row >= instant(moment)
        return [
            (RevokedPass if entry.row.endswith(_REVOCATION) else CorrectedPass).model_validate_json(
                entry.body, context=STORED
            )
            for entry in self._table.query(_CHANGES, later, consistent_read=True)
        ]

    def find(self, code: Code) -> DeclarationRecord | None:
        """One query, strongly consistent: a worker must find the row of its event, a gate what was just declared.

        A row whose time has come is gone, although DynamoDB may take two days to delete it.
        """
        found = self._table.query(code.declaration, consistent_read=True)
        rows = {entry.row: entry.body for entry in found if entry.expires_at > time()}
        if _DECLARATION not in rows:
            return None
        corrections: dict[int, list[Correction]] = {}
        conflicts: dict[int, list[Conflict]] = {}
        settlements: dict[str, Settlement] = {}
        for row, body in rows.items():  # in the order of their names, and so of the numbers of corrections
            kind = row.partition("#")[0]
            if kind == _CORRECTION:
                corrections.setdefault(_person(row), []).append(Correction.model_validate_json(body, context=STORED))
            elif kind == _CONFLICT:
                conflicts.setdefault(_person(row), []).append(Conflict.model_validate_json(body, context=STORED))
            elif kind == _SETTLEMENT:
                settlement = Settlement.model_validate_json(body, context=STORED)
                settlements[settlement.conflict] = settlement
        return DeclarationRecord(
            declaration=_declaration(rows[_DECLARATION]),
            crossings=_Rows(Crossing, _CROSSING, rows),
            revocations=_Rows(Revocation, _REVOCATION, rows),
            corrections=corrections,
            conflicts=conflicts,
            settlements=settlements,
        )

    def find_declarations(self, names: Sequence[str]) -> list[Declaration]:
        """One call, and another for what DynamoDB leaves over."""
        found = self._table.batch_get((name, _DECLARATION) for name in names)
        return [
            Declaration.model_validate_json(entry.body, context=STORED) for entry in found if entry.expires_at > time()
        ]

    def _entry(self, code: Code, declaration: Declaration, row: str, fact: Record) -> Entry:
        """The row of a fact. It leaves with the declaration."""
        body = fact.model_dump_json(exclude_defaults=True)
        return Entry(code.declaration, row, body=body, expires_at=self._leaves(declaration))

    def _append(self, code: Code, declaration: Declaration, row: str, fact: Record) -> str | None:
        """Write a row that must not exist yet. None, or the body of the row that does."""
        stored = self._table.put_if(_NEW, self._entry(code, declaration, row, fact))
        return stored.body if stored else None

    def _fact(self, held: HeldPass, row: str, fact: Record) -> Put:
        """The same as a step of a transaction."""
        return Put(self._entry(held.code, held.record.declaration, row, fact), _NEW)

    def _crossing(self, held: HeldPass, crossing: Crossing) -> Put:
        return self._fact(held, f"{_CROSSING}#{held.code.person}", crossing)

    def _correction(self, held: HeldPass, correction: Correction) -> list[Put]:
        at = correction.recorded_at
        corrected = CorrectedPass(
            code=str(held.code), decision=correction.decision, corrected_at=at, expires_at=held.expires_at
        )
        # By its number nobody comes in between: another correction since `held` was read has this one.
        row = f"{_CORRECTION}#{held.code.person}#{len(held.corrections):03d}"
        return [self._fact(held, row, correction), _listed(_CORRECTION, held, at, corrected)]

    def _conflict(self, held: HeldPass, conflict: Conflict) -> list[Put]:
        own = self._fact(held, f"{_CONFLICT}#{held.code.person}#{conflict.id}", conflict)
        return [own, *map(Put, self._open_conflict(held, conflict))]

    def _open_conflict(self, held: HeldPass, conflict: Conflict) -> list[Entry]:
        """The rows that list a conflict, by the time it came in: for everyone, and for its checkpoints."""
        assert conflict.crossing.offline is not None  # nothing else becomes a conflict
        row = f"{instant(conflict.crossing.offline.received_at)}#{conflict.id}"
        leaves = self._leaves(held.record.declaration)
        checkpoints = sorted(held.checkpoints_of(conflict))
        return [Entry(_list_of(each), row, body="", expires_at=leaves) for each in (None, *checkpoints)]

    def _leaves(self, declaration: Declaration) -> int:
        return epoch(declaration.issued_at + self._retention)


_NEW = Entry.declaration.does_not_exist()


def _list_of(checkpoint: str | None) -> str:
    """The partition of open conflicts: a checkpoint's, or everyone's."""
    return _OPEN_CONFLICTS if checkpoint is None else f"{_OPEN_CONFLICTS}#{checkpoint}"


def _listed(kind: str, held: HeldPass, at: datetime, change: Record) -> Put:
    """The row that gives gates a change, by its time."""
    row = f"{instant(at)}#{held.code}#{kind}"
    return Put(Entry(_CHANGES, row, body=change.model_dump_json(), expires_at=epoch(held.expires_at + _LISTED_FOR)))


@lru_cache(maxsize=16)
def _declaration(body: str) -> Declaration:
    """A declaration never changes: while a full bus is checked, one after the other, its record is read from the table
    for each of them, and taken apart once."""
    return Declaration.model_validate_json(body, context=STORED)


class _Rows(Mapping[int, Fact]):
    """The facts of one kind by person, each read when it is first asked for. Of a full bus, a gate looks at one
    person's facts, and only asks whether there are others."""

    def __init__(self, model: type[Fact], kind: str, rows: Mapping[str, str]) -> None:
        self._model = model
        self._bodies = {_person(row): body for row, body in rows.items() if row.startswith(kind)}
        self._read: dict[int, Fact] = {}

    def __getitem__(self, person: int) -> Fact:
        if person not in self._read:
            self._read[person] = self._model.model_validate_json(self._bodies[person], context=STORED)
        return self._read[person]

    def __contains__(self, person: object) -> bool:
        return person in self._bodies

    def __iter__(self) -> Iterator[int]:
        return iter(self._bodies)

    def __len__(self) -> int:
        return len(self._bodies)


def event_of(keys: Any) -> EntryEvent | None:
    """The event that a new row means, by its keys as a stream record has them; None if it means none.

    Raises `RowUnreadable`.
    """
    try:
        declaration, row = keys["declaration"]["S"], keys["row"]["S"]
        if declaration.partition("#")[0] in _LISTS:
            return None
        kind = _EVENTS[row.partition("#")[0]]
        if kind is None:
            return None
        code = Code(declaration, 0 if row == _DECLARATION else _person(row))
        event = EntryEvent.about(kind, code)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise RowUnreadable from error
    if event.code != code:  # no code holds this number of a person
        raise RowUnreadable
    return event


def _person(row: str) -> int:
    return int(row.split("#", 2)[1])
