"""The `permits` table: permits and the facts beside them, append-only, and the lists that lead to them.

| partition | row |
|---|---|
| `<code>` | `PERMIT`, `DECISION`, `REVOCATION`; `TEST#<time of the sample>` for each test that was shown |
| | `SENT#<hash>`: which crossing a request has recorded, for two days |
| `CROSSINGS#<code>` | `<minute>#<direction>`; `<minute>#<direction>#<number>` for each correction of it |
| `PERSON#<hash>` | `<code>`: a person's permits |
| | `OPEN#<hash of the plate>#<partner>`: the open one with this plate that this partner asked for, or staff |
| | `GRANTED#<hash of the plate>`: the one with this plate that is in force |
| `LIST#asked`, `LIST#granted` and so on | `<time>#<code>`: of the request, end, decision or revocation |
| `ASKER#<partner>` | `<time of the request>#<code>` |
| `CHANGES` | `<time>#<code>`: revocations, for gates that ask what is new |

`OPEN` and `GRANTED` are written under a condition, so each asker has one open permit for a person with a plate, and one
of all of them is in force. An asker's `OPEN` row does not stop other askers, and shows them nothing. When a permit
ends, both rows have expired.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import groupby, islice
from time import time

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.models.entry.codes import Code
from chalicelib.models.permits.corrections import CorrectedPermitCrossing, PermitCorrection
from chalicelib.models.permits.crossings import PermitCrossing, SentCrossing
from chalicelib.models.permits.permits import (
    OpenAlready,
    Permit,
    PermitDecision,
    PermitRecord,
    PermitRevocation,
    PermitState,
    RevokedPermit,
    StoredAlready,
)
from chalicelib.models.records import Record
from chalicelib.storage.rows import Row, epoch, instant
from chalicelib.storage.tables import Delete, Put, Table

PERMIT, DECISION, REVOCATION, TEST, SENT = "PERMIT", "DECISION", "REVOCATION", "TEST", "SENT"
CROSSINGS, PERSON, LIST, ASKER, CHANGES = "CROSSINGS", "PERSON", "LIST", "ASKER", "CHANGES"
OPEN, GRANTED = "OPEN", "GRANTED"

_SENT_AGAIN_WITHIN = timedelta(days=2)
"""A crossing is sent a day later at most, by the device's clock."""

_ASKED_AT_ONCE = 20
"""Requests: each has five rows at most, and a transaction has `MOST_WRITES`."""


class PermitRow(Row):
    """One row."""

    partition = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute()


_NEW = PermitRow.partition.does_not_exist()


