"""What the `entries` table holds about a person: their part of declarations, and the facts beside these."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from chalicelib.models.entry.arrivals import GateArrival
from chalicelib.models.entry.codes import LENGTH, Code
from chalicelib.models.entry.conflicts import Conflict
from chalicelib.models.entry.corrections import Correction
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.erasures import without_person
from chalicelib.models.entry.replacements import Replacement
from chalicelib.models.entry.revocations import Revocation
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.storage.entry.rows import (
    ALIAS,
    AMENDMENT,
    ARRIVAL,
    CHANGES,
    CONFLICT,
    CORRECTION,
    CROSSING,
    DECLARATION,
    DEPARTURE,
    ERASING,
    HOLDING,
    NO_DECLARATIONS,
    OPEN_CONFLICTS,
    PROOF,
    REPLACED,
    RESTRICTED,
    RESTRICTION,
    REVOCATION,
    VERIFICATION,
    VERIFICATIONS,
    VISITORS,
    Entry,
    change_row,
    changed_code,
    conflict_row,
    kind_of,
    listed_conflict,
    listed_visitor,
    open_conflicts_of,
    person_of,
    visitor_key,
)
from chalicelib.storage.entry.verifications import list_of, listed, partition_of
from chalicelib.storage.rows import Item
from chalicelib.storage.tables import Table

_ATTEMPTS = 10
"""Attempts at a declaration's row. Each fails only if someone else's erasure of it succeeds."""

_OTHERS = frozenset({"recorded_by", "recorded_by_name", "declared_by", "host"})
"""Members of rows that are data of other people: of staff, and of the host."""

_PURPOSES = {
    DECLARATION: "to issue the pass, to check it at the gate, and for the instructions",
    ALIAS: "to find the person's passes by either of their two identity numbers",
    PROOF: "to know that the traveller's own phone answered, and to list such passes first",
    CHANGES: "to turn away a pass that was revoked, and to show a corrected decision, at gates without network",
    OPEN_CONFLICTS: "to have two crossings that do not fit settled by a supervisor",
    VERIFICATION: "to prove that the phone is the caller's",
    VERIFICATIONS: "to send few one-time codes to a phone",
    RESTRICTION: "to use the data no more than it must be, as the person asked",
    RESTRICTED: "to use the data no more than it must be, as the person asked",
    AMENDMENT: "to show what the person says is right, beside the declaration",
    DEPARTURE: "to know who has left, and that an identity card was given back",
    ARRIVAL: "to let the pass hold while its holder waits at the gate",
    REPLACED: "to know which of two passes of the same trip holds",
    VISITORS: "to know who of a day's visitors has not left, and whose identity card is kept at the gate",
}
_OF_FACTS = "what staff recorded at the gate: who was let in, and why or why not"


class EntriesOfPersons:
    """The rights of a person in this table. Rows whose time has come count too, as long as DynamoDB has them."""

    name = "entries"

    def __init__(self, table: Table[Entry]) -> None:
        self._table = table

    def export(self, keys: PersonKeys) -> list[Holding]:
        of_passes = [each for code in _codes(keys) for each in self._holdings(code)]
        return of_passes + [
            _holding(row, kind_of(row.declaration), since, {"row": row.row, **json.loads(row.body or "{}")})
            for row, since in self._verifications(keys)
        ]

    def erase(self, keys: PersonKeys) -> int:
        """Delete the facts and what lists them, then blank the person in the declaration. It may be interrupted."""
        verifications = [row for row, _ in self._verifications(keys)]
        # The verifications are found through their list, so its rows are deleted last.
        for partition in (VERIFICATION, VERIFICATIONS):
            self._table.batch_write(
                delete=[row for row in verifications if row.declaration.startswith(f"{partition}#")]
            )
        return sum(map(self._erase, _codes(keys))) + len(verifications)

    @staticmethod
    def restorable(row: Item, is_erased: Callable[[str], bool]) -> Item | None:
        """A row of a backup without those who were erased; None if nothing is left of it."""
        partition, name = row["declaration"]["S"], row["row"]["S"]
        if partition == ERASING:  # that erasure has finished since, or will be resumed
            return None
        if kind_of(partition) in (VERIFICATION, VERIFICATIONS):  # expired since the backup
            return None
        if partition == RESTRICTED:
            return None if is_erased(name) else row
        if partition in (CHANGES, HOLDING):
            return None if is_erased(changed_code(name)) else row
        if kind_of(partition) == OPEN_CONFLICTS:
            return None if is_erased(listed_conflict(name)[:LENGTH]) else row
        if kind_of(partition) == VISITORS:
            return None if is_erased(listed_visitor(name)) else row
        if partition in NO_DECLARATIONS:
            return row
        if name != DECLARATION:
            return None if is_erased(str(Code(partition, person_of(name)))) else row
        declaration = _declaration(row["body"]["S"])
        erased = [each for each in range(len(declaration.passes)) if is_erased(str(Code(partition, each)))]
        for number in erased:
            declaration = without_person(declaration, number)
        return {**row, "body": {"S": _written(declaration)}} if erased else row

    def _verifications(self, keys: PersonKeys) -> Iterator[tuple[Entry, datetime]]:
        """The rows of all verifications of the person's phones, each with the time when it was asked for."""
        for phone_hash in sorted(keys.phones):
            for row in self._table.query(list_of(phone_hash), consistent_read=True):
                verification = listed(row)
                yield row, verification.requested_at
                partition = partition_of(Code.parse(verification.id))
                for each in self._table.query(partition, consistent_read=True):
                    yield each, verification.requested_at

    def _holdings(self, code: Code) -> Iterator[Holding]:
        rows = list(self._table.query(code.declaration, consistent_read=True))
        since = datetime.now(UTC)
        for row in rows:
            if row.row == DECLARATION:
                declaration = _declaration(row.body)
                since = declaration.issued_at
                if _has(declaration, code):
                    yield _holding(row, DECLARATION, since, _part_of(declaration, code))
        for row in _facts(rows, code):
            content = {"code": code.shown, **json.loads(row.body)}
            yield _holding(row, kind_of(row.row), _recorded_at(content), content)
        for row in self._listing(rows, code):
            content = {"code": code.shown, "listed_by": row.row, **(json.loads(row.body) if row.body else {})}
            yield _holding(row, kind_of(row.declaration), since, content)

    def _erase(self, code: Code) -> int:
        rows = list(self._table.query(code.declaration, consistent_read=True))
        # The list rows are found through the fact, so the fact is deleted last.
        listing, facts = self._listing(rows, code), _facts(rows, code)
        for deleted in (listing, facts):
            self._table.batch_write(delete=deleted)
        return len(listing) + len(facts) + self._blank(code)

    def _blank(self, code: Code) -> int:
        """Blank the person in the declaration's row. Returns the number of rows that it changed: 0 or 1."""
        stored = self._table.get(code.declaration, DECLARATION)
        for _ in range(_ATTEMPTS):
            declaration = _declaration(stored.body) if stored is not None and stored.body else None
            if stored is None or declaration is None or not _has(declaration, code):
                return 0
            body = _written(without_person(declaration, code.person))
            row = Entry(code.declaration, DECLARATION, body=body, expires_at=stored.expires_at)
            # Someone who rode along may be erased at the same moment.
            other = self._table.put_if(Entry.body == stored.body, row)
            if other is None:
                return 1
            stored = other
        raise ServiceUnavailable

    def _listing(self, rows: list[Entry], code: Code) -> list[Entry]:
        """The rows that list this person's facts: for gates that ask for changes or awaited people, for supervisors,
        and for readers that leave out persons with restricted data."""
        facts = _facts(rows, code)
        crossings = [_read(Crossing, row) for row in facts if row.row.startswith(CROSSING)]
        crossed = [each.checkpoint for each in crossings]
        keys: dict[tuple[str, str], None] = dict.fromkeys(visitor_key(code, each) for each in crossings)
        for row in facts:
            kind = kind_of(row.row)
            if kind in (REVOCATION, CORRECTION):
                at = _read(Revocation if kind == REVOCATION else Correction, row).recorded_at
                keys[CHANGES, change_row(kind, code, at)] = None
            elif kind in (ARRIVAL, REPLACED):
                at = _read(GateArrival, row).received_at if kind == ARRIVAL else _read(Replacement, row).recorded_at
                keys[HOLDING, change_row(kind, code, at)] = None
            elif kind == CONFLICT:
                conflict = _read(Conflict, row)
                lists = map(open_conflicts_of, (None, conflict.crossing.checkpoint, *crossed))
                keys |= dict.fromkeys((each, conflict_row(conflict)) for each in lists)
            elif kind == RESTRICTION:
                keys[RESTRICTED, str(code)] = None
        return list(self._table.batch_get(keys))


