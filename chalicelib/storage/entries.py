"""The `entries` table: declarations and the facts beside them, append-only.

One partition a declaration, named by the first 13 characters of its passes' codes; its rows are `DECLARATION`,
`CROSSING#<person>` and `REVOCATION#<person>`. What a row tells is one JSON text, so that a record is read and written
whole. The table's stream carries keys only: see `chalicelib.models.events`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from time import time
from typing import Any, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.models.codes import Code
from chalicelib.models.crossings import Crossing, Revocation
from chalicelib.models.declarations import Declaration
from chalicelib.models.events import Event, EventKind
from chalicelib.models.facts import Facts
from chalicelib.models.strict import STORED, Strict
from chalicelib.storage.tables import answering, epoch, put_if

Fact = TypeVar("Fact", bound=Strict)

_DECLARATION, _CROSSING, _REVOCATION = "DECLARATION", "CROSSING", "REVOCATION"


class Entry(Model):
    """One row. `wiring` names the table and region before the first use."""

    class Meta:
        table_name = "entries"

    declaration = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute()


class Entries:
    """`services.collaborators.Entries` on DynamoDB. Records leave `retention` after the declaration."""

    def __init__(self, *, retention: timedelta) -> None:
        self._retention = retention

    def append_declaration(self, code: Code, declaration: Declaration) -> Declaration | None:
        body = declaration.model_dump_json(exclude_defaults=True)
        keep_until = declaration.issued_at + self._retention
        standing = _append(Entry(code.declaration, _DECLARATION, body=body, expires_at=epoch(keep_until)))
        return Declaration.model_validate_json(standing, context=STORED) if standing else None

    def append_crossing(self, code: Code, crossing: Crossing, keep_until: datetime) -> Crossing | None:
        row = f"{_CROSSING}#{code.person}"
        body = crossing.model_dump_json(exclude_defaults=True)
        standing = _append(Entry(code.declaration, row, body=body, expires_at=epoch(keep_until)))
        return Crossing.model_validate_json(standing, context=STORED) if standing else None

    def find(self, code: Code) -> Facts | None:
        """One query, strongly consistent: a worker must find what it was told of, a gate what was just declared.

        A row whose time has come is gone, although DynamoDB may take two days to delete it.
        """
        with answering():
            found = Entry.query(code.declaration, consistent_read=True)
            rows = {entry.row: entry.body for entry in found if entry.expires_at > time()}
        if _DECLARATION not in rows:
            return None
        return Facts(
            declaration=_declaration(rows[_DECLARATION]),
            crossings=_Rows(Crossing, _CROSSING, rows),
            revocations=_Rows(Revocation, _REVOCATION, rows),
        )


@lru_cache(maxsize=16)
def _declaration(body: str) -> Declaration:
    """A declaration never changes: while a full bus is checked, one after the other, its record is read from the table
    for each of them, and taken apart once."""
    return Declaration.model_validate_json(body, context=STORED)


class _Rows(Mapping[int, Fact]):
    """The facts of one kind by person, each read when it is asked for: of a full bus, a gate looks at one person's and
    only asks whether there are the others'."""

    def __init__(self, model: type[Fact], kind: str, rows: Mapping[str, str]) -> None:
        self._model = model
        self._bodies = {_person(row): body for row, body in rows.items() if row.startswith(kind)}

    def __getitem__(self, person: int) -> Fact:
        return self._model.model_validate_json(self._bodies[person], context=STORED)

    def __contains__(self, person: object) -> bool:
        return person in self._bodies

    def __iter__(self) -> Iterator[int]:
        return iter(self._bodies)

    def __len__(self) -> int:
        return len(self._bodies)


def _append(entry: Entry) -> str | None:
    """Write a row that must not exist yet. None, or the body of the one that does."""
    standing = put_if(Entry.declaration.does_not_exist(), entry)
    return standing["body"]["S"] if standing else None


class RowUnreadable(Exception):
    """A stream record that tells no event we know."""


def event_of(keys: Any) -> Event:
    """The event that a new row means, by its keys as a stream record has them. Raises `RowUnreadable`."""
    kinds = {
        _DECLARATION: EventKind.DECLARATION_SUBMITTED,
        _CROSSING: EventKind.CROSSING_RECORDED,
        _REVOCATION: EventKind.PASS_REVOKED,
    }
    try:
        row = keys["row"]["S"]
        person = _person(row) if "#" in row else 0
        return Event(kind=kinds[row.partition("#")[0]], declaration=keys["declaration"]["S"], person=person)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise RowUnreadable from error


def _person(row: str) -> int:
    return int(row.partition("#")[2])