class Permits:
    """`services.permits.ports.Permits` on DynamoDB. Rows leave `retention` after the permit's end, after a refusal, and
    crossings after the crossing."""

    def __init__(self, table: Table[PermitRow], *, retention: timedelta, zone: tzinfo) -> None:
        self._table, self._retention, self._zone = table, retention, zone

    def find(self, code: Code) -> PermitRecord | None:
        """Strongly consistent."""
        rows = self._table.query(str(code), consistent_read=True)
        return record_of({each.row: each.body for each in rows if each.expires_at > time()})

    def find_all(self, codes: Sequence[str]) -> list[PermitRecord]:
        """A call for each 33 permits."""
        keys = [(code, row) for code in codes for row in (PERMIT, DECISION, REVOCATION)]
        bodies: dict[str, dict[str, str]] = {code: {} for code in codes}
        for each in self._table.batch_get(keys, consistent_read=True):
            if each.expires_at > time():
                bodies[each.partition][each.row] = each.body
        found = (record_of(each) for each in bodies.values())
        return [each for each in found if each is not None]

    def ask(self, permits: Sequence[Permit]) -> list[StoredAlready | OpenAlready | None]:
        """A transaction for each `_ASKED_AT_ONCE` requests. If some of them cannot be stored, it is written again
        without these."""
        outcomes: dict[str, StoredAlready | OpenAlready | None] = {}
        left = list(permits)
        while left:
            at_once = left[:_ASKED_AT_ONCE]
            writes = [self._asked(each) for each in at_once]
            failed = self._table.transact([write for each in writes for write in each])
            if failed is None:
                outcomes |= dict.fromkeys((each.code for each in at_once), None)
                left = left[_ASKED_AT_ONCE:]
                continue
            first = 0
            for permit, each in zip(at_once, writes, strict=True):
                if first in failed:
                    outcomes[permit.code] = StoredAlready(Permit.from_stored(failed[first].body))
                elif first + 1 in failed:
                    outcomes[permit.code] = OpenAlready(failed[first + 1].body)
                first += len(each)
            left = [each for each in left if each.code not in outcomes]
        return [outcomes[each.code] for each in permits]

    def decide(self, record: PermitRecord, decision: PermitDecision) -> bool:
        after = record.with_decision(decision)
        leaves = self._leaves(after)
        permit = record.permit
        writes: list[Put | Delete] = [
            Put(PermitRow(permit.code, DECISION, body=_stored(decision), expires_at=leaves), _NEW),
            # The same content, which now leaves at another time. If it was erased meanwhile, it does not come back.
            Put(PermitRow(permit.code, PERMIT, body=_stored(permit), expires_at=leaves), PermitRow.partition.exists()),
            *map(Put, self._leading(record, leaves)),
            Delete(self._listed(record, leaves)),
            Put(self._listed(after, leaves)),
        ]
        if decision.conditions is not None:
            free = self._free() | (PermitRow.body == permit.code)
            writes += [Put(each, free) for each in self._open(after)]
        elif record.ends_at(self._zone).timestamp() > time():
            writes += self._no_longer_open(record)
        return self._table.transact(writes) is None

    def revoke(self, record: PermitRecord, revocation: PermitRevocation) -> bool:
        after = record.with_revocation(revocation)
        leaves, code = self._leaves(after), record.permit.code
        ends_at = record.ends_at(self._zone)
        change = RevokedPermit(code=code, revoked_at=revocation.recorded_at, expires_at=ends_at)
        name = f"{instant(revocation.recorded_at)}#{code}"
        writes: list[Put | Delete] = [
            Put(PermitRow(code, REVOCATION, body=_stored(revocation), expires_at=leaves), _NEW),
            Put(PermitRow(CHANGES, name, body=_stored(change), expires_at=epoch(ends_at))),
            Delete(self._listed(record, leaves)),
            Put(self._listed(after, leaves)),
            *self._no_longer_open(record),
        ]
        return self._table.transact(writes) is None

    def listed(
        self, state: PermitState, now: datetime, after: str | None, limit: int, *, asked_until: datetime | None = None
    ) -> list[str]:
        """One query. Granted permits are listed by their end: those that have ended are before now."""
        begins, present = f"{after}~" if after else "", instant(now)
        if state is PermitState.GRANTED:
            begins = max(begins, present)
        within: Condition | None = PermitRow.row > begins if begins else None
        if state is PermitState.ENDED:
            if begins >= present:
                return []
            within = PermitRow.row.between(begins, present) if begins else PermitRow.row < present
        if asked_until is not None:
            last = f"{instant(asked_until)}~"
            if begins >= last:
                return []
            within = PermitRow.row.between(begins, last) if begins else PermitRow.row <= last
        partition = _list_of(PermitState.GRANTED if state is PermitState.ENDED else state)
        rows = self._table.query(partition, within, consistent_read=True, page_size=limit)
        return list(islice((each.row for each in rows if each.expires_at > time()), limit))

    def of_partner(self, partner: str, before: str | None, limit: int) -> list[str]:
        within = None if before is None else PermitRow.row < before
        rows = self._table.query(
            f"{ASKER}#{partner}", within, consistent_read=True, scan_index_forward=False, page_size=limit
        )
        return list(islice((each.row for each in rows if each.expires_at > time()), limit))

    def revoked_since(self, moment: datetime | None) -> list[RevokedPermit]:
        """One query, strongly consistent."""
        within = None if moment is None else PermitRow.row >= instant(moment)
        rows = self._table.query(CHANGES, within, consistent_read=True)
        return [RevokedPermit.from_stored(each.body) for each in rows if each.expires_at > time()]

    def cross(self, record: PermitRecord, crossing: PermitCrossing, sent: str | None = None) -> PermitCrossing | None:
        """One write, or one transaction. If a request that was sent twice names two minutes, one query more."""
        code, leaves = crossing.code, epoch(crossing.crossed_at + self._retention)
        row = PermitRow(crossings_of(code), crossing.name, body=_stored(crossing), expires_at=leaves)
        if sent is None and crossing.test_sampled_at is None:
            other = self._table.put_if(_NEW, row)
            return None if other is None else PermitCrossing.from_stored(other.body)
        writes = [Put(row, _NEW)]
        body = _stored(SentCrossing(crossing=crossing.name, recorded_at=crossing.recorded_at))
        ends = epoch(crossing.recorded_at + _SENT_AGAIN_WITHIN)
        request = PermitRow(code, f"{SENT}#{sent}", body=body, expires_at=ends)
        if sent is not None:
            writes.append(Put(request, _NEW))
        if crossing.test_sampled_at is not None:
            name = f"{TEST}#{instant(crossing.test_sampled_at)}"
            writes.append(Put(PermitRow(code, name, body="", expires_at=self._leaves(record))))
        failed = self._table.transact(writes)
        if failed is None:
            return None
        if 0 not in failed:
            # The same request was faster, in another minute.
            first = SentCrossing.from_stored(failed[1].body).crossing
            found = self.find_crossing(record.code, first)
            return crossing if found is None else found.crossing
        there = PermitCrossing.from_stored(failed[0].body)
        if sent is not None and 1 not in failed and there.is_also(crossing):
            self._table.put_if(_NEW, request)
        return there

    def find_crossing(self, code: Code, name: str) -> CorrectedPermitCrossing | None:
        """One query, strongly consistent."""
        rows = self._table.query(crossings_of(str(code)), PermitRow.row.startswith(name), consistent_read=True)
        return next(_crossings_in(rows), None)

    def crossings(self, code: Code) -> list[CorrectedPermitCrossing]:
        """One query, strongly consistent."""
        return list(_crossings_in(self._table.query(crossings_of(str(code)), consistent_read=True)))

    def correct(self, corrected: CorrectedPermitCrossing, correction: PermitCorrection) -> bool:
        """It leaves with its crossing."""
        crossing, number = corrected.crossing, len(corrected.corrections)
        leaves = epoch(crossing.crossed_at + self._retention)
        name = f"{crossing.name}#{number:03d}"
        row = PermitRow(crossings_of(crossing.code), name, body=_stored(correction), expires_at=leaves)
        return self._table.put_if(_NEW, row) is None

    def _asked(self, permit: Permit) -> list[Put]:
        """The rows of a new request: first the two with a condition."""
        record = PermitRecord(permit)
        leaves = self._leaves(record)
        return [
            Put(PermitRow(permit.code, PERMIT, body=_stored(permit), expires_at=leaves), _NEW),
            *(Put(each, self._free()) for each in self._open(record)),
            Put(self._listed(record, leaves)),
            *map(Put, self._leading(record, leaves)),
        ]

    def _leading(self, record: PermitRecord, leaves: int) -> list[PermitRow]:
        """The rows that lead to a permit from its person and its asker."""
        permit = record.permit
        rows = [PermitRow(permits_of(permit.hashed), permit.code, body="", expires_at=leaves)]
        if permit.partner is not None:
            name = f"{instant(permit.asked_at)}#{permit.code}"
            rows.append(PermitRow(f"{ASKER}#{permit.partner}", name, body="", expires_at=leaves))
        return rows

    def _open(self, record: PermitRecord) -> list[PermitRow]:
        """The rows that keep another permit from being asked for, or granted."""
        permit = record.permit
        ends = epoch(record.ends_at(self._zone))
        names = open_rows(permit) if record.conditions else open_rows(permit)[:1]
        return [PermitRow(permits_of(permit.hashed), each, body=permit.code, expires_at=ends) for each in names]

    @staticmethod
    def _free() -> Condition:
        free: Condition = _NEW | (PermitRow.expires_at <= int(time()))
        return free

    @staticmethod
    def _no_longer_open(record: PermitRecord) -> list[Delete]:
        permit = record.permit
        mine = _NEW | (PermitRow.body == permit.code)
        names = open_rows(permit) if record.conditions else open_rows(permit)[:1]
        return [Delete(PermitRow(permits_of(permit.hashed), each), mine) for each in names]

    def _listed(self, record: PermitRecord, leaves: int) -> PermitRow:
        return PermitRow(*list_key(record, self._zone), body="", expires_at=leaves)

    def _leaves(self, record: PermitRecord) -> int:
        decision = record.decision
        if decision is not None and decision.conditions is None:
            return epoch(decision.recorded_at + self._retention)
        return epoch(record.ends_at(self._zone) + self._retention)