def _codes(keys: PersonKeys) -> Iterator[Code]:
    return map(Code.parse, sorted(keys.codes))


def _facts(rows: list[Entry], code: Code) -> list[Entry]:
    return [row for row in rows if row.row != DECLARATION and person_of(row.row) == code.person]


def _has(declaration: Declaration, code: Code) -> bool:
    return code.person < len(declaration.passes) and not declaration.passes[code.person].is_erased


def _part_of(declaration: Declaration, code: Code) -> dict[str, Any]:
    """This person's part of a declaration, and the trip that all of it share."""
    form, written = declaration.form, declaration.model_dump(mode="json", exclude_none=True)
    return {
        "code": code.shown,
        "person": form.persons[code.person].model_dump(mode="json", exclude_none=True),
        "trip": written["form"]["trip"],
        "consent": written["form"]["consent"],
        "pass": written["passes"][code.person],
        "issued_at": written["issued_at"],
        "expires_at": written["expires_at"],
        "policy_version": declaration.policy_version,
        "declared_by_staff": declaration.declared_by is not None,
        "declared_offline": declaration.offline is not None,
        "found_differently": [
            each.model_dump(mode="json")
            for each in (declaration.offline.found_differently if declaration.offline else [])
            if each.person == code.person
        ],
        "declared_by_partner": declaration.by_partner,
        "declared_by_proven_phone": declaration.by_proven_phone,
        "others_in_it": len(form.persons) - 1,
    }


def _holding(row: Entry, kind: str, since: datetime, content: dict[str, Any]) -> Holding:
    until = datetime.fromtimestamp(row.expires_at, UTC)
    return Holding("entries", kind.lower(), _PURPOSES.get(kind, _OF_FACTS), since, until, _without_others(content))


def _without_others(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_others(each) for name, each in value.items() if name not in _OTHERS}
    return [_without_others(each) for each in value] if isinstance(value, list) else value


def _recorded_at(fact: dict[str, Any]) -> datetime:
    """When it was recorded. A conflict has the time of its crossing."""
    return datetime.fromisoformat(fact.get("crossing", fact)["recorded_at"])


def _read(kind: Any, row: Entry) -> Any:
    return kind.from_stored(row.body)


def _declaration(body: str) -> Declaration:
    return Declaration.from_stored(body)


def _written(declaration: Declaration) -> str:
    return declaration.model_dump_json(exclude_defaults=True)
