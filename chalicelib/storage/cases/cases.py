"""The `cases` table: cases, what searches found, and the work that follows.

| partition | row |
|---|---|
| `<case>` | `CASE`, `CASE#END` |
| `<case>` | `EDGE#…`: each reason; `SAME#…`: two numbers of one person |
| `<case>` | `FOUND#…`: who is in hop 1; `SEARCHED#…`, `MARK#…`: what was done |
| `<case>` | `WORK#<person>#<number>`: facts that officers record |
| `<case>` | `WAVE#<wave>`: the contacts chosen for a wave; `TOLD#<person>`: the wave that includes this person |
| `PERSON#<hash>` | `CASE`: this person has a case; deleted when another may be opened |
| `PERSON#<hash>` | `NEAR#<case>`: this person was searched for that case |
| `CASES#<month>` | `<time>#<case>`: the list, and whether the person was a known contact |
| `CASES#OFFICERS` | `<subject>`: an officer who works on cases |
| `OFFICER#<subject>` | `<due>#<case>#<person>`: open work |

A new row is an event: `event_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from time import time
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.cases.cases import Case, CaseEnd, ContactOf
from chalicelib.models.cases.contacts import Edge, FoundSince
from chalicelib.models.cases.events import CaseEvent, CaseEventKind
from chalicelib.models.cases.tellings import Telling, Told
from chalicelib.models.cases.works import OpenWork, Work
from chalicelib.models.events import RowUnreadable
from chalicelib.models.tracing.markers import Marker
from chalicelib.storage.rows import Row, epoch, instant
from chalicelib.storage.tables import Delete, Put, Table

CASE, END, EDGE, SAME, SEARCHED, MARK, WORK = "CASE", "CASE#END", "EDGE", "SAME", "SEARCHED", "MARK", "WORK"
FOUND = "FOUND"
WAVE, TOLD = "WAVE", "TOLD"
PERSON, CASES, OFFICER, NEAR = "PERSON", "CASES", "OFFICER", "NEAR"

_OFFICERS = f"{CASES}#OFFICERS"
_DAY = 86_400  # seconds
_MOST_HOPS = 3
_KNOWN = "known"
"""In the list: the person was a known contact."""
_NO_CASES = frozenset({PERSON, CASES, OFFICER})
"""Prefixes of partitions that are not a case's."""


class CaseRow(Row):
    """One row."""

    case = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute()
    since = NumberAttribute(null=True)
    """In `SEARCHED`: the start of the searched time, in seconds since 1970."""


NEW = CaseRow.case.does_not_exist()