def record_of(bodies: dict[str, str]) -> PermitRecord | None:
    """The record of the rows of a permit's partition, by their names. None without a permit."""
    if PERMIT not in bodies:
        return None
    tests = [datetime.fromisoformat(each.partition("#")[2]) for each in bodies if each.startswith(f"{TEST}#")]
    sent = [name for name in bodies if name.startswith(f"{SENT}#")]
    return PermitRecord(
        Permit.from_stored(bodies[PERMIT]),
        PermitDecision.from_stored(bodies[DECISION]) if DECISION in bodies else None,
        PermitRevocation.from_stored(bodies[REVOCATION]) if REVOCATION in bodies else None,
        max(tests, default=None),
        {each.partition("#")[2]: SentCrossing.from_stored(bodies[each]).crossing for each in sent},
    )


def list_key(record: PermitRecord, zone: tzinfo) -> tuple[str, str]:
    """The partition and the row that list a permit."""
    permit, decision, revocation = record.permit, record.decision, record.revocation
    state, at = PermitState.ASKED, permit.asked_at
    if revocation is not None:
        state, at = PermitState.REVOKED, revocation.recorded_at
    elif decision is not None and decision.conditions is None:
        state, at = PermitState.REFUSED, decision.recorded_at
    elif decision is not None:
        state, at = PermitState.GRANTED, record.ends_at(zone)
    return _list_of(state), f"{instant(at)}#{permit.code}"


def permits_of(hashed: str) -> str:
    """The partition that leads from a person to their permits."""
    return f"{PERSON}#{hashed}"


def open_rows(permit: Permit) -> list[str]:
    """The rows of a person's open permit with a plate, or without one: of this asker, and that it is in force."""
    plate = permit.plate_hashed or ""
    return [f"{OPEN}#{plate}#{permit.partner or ''}", f"{GRANTED}#{plate}"]


def crossings_of(code: str) -> str:
    return f"{CROSSINGS}#{code}"


def _crossings_in(rows: Iterable[PermitRow]) -> Iterator[CorrectedPermitCrossing]:
    """A crossing's row comes before those of its corrections. All of them leave together."""
    kept = (each for each in rows if each.expires_at > time())
    for _, (crossing, *corrections) in groupby(kept, lambda each: each.row.split("#")[:2]):
        yield CorrectedPermitCrossing(
            PermitCrossing.from_stored(crossing.body),
            [PermitCorrection.from_stored(each.body) for each in corrections],
        )


def _list_of(state: PermitState) -> str:
    return f"{LIST}#{state}"


def _stored(record: Record) -> str:
    return record.model_dump_json(exclude_none=True)
