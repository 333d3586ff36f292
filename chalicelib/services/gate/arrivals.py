"""Record who waits at a gate. A pass whose holder arrived within its hour holds until it is decided about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.models.entry.arrivals import ArrivalBy, GateArrival
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import DeclarationRecord, HeldPass, pass_of
from chalicelib.models.errors import DomainError, FieldProblem, InvalidInput
from chalicelib.models.gate.arrivals import ArrivalLine, ArrivalsForm
from chalicelib.models.gate.errors import PassDecided, PassExpired, PassReplaced, PassRevoked
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.policy.policies import Policy
from chalicelib.models.staff.recorded import recorded
from chalicelib.services.entry.passes import open_pass
from chalicelib.services.entry.ports import Records
from chalicelib.services.entry.records import records_of
from chalicelib.services.gate.admission import checkpoint_of
from chalicelib.services.gate.boards import board_of
from chalicelib.services.gate.desks import Desk
from chalicelib.services.gate.ports import ArrivalRecords
from chalicelib.services.policy.ports import InForceSource
from chalicelib.services.ports import Clock, KeyedHash
from chalicelib.services.staff.postings import require_posting, require_posting_then

if TYPE_CHECKING:
    from chalicelib.services.gate.batches import Batch


class Arrived(NamedTuple):
    """The arrival on record. `repeated`: it was there before."""

    held: HeldPass
    arrival: GateArrival
    repeated: bool


class ArrivedLine(NamedTuple):
    """What became of one line: an arrival on record, or why there is none. `code` is None if it could not be read."""

    code: Code | None
    arrived: Arrived | None = None
    error: DomainError | None = None


class _ToRecord(NamedTuple):
    """An arrival that may be written."""

    held: HeldPass
    arrival: GateArrival


_Plan = ArrivedLine | _ToRecord


class Received(NamedTuple):
    """What became of the lines. `clock_ahead` is how much the device's clock is wrong; None within a minute."""

    lines: list[ArrivedLine]
    clock_ahead: timedelta | None


def record_arrivals(form: ArrivalsForm, lines: Sequence[ArrivalLine | InvalidInput], *, desk: Desk) -> Received:
    """Append the arrivals of people in a queue: one query for each declaration, one transaction for 50 persons.

    `lines` are those of the form, or why one cannot be read. A pass has one arrival, and whatever is sent later gets
    the first one. A time without network counts as that of an offline crossing does: corrected by the error of the
    device's clock, and a minute of tolerance.

    Raises `InvalidInput` for an unknown checkpoint; `NotPosted` or `PostedElsewhere`, except for a batch of a device:
    there each line has that answer.
    """
    checkpoint_of(form.checkpoint, desk)
    if form.device is None or form.sent_at is None:
        require_posting(desk.staff, form.checkpoint, postings=desk.postings)
        queue = _Queue(form.checkpoint, desk.clock().replace(microsecond=0), None, desk)
    else:
        from chalicelib.services.gate.batches import Batch  # phones of holders send none

        batch = Batch.received(form.device, form.sent_at, desk)
        queue = _Queue(form.checkpoint, batch.received_at, batch, desk)
    codes = [Code.parse(each.code) for each in lines if isinstance(each, ArrivalLine)]
    records = records_of(codes, desk.entries)
    plans = [queue.plan(each, records) for each in lines]
    new: dict[Code, _ToRecord] = {}
    for each in plans:
        if isinstance(each, _ToRecord):
            new.setdefault(each.held.code, each)
    done = dict(zip(new, desk.entries.append_arrivals([*new.values()]), strict=True)) if new else {}
    return Received([_outcome(each, new, done) for each in plans], queue.batch.clock_ahead if queue.batch else None)