class Cases:
    """`services.cases.ports.Cases` on DynamoDB."""

    def __init__(self, table: Table[CaseRow], *, retention: timedelta) -> None:
        self._table, self._retention = table, retention
        self._noted: dict[str, int] = {}

    def open(self, case: Case, again_from: datetime) -> str | None:
        now = int(time())
        leaves = self._leaves(case)
        free = NEW | (CaseRow.expires_at <= now)
        guards = [
            Put(CaseRow(f"{PERSON}#{each}", CASE, body=case.code, expires_at=epoch(again_from)), free)
            for each in case.persons
        ]
        row = CaseRow(case.code, CASE, body=case.model_dump_json(exclude_none=True), expires_at=leaves)
        known = _KNOWN if case.contact_of else ""
        listed = CaseRow(_month(case.opened_at), _listed(case), body=known, expires_at=leaves)
        failed = self._table.transact([*guards, Put(row, NEW), Put(listed)])
        return None if failed is None else next(iter(failed.values())).body

    def find(self, code: str) -> tuple[Case, CaseEnd | None] | None:
        """One query, strongly consistent."""
        rows = {
            each.row: each.body
            for each in self._table.query(code, CaseRow.row.startswith(CASE), consistent_read=True)
            if each.expires_at > time()
        }
        if CASE not in rows:
            return None
        return Case.from_stored(rows[CASE]), CaseEnd.from_stored(rows[END]) if END in rows else None

    def end(self, case: Case, end: CaseEnd) -> CaseEnd | None:
        body = end.model_dump_json(exclude_none=True)
        there = self._table.put_if(NEW, CaseRow(case.code, END, body=body, expires_at=self._leaves(case)))
        return None if there is None else CaseEnd.from_stored(there.body)

    def listed(self, month: datetime, before: str | None, limit: int) -> list[str]:
        """One query: the latest first."""
        within = None if before is None else CaseRow.row < before
        rows = self._table.query(_month(month), within, consistent_read=True, scan_index_forward=False, limit=limit)
        return [each.row for each in rows if each.expires_at > time()]

    def count_opened(self, month: datetime) -> tuple[int, int]:
        """One query for each megabyte."""
        rows = [each for each in self._table.query(_month(month), consistent_read=True) if each.expires_at > time()]
        return len(rows), sum(each.body == _KNOWN for each in rows)

    def contact_of(self, persons: Sequence[str], until: datetime) -> list[ContactOf]:
        """A query for each person, and up to three for each case that searched them."""
        hops: dict[str, int] = {}
        for person in persons:
            for row in self._table.query(f"{PERSON}#{person}", CaseRow.row.startswith(f"{NEAR}#")):
                code = row.row.removeprefix(f"{NEAR}#")
                for hop in range(1, hops.get(code, _MOST_HOPS + 1)):
                    edges = self._begin(code, f"{EDGE}#{hop}#{person}")
                    if any(Edge.from_stored(each.body).found_at <= until for each in edges):
                        hops[code] = hop
                        break
        return sorted((ContactOf(case=code, hop=hop) for code, hop in hops.items()), key=lambda each: each.hop)

    def append_edges(self, case: Case, edges: Sequence[tuple[Edge, bool]]) -> int:
        """Two calls for 25 edges, nine for 200. If two workers do the same step at the same moment, the later write
        stays: then an edge was found some milliseconds later, and nothing else differs."""
        rows = {row.row: row for row in (self._edge_row(case, *each) for each in edges)}
        for there in self._table.batch_get([(case.code, each) for each in rows], consistent_read=True):
            del rows[there.row]
        self._table.batch_write([*rows.values(), *self._found(case, [each for each, _ in edges])])
        return len(rows)

    def _found(self, case: Case, edges: Sequence[Edge]) -> Iterator[CaseRow]:
        """One for each person of hop 1. If a later time replaces an earlier one, some reasons are stored needlessly."""
        times: dict[str, list[Edge]] = {}
        for each in edges:
            if each.hop == 1 and each.kind.is_followed:
                times.setdefault(each.person, []).append(each)
        for person, reasons in times.items():
            since = min(epoch(each.reach) for each in reasons)
            known = [epoch(each.reach) for each in reasons if not each.is_unproven]
            body = str(min(known)) if known else ""
            yield CaseRow(case.code, f"{FOUND}#{person}", body=body, expires_at=self._leaves(case), since=since)

    def _edge_row(self, case: Case, edge: Edge, is_event: bool) -> CaseRow:
        # A phone may answer later: then the same facts are of a known origin, in another row.
        known = "" if edge.is_unproven else "#known"
        name = "#".join(
            [
                EDGE,
                str(edge.hop),
                edge.person,
                str(epoch(edge.until)),
                ("f" if edge.kind.is_followed else "n") if is_event else "s",
                sha256(f"{edge.kind}#{edge.fact}{known}".encode()).hexdigest()[:24],
            ]
        )
        return CaseRow(case.code, name, body=edge.model_dump_json(exclude_none=True), expires_at=self._leaves(case))

    def edges(self, code: str) -> list[Edge]:
        """One query for each megabyte."""
        return [Edge.from_stored(each.body) for each in self._begin(code, EDGE)]

    def edge(self, code: str, name: str) -> Edge | None:
        """The edge in the row with this name. One `GetItem`."""
        row = self._table.get(code, name)
        return None if row is None else Edge.from_stored(row.body)

    def edges_to(self, code: str, hop: int, person: str) -> list[Edge]:
        """The edges to a person at a hop. One query."""
        return [Edge.from_stored(each.body) for each in self._begin(code, f"{EDGE}#{hop}#{person}")]

    def append_same(self, case: Case, one: str, other: str) -> None:
        first, second = sorted((one, other))
        row = CaseRow(case.code, f"{SAME}#{first}#{second}", body="", expires_at=self._leaves(case))
        self._table.put_if(NEW, row)

    def same(self, code: str) -> list[tuple[str, str]]:
        pairs = (each.row.split("#") for each in self._begin(code, SAME))
        return [(one, other) for _, one, other in pairs]

    def found_since(self, code: str, persons: Iterable[str]) -> dict[str, FoundSince]:
        rows = self._table.batch_get((code, f"{FOUND}#{each}") for each in persons)
        return {
            row.row.split("#")[1]: FoundSince(
                datetime.fromtimestamp(row.since, UTC),
                datetime.fromtimestamp(int(row.body), UTC) if row.body else None,
            )
            for row in rows
        }

    def searched_since(self, code: str, persons: Iterable[str], hops: Iterable[int]) -> dict[str, datetime]:
        hops = list(hops)
        rows = self._table.batch_get((code, _searched(hop, each)) for each in persons for hop in hops)
        found: dict[str, float] = {}
        for row in rows:
            person = row.row.split("#")[2]
            found[person] = min(row.since, found.get(person, row.since))
        return {person: datetime.fromtimestamp(since, UTC) for person, since in found.items()}

    def searched(self, case: Case, hop: int, person: str, since: datetime) -> None:
        row = CaseRow(case.code, _searched(hop, person), body="", expires_at=self._leaves(case), since=epoch(since))
        # For an export or an erasure: from a person to the cases in which they are a contact.
        near = CaseRow(f"{PERSON}#{person}", f"{NEAR}#{case.code}", body="", expires_at=self._leaves(case))
        self._table.transact([Put(row, NEW | (CaseRow.since > epoch(since))), Put(near)])

    def append_marks(self, case: Case, markers: Sequence[Marker]) -> None:
        names = {f"{MARK}#{each.place}|{each.key}" for each in markers}
        self._table.batch_write(CaseRow(case.code, each, body="", expires_at=self._leaves(case)) for each in names)

    def marks(self, code: str) -> Iterator[tuple[str, str]]:
        for each in self._begin(code, MARK):
            place, _, key = each.row.removeprefix(f"{MARK}#").partition("|")
            yield place, key

    def delete_marks(self, code: str, marks: Sequence[tuple[str, str]]) -> None:
        self._table.batch_write(delete=[CaseRow(code, f"{MARK}#{place}|{key}") for place, key in marks])

    def works(self, code: str) -> dict[str, list[Work]]:
        found: dict[str, list[Work]] = {}
        for each in self._begin(code, WORK):
            found.setdefault(each.row.split("#")[1], []).append(Work.from_stored(each.body))
        return found

    def append_work(
        self, case: Case, person: str, number: int, work: Work, before: OpenWork | None, after: OpenWork | None
    ) -> bool:
        leaves = self._leaves(case)
        row = CaseRow(
            case.code, f"{WORK}#{person}#{number:03d}", body=work.model_dump_json(exclude_none=True), expires_at=leaves
        )
        writes: list[Put | Delete] = [Put(row, NEW)]
        if before is not None and before != after:
            writes.append(Delete(_open(before)))
        if after is not None and before != after:
            open_row = _open(after)
            open_row.body, open_row.expires_at = "", leaves
            writes.append(Put(open_row))
        return self._table.transact(writes) is None

    def find_telling(self, code: str, wave: str) -> Telling | None:
        rows = self._table.query(code, CaseRow.row == f"{WAVE}#{wave}", consistent_read=True)
        return next((Telling.from_stored(each.body) for each in rows if each.expires_at > time()), None)

    def append_telling(self, case: Case, telling: Telling) -> Telling | None:
        body = telling.model_dump_json(exclude_none=True)
        row = CaseRow(case.code, f"{WAVE}#{telling.wave}", body=body, expires_at=self._leaves(case))
        there = self._table.put_if(NEW, row)
        return None if there is None else Telling.from_stored(there.body)

    def append_told(self, case: Case, person: str, told: Told, instead_of: Told | None) -> Told | None:
        row = CaseRow(case.code, f"{TOLD}#{person}", body=told.model_dump_json(), expires_at=self._leaves(case))
        free = NEW if instead_of is None else NEW | (CaseRow.body == instead_of.model_dump_json())
        there = self._table.put_if(free, row)
        return None if there is None else Told.from_stored(there.body)

    def told(self, code: str) -> dict[str, Told]:
        return {each.row.split("#")[1]: Told.from_stored(each.body) for each in self._begin(code, TOLD)}

    def open_work(self, officer: str, after: str | None, limit: int) -> list[OpenWork]:
        within = None if after is None else CaseRow.row > after
        # Not `limit`: what has expired is due first, and would take the place of the rest.
        rows = self._table.query(f"{OFFICER}#{officer}", within, consistent_read=True, page_size=limit)
        living = (each.row for each in rows if each.expires_at > time())
        return [OpenWork.of(officer, row) for row in islice(living, limit)]

    def note_officer(self, subject: str) -> None:
        """One write a day for each officer in each process."""
        now = int(time())
        if self._noted.get(subject) != now // _DAY:
            leaves = now + int(self._retention.total_seconds())
            self._table.put(CaseRow(_OFFICERS, subject, body="", expires_at=leaves))
            self._noted[subject] = now // _DAY

    def officers(self) -> list[str]:
        """One query."""
        rows = self._table.query(_OFFICERS, consistent_read=True)
        return [each.row for each in rows if each.expires_at > time()]

    def _begin(self, code: str, kind: str) -> Iterator[CaseRow]:
        for each in self._table.query(code, CaseRow.row.startswith(f"{kind}#"), consistent_read=True):
            if each.expires_at > time():
                yield each

    def _leaves(self, case: Case) -> int:
        return epoch(case.opened_at + self._retention)


