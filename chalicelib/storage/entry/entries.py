"""Declarations and the facts beside them: what is read, and what is appended."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from time import time
from typing import TYPE_CHECKING

from chalicelib.models.entry.codes import LENGTH, Code
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.models.records import Record
from chalicelib.storage.entry.declarations import Declarations
from chalicelib.storage.entry.records import arrival_of, crossing_of, record_of, revocation_of
from chalicelib.storage.entry.rows import (
    ALIAS,
    ARRIVAL,
    CHANGES,
    CONFLICT,
    CORRECTION,
    CROSSING,
    DECLARATION,
    DEPARTURE,
    HOLDING,
    NEW,
    PROOF,
    REPLACED,
    RESTRICTED,
    REVOCATION,
    Entry,
    change_row,
    conflict_row,
    listed_conflict,
    listed_visitor,
    numbered_row,
    open_conflicts_of,
    row_of,
    settlement_row,
    visitor_key,
    visitors_of,
)
from chalicelib.storage.rows import epoch, instant
from chalicelib.storage.tables import MOST_WRITES, Delete, Put

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from chalicelib.models.entry.aliases import Alias
    from chalicelib.models.entry.arrivals import ArrivedPass, GateArrival
    from chalicelib.models.entry.conflicts import Conflict, Settlement
    from chalicelib.models.entry.corrections import CorrectedPass, Correction
    from chalicelib.models.entry.crossings import Crossing
    from chalicelib.models.entry.departures import Departure
    from chalicelib.models.entry.proofs import PhoneProof
    from chalicelib.models.entry.replacements import ReplacedPass, Replacement
    from chalicelib.models.entry.revocations import Revocation, RevokedPass

_LISTED_FOR = timedelta(days=1)
"""How long a change stays in the list after the pass has ended."""


class Entries(Declarations):
    """What entry, gate and tracing need of this table."""

    def append_proof(self, held: HeldPass, proof: PhoneProof) -> None:
        """One proof is enough: if there is one already, nothing changes."""
        self._append(held.code, held.record.declaration, PROOF, proof)

    def append_alias(self, held: HeldPass, alias: Alias) -> None:
        """One is enough: if there is one already, nothing changes."""
        self._append(held.code, held.record.declaration, row_of(ALIAS, held.code), alias)

    def append_arrivals(self, arrivals: Sequence[tuple[HeldPass, GateArrival]]) -> list[GateArrival | None]:
        """One transaction for 50, and another one for each time that somebody else was faster with some of them."""
        on_record: dict[Code, GateArrival] = {}
        for begin in range(0, len(arrivals), MOST_WRITES // 2):
            left = list(arrivals[begin : begin + MOST_WRITES // 2])
            while left:
                writes = [write for held, arrival in left for write in self._arrived(held, arrival)]
                failed = self._table.transact(writes)
                if failed is None:
                    break
                on_record |= {left[number // 2][0].code: arrival_of(row.body) for number, row in failed.items()}
                left = [each for each in left if each[0].code not in on_record]
        return [on_record.get(held.code) for held, _ in arrivals]

    def append_replacement(self, held: HeldPass, replacement: Replacement) -> None:
        from chalicelib.models.entry.replacements import ReplacedPass

        at = replacement.recorded_at
        change = ReplacedPass(code=str(held.code), replaced_at=at, by=replacement.by, expires_at=held.hour_ends_at)
        fact = self._fact(held, row_of(REPLACED, held.code), replacement)
        self._table.transact([fact, _listed(HOLDING, REPLACED, held, at, change)])

    def append_crossing(self, held: HeldPass, crossing: Crossing) -> Crossing | None:
        listing = self._listing(held, held.with_crossing(crossing))
        if not listing:
            stored = self._append(held.code, held.record.declaration, row_of(CROSSING, held.code), crossing)
            return crossing_of(stored) if stored else None
        failed = self._table.transact([self._crossing(held, crossing), *listing])
        return crossing_of(failed[0].body) if failed else None

    def append_crossings(self, crossings: Sequence[tuple[HeldPass, Crossing]]) -> bool:
        facts = [self._crossing(*each) for each in crossings]
        lists = [row for held, crossing in crossings for row in self._listing(held, held.with_crossing(crossing))]
        if len(facts) + len(lists) > MOST_WRITES:
            # Write the list first: an entry without a crossing is not shown. In the other order the entry might be
            # lost.
            self._table.transact(lists)
            lists = []
        return self._table.transact([*facts, *lists]) is None

    def append_departures(self, departures: Sequence[tuple[HeldPass, Departure]]) -> bool:
        facts = [
            self._fact(held, numbered_row(DEPARTURE, held.code, len(held.departures)), departure)
            for held, departure in departures
        ]
        lists = [row for held, departure in departures for row in self._listing(held, held.with_departure(departure))]
        if len(facts) + len(lists) <= MOST_WRITES:
            return self._table.transact([*facts, *lists]) is None
        # The list can be changed last: people who have left are not shown, even if they are listed.
        return self._table.transact(facts) is None and self._table.transact(lists) is None

    def visitors(self, day: date, checkpoint: str | None, at_most: int) -> list[Code]:
        """One query."""
        there = None if checkpoint is None else Entry.row.startswith(f"{checkpoint}#")
        listed = self._table.query(visitors_of(day), there, consistent_read=True)
        names = islice((each.row for each in listed if each.expires_at > time()), at_most)
        return [Code.parse(listed_visitor(name)) for name in names]

    def append_conflict(self, held: HeldPass, conflict: Conflict) -> bool:
        return self._table.transact(self._conflict(held, conflict)) is None

    def append_crossing_in_conflict(self, held: HeldPass, conflict: Conflict) -> bool:
        listing = self._listing(held, held.with_crossing(conflict.crossing))
        writes = [self._crossing(held, conflict.crossing), *self._conflict(held, conflict), *listing]
        return self._table.transact(writes) is None

    def append_correction(self, held: HeldPass, correction: Correction) -> bool:
        return self._table.transact(self._correction(held, correction)) is None

    def append_settlement(
        self, held: HeldPass, conflict: Conflict, settlement: Settlement, correction: Correction
    ) -> bool:
        writes: list[Put | Delete] = [
            self._fact(held, settlement_row(held.code, conflict), settlement),
            *map(Delete, self._open_conflict(held, conflict)),
            *self._correction(held, correction),
        ]
        return self._table.transact(writes) is None

    def append_revocation(self, held: HeldPass, revocation: Revocation) -> Revocation | None:
        from chalicelib.models.entry.revocations import RevokedPass

        at = revocation.recorded_at
        revoked = RevokedPass(code=str(held.code), revoked_at=at, expires_at=held.expires_at)
        fact = self._fact(held, row_of(REVOCATION, held.code), revocation)
        failed = self._table.transact([fact, _listed(CHANGES, REVOCATION, held, at, revoked)])
        return revocation_of(failed[0].body) if failed else None

    def open_conflicts(self, checkpoint: str | None, at_most: int) -> list[tuple[Code, str]]:
        """Read page by page, until there are as many as are wanted."""
        listed = self._table.query(open_conflicts_of(checkpoint), consistent_read=True, scan_index_forward=False)
        names = list(islice((listed_conflict(each.row) for each in listed if each.expires_at > time()), at_most))
        return [(Code.parse(name[:LENGTH]), name) for name in names]

    def changes_since(self, moment: datetime) -> Sequence[RevokedPass | CorrectedPass]:
        """One query, strongly consistent, for as many pages as there are since then."""
        from chalicelib.models.entry.corrections import CorrectedPass
        from chalicelib.models.entry.revocations import RevokedPass

        later = Entry.row >= instant(moment)
        return [
            (RevokedPass if entry.row.endswith(REVOCATION) else CorrectedPass).from_stored(entry.body)
            for entry in self._table.query(CHANGES, later, consistent_read=True)
        ]

    def holding_since(self, moment: datetime) -> Sequence[ArrivedPass | ReplacedPass]:
        """One query, strongly consistent, for as many pages as there are since then."""
        from chalicelib.models.entry.arrivals import ArrivedPass
        from chalicelib.models.entry.replacements import ReplacedPass

        return [
            (ArrivedPass if entry.row.endswith(ARRIVAL) else ReplacedPass).from_stored(entry.body)
            for entry in self._table.query(HOLDING, Entry.row >= instant(moment), consistent_read=True)
        ]

    def arrived_at(self, checkpoint: str, *, since: datetime) -> list[Code]:
        """One query, strongly consistent, for as many pages as there are since then. Rows of the former release name no
        checkpoint, so their passes are among them."""
        rows = self._table.query(
            HOLDING,
            Entry.row >= instant(since),
            consistent_read=True,
            attributes_to_get=["declaration", "row", "checkpoint"],
        )
        return [
            Code.parse(entry.row.split("#")[1])
            for entry in rows
            if entry.row.endswith(ARRIVAL) and entry.checkpoint in (None, checkpoint)
        ]

    def find(self, code: Code) -> DeclarationRecord | None:
        """One query, strongly consistent: a worker must find the row of its event, a gate what was just declared.

        A row whose time has come is gone, although DynamoDB may take two days to delete it.
        """
        found = self._table.query(code.declaration, consistent_read=True)
        rows = {entry.row: entry.body for entry in found if entry.expires_at > time()}
        return record_of(rows)

    def find_declarations(self, names: Sequence[str]) -> dict[str, Declaration]:
        """One call, and another for what DynamoDB leaves over."""
        found = self._table.batch_get((name, DECLARATION) for name in names)
        return {entry.declaration: Declaration.from_stored(entry.body) for entry in found if entry.expires_at > time()}

    def restricted_passes(self) -> set[Code]:
        """One query."""
        listed = self._table.query(RESTRICTED, consistent_read=True)
        return {Code.parse(entry.row) for entry in listed if entry.expires_at > time()}

    def _fact(self, held: HeldPass, row: str, fact: Record) -> Put:
        """The same as a step of a transaction."""
        return Put(self._entry(held.code, held.record.declaration, row, fact), NEW)

    def _arrived(self, held: HeldPass, arrival: GateArrival) -> list[Put]:
        """The fact, and the row that lists it."""
        from chalicelib.models.entry.arrivals import ArrivedPass

        arrived = held.with_arrival(arrival)
        change = ArrivedPass(code=str(held.code), arrived_at=arrival.recorded_at, expires_at=arrived.expires_at)
        fact = self._fact(held, row_of(ARRIVAL, held.code), arrival)
        listed = _listed(HOLDING, ARRIVAL, arrived, arrival.received_at, change, checkpoint=arrival.checkpoint)
        return [fact, listed]

    def _crossing(self, held: HeldPass, crossing: Crossing) -> Put:
        return self._fact(held, row_of(CROSSING, held.code), crossing)

    def _correction(self, held: HeldPass, correction: Correction) -> list[Put | Delete]:
        from chalicelib.models.entry.corrections import CorrectedPass

        at = correction.recorded_at
        corrected = CorrectedPass(
            code=str(held.code), decision=correction.decision, corrected_at=at, expires_at=held.expires_at
        )
        row = numbered_row(CORRECTION, held.code, len(held.corrections))
        listing = self._listing(held, held.with_correction(correction))
        return [self._fact(held, row, correction), _listed(CHANGES, CORRECTION, held, at, corrected), *listing]

    def _conflict(self, held: HeldPass, conflict: Conflict) -> list[Put]:
        row = numbered_row(CONFLICT, held.code, len(held.conflicts))
        return [self._fact(held, row, conflict), *map(Put, self._open_conflict(held, conflict))]

    def _listing(self, before: HeldPass, after: HeldPass) -> list[Put | Delete]:
        """The change of the list of visitors for a new fact: nothing, or one row."""
        if after.crossing is None or before.is_awaited == after.is_awaited:
            return []
        leaves = self._leaves(after.record.declaration)
        row = Entry(*visitor_key(after.code, after.crossing), body="", expires_at=leaves)
        return [Put(row) if after.is_awaited else Delete(row)]

    def _open_conflict(self, held: HeldPass, conflict: Conflict) -> list[Entry]:
        """The rows that list a conflict: for everyone, and for its checkpoints."""
        row, leaves = conflict_row(conflict), self._leaves(held.record.declaration)
        lists = map(open_conflicts_of, (None, *sorted(held.checkpoints_of(conflict))))
        return [Entry(each, row, body="", expires_at=leaves) for each in lists]


def _listed(
    partition: str, kind: str, held: HeldPass, at: datetime, change: Record, *, checkpoint: str | None = None
) -> Put:
    """The row that gives gates a change, by its time."""
    row, leaves = change_row(kind, held.code, at), epoch(held.expires_at + _LISTED_FOR)
    return Put(Entry(partition, row, body=change.model_dump_json(), checkpoint=checkpoint, expires_at=leaves))