def record_own_arrival(
    text: str,
    secret: str,
    board: str,
    *,
    records: Records,
    arrivals: ArrivalRecords,
    in_force: InForceSource,
    keyed_hash: KeyedHash,
    clock: Clock,
) -> Arrived:
    """Append that the holder's phone read the board of a gate: one query and one transaction.

    Raises
    ------
    BoardWrong, BoardOutdated
        See `boards.board_of`. The pass was not read.
    CodeMistyped, PassSecretWrong, PassUnknown
        See `open_pass`.
    PassExpired, PassRevoked, PassReplaced, PassDecided
        An arrival does not help this pass any more.
    """
    now = clock().replace(microsecond=0)
    gate = board_of(board, keyed_hash=keyed_hash, now=now).checkpoint
    held = open_pass(text, secret, records=records, keyed_hash=keyed_hash).held
    if held.arrival is not None:
        return Arrived(held, held.arrival, repeated=True)
    try:
        require_in_time(held, now)
    except PassReplaced as error:
        raise error.for_holder from None
    own = GateArrival(
        checkpoint=gate,
        recorded_at=now,
        holds_until=_holds_until(now, in_force.current().policy),
        by=ArrivalBy.HOLDER,
    )
    (on_record,) = arrivals.append_arrivals([(held, own)])
    return _arrived(_ToRecord(held, own), on_record)


def require_in_time(held: HeldPass, at: datetime, tolerance: timedelta = timedelta()) -> None:
    """Raise if an arrival at this time does not count: `PassRevoked`, `PassDecided`, `PassReplaced`, `PassExpired`."""
    if held.is_revoked:
        raise PassRevoked
    if held.crossing is not None and held.crossing.recorded_at <= at:
        raise PassDecided
    if held.replacement is not None and held.replacement.recorded_at.replace(microsecond=0) <= at:
        raise PassReplaced(held.replacement.by_code.shown)
    if at - tolerance >= held.hour_ends_at:
        raise PassExpired(expired_at=held.hour_ends_at)


class _Queue(NamedTuple):
    """What holds for every line."""

    checkpoint: str
    now: datetime
    batch: Batch | None
    """None for what is recorded with network."""
    desk: Desk

    def plan(self, line: ArrivalLine | InvalidInput, records: dict[str, DeclarationRecord]) -> _Plan:
        """Its failure does not concern the others."""
        if isinstance(line, InvalidInput):
            return ArrivedLine(None, error=line)
        code = Code.parse(line.code)
        try:
            held = pass_of(code, records.get(code.declaration))
            if held.arrival is not None:
                return ArrivedLine(code, Arrived(held, held.arrival, repeated=True))
            return _ToRecord(held, self._arrival(line, held))
        except DomainError as error:
            return ArrivedLine(code, error=error)

    def _arrival(self, line: ArrivalLine, held: HeldPass) -> GateArrival:
        at, offline, tolerance = self.now, None, timedelta()
        if self.batch is not None and line.recorded_at is not None:
            tolerance = CLOCK_TOLERANCE
            at = self.batch.set_right(line.recorded_at).replace(microsecond=0)
            if not held.issued_at - tolerance <= at <= self.now + tolerance:
                raise InvalidInput([FieldProblem("/recorded_at", "arrival_time_impossible")])
            require_posting_then(self.desk.staff, self.checkpoint, at, at, self.batch.posted)
            offline = self.batch.offline(str(held.code), line.recorded_at)
        require_in_time(held, at, tolerance)
        return GateArrival(
            checkpoint=self.checkpoint,
            holds_until=_holds_until(at, self.desk.in_force.current().policy),
            by=ArrivalBy.STAFF,
            offline=offline,
            **recorded(self.desk.staff, at),
        )


def _outcome(plan: _Plan, new: dict[Code, _ToRecord], on_record: dict[Code, GateArrival | None]) -> ArrivedLine:
    """What became of a plan. Of two lines about one pass the first one was recorded."""
    if isinstance(plan, ArrivedLine):
        return plan
    code = plan.held.code
    return ArrivedLine(code, _arrived(new[code], on_record[code], is_first=plan is new[code]))


def _arrived(written: _ToRecord, on_record: GateArrival | None, *, is_first: bool = True) -> Arrived:
    arrival = on_record or written.arrival
    return Arrived(written.held.with_arrival(arrival), arrival, repeated=on_record is not None or not is_first)


def _holds_until(at: datetime, policy: Policy) -> datetime:
    return at + timedelta(hours=policy.arrival_hours)