def event_of(keys: Any) -> CaseEvent | None:
    """The event for a new row, by its keys in a stream record; None if there is no event for it.

    Raises `RowUnreadable`.
    """
    try:
        case, row = keys["case"]["S"], keys["row"]["S"]
        if case.partition("#")[0] in _NO_CASES:
            return None
        if row == CASE:
            return CaseEvent(kind=CaseEventKind.CASE_OPENED, subject=case)
        if row == END:
            return CaseEvent(kind=CaseEventKind.CASE_ENDED, subject=case)
        kind, *parts = row.split("#")
        if kind == EDGE:
            hop, person, until, follows, _ = parts
            if follows == "s":
                return None
            since = datetime.fromtimestamp(int(until), UTC)
            return CaseEvent(
                kind=CaseEventKind.CONTACT_FOUND,
                subject=case,
                hop=int(hop),
                person=person,
                since=since,
                follows=follows == "f",
            )
        if kind not in (SAME, SEARCHED, FOUND, MARK, WORK, WAVE, TOLD):
            raise RowUnreadable
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise RowUnreadable from error
    return None


def _searched(hop: int, person: str) -> str:
    return f"{SEARCHED}#{hop}#{person}"


def _month(moment: datetime) -> str:
    return f"{CASES}#{moment.astimezone(UTC):%Y-%m}"


def _listed(case: Case) -> str:
    return f"{instant(case.opened_at)}#{case.code}"


def _open(work: OpenWork) -> CaseRow:
    return CaseRow(f"{OFFICER}#{work.officer}", work.key)
