"""Record what a device kept while it had no network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict, ConflictKind
from chalicelib.models.entry.crossings import Crossing, CrossingForm, Decision, Direction, Offline
from chalicelib.models.entry.departures import Departure
from chalicelib.models.entry.records import DeclarationRecord, HeldPass, pass_of
from chalicelib.models.errors import DomainError, InvalidInput, ServiceUnavailable
from chalicelib.models.gate.batches import BatchForm, OfflineCrossingForm
from chalicelib.models.gate.errors import TooManyConflicts
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.staff.staff import StaffRecord
from chalicelib.services.gate.admission import checkpoint_of, crossing_of, objection
from chalicelib.services.gate.departures import MOST_DEPARTURES, already_left, departure_of
from chalicelib.services.gate.desks import Desk
from chalicelib.services.gate.lines import Line, LineOutcome
from chalicelib.services.parallel import in_parallel
from chalicelib.services.staff.postings import require_posting_then

MOST_CONFLICTS = 5
"""The most conflicts of one pass. Each number is written once, so concurrent writes cannot exceed it."""

_ATTEMPTS = MOST_CONFLICTS + 2
"""Attempts for a line. Each failure means a new conflict or crossing of the pass, so no line needs more attempts."""

_BUDGET = timedelta(seconds=14)
"""For a batch: a request must be answered within twenty. What is left over then is sent again."""

_SENT_AGAIN_WITHIN = timedelta(minutes=10)
"""A device that lost our answer keeps the crossing as one without network: the same content by the same member of staff
within this time is the same crossing."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a batch. `clock_ahead` is how much the device's clock is wrong; None within a minute."""

    lines: list[Line]
    clock_ahead: timedelta | None


def record_batch(form: BatchForm, lines: Sequence[OfflineCrossingForm | InvalidInput], *, desk: Desk) -> Received:
    """Append what a device recorded without network: for each declaration one query, for each crossing one write, in
    bounded parallel. `lines` are those of the batch, or why one cannot be read.

    Such a crossing happened. It is never refused for what staff could not know then. If the pass was decided otherwise,
    revoked or at its end by that time, or if the time cannot be right, both facts stay, and a conflict waits for a
    supervisor. The same batch sent again changes nothing, whatever the clocks are by then.

    If a pass has several departures, all are on record, and the earliest one counts.
    """
    batch = Batch.received(form.device, form.sent_at, desk)
    declarations: dict[str, list[tuple[int, OfflineCrossingForm]]] = {}
    answered: dict[int, Line] = {}
    for number, line in enumerate(lines):
        if isinstance(line, InvalidInput):
            answered[number] = Line(None, LineOutcome.REFUSED, error=line)
        else:
            declarations.setdefault(Code.parse(line.code).declaration, []).append((number, line))
    for recorded in in_parallel(lambda each: list(batch.record(each)), list(declarations.values())):
        answered.update(recorded)
    return Received([answered[number] for number in range(len(lines))], batch.clock_ahead)


@dataclass(frozen=True, slots=True)
class Batch:
    """What holds for every line of a batch."""

    device: str
    received_at: datetime
    clock_ahead: timedelta | None
    posted: StaffRecord | None
    desk: Desk

    @classmethod
    def received(cls, device: str, sent_at: datetime, desk: Desk) -> Self:
        """A batch that comes in now."""
        now = desk.clock().replace(microsecond=0)
        ahead = sent_at - now
        wrong = ahead if abs(ahead) > CLOCK_TOLERANCE else None
        return cls(device, now, wrong, desk.postings.of(desk.staff.subject, fresh=True), desk)

    @property
    def is_late(self) -> bool:
        """Whether what is left over must be sent again."""
        return self.desk.clock() - self.received_at > _BUDGET

    @property
    def clock_ahead_seconds(self) -> int:
        return round(self.clock_ahead.total_seconds()) if self.clock_ahead else 0

    def set_right(self, said_at: datetime) -> datetime:
        """A time of the device, corrected by the clock error that was measured when the batch was sent."""
        return (said_at - (self.clock_ahead or timedelta())).astimezone(self.received_at.tzinfo)

    def offline(self, line: str, said_at: datetime) -> Offline:
        """How a line came to us, by its id and the device's time of it."""
        return Offline(
            device=self.device,
            id=line,
            said_at=said_at,
            received_at=self.received_at,
            clock_ahead_seconds=self.clock_ahead_seconds,
        )

    def require_posting(self, form: OfflineCrossingForm, issued_at: datetime) -> None:
        """See that the sender acted for the checkpoint when the crossing of a pass was decided.

        Raises `NotPosted` or `PostedElsewhere`.
        """
        at, impossible = self._time_of(form, issued_at)
        # If the time is impossible, accept a posting at any time between issue and receipt.
        since, until = (issued_at, self.received_at) if impossible else (at, at)
        require_posting_then(self.desk.staff, form.checkpoint, since, until, self.posted)

    def record(self, lines: list[tuple[int, OfflineCrossingForm]]) -> Iterator[tuple[int, Line]]:
        """Record the crossings of one declaration, in their order: of two for one pass, the first counts."""
        record: DeclarationRecord | None = None
        for number, form in lines:
            code = Code.parse(form.code)
            try:
                line, held = self._line(code, form, record)
            except DomainError as error:
                yield number, Line(code, LineOutcome.REFUSED, error=error)
                continue
            if line.crossing is not None and line.crossing != held.crossing:
                held = held.with_crossing(line.crossing)
            if line.conflict is not None and line.conflict not in held.conflicts:
                held = held.with_conflict(line.conflict)
            if line.departure is not None and line.departure not in held.departures:
                held = held.with_departure(line.departure)
            record = held.record
            yield number, line

    def _line(self, code: Code, form: OfflineCrossingForm, record: DeclarationRecord | None) -> tuple[Line, HeldPass]:
        """Record one crossing, or see that it is on record. Returns the pass as it was right before that, too.

        `record` has the lines before it, if there are some. Where others write about the same pass at the same moment,
        it is read and judged again.
        """
        for _ in range(_ATTEMPTS):
            if self.is_late:
                break
            record = record or self.desk.entries.find(code)
            held = pass_of(code, record)
            line = self._on_record(form, held) or self._recorded(form, held)
            if line is not None:
                return line, held
            record = None
        raise ServiceUnavailable

    def _on_record(self, form: OfflineCrossingForm, held: HeldPass) -> Line | None:
        """The answer if the crossing is already on record. This is checked before any rule that may refuse it: since
        then the device's clock or its sender's posting may have changed. `held` includes the lines before it."""
        if form.direction is Direction.OUT:
            left = next((each for each in held.departures if self._is_its_departure(form, each)), None)
            return Line(held.code, LineOutcome.REPEATED, departure=left) if left else None
        conflict_id = self._conflict_id(form)
        known = next((each for each in held.conflicts if each.id == conflict_id), None)
        if known is not None:
            return Line(held.code, LineOutcome.CONFLICT, held.crossing, known, repeated=True)
        if held.crossing is not None and self._is_its_record(form, held.crossing):
            return Line(held.code, LineOutcome.REPEATED, held.crossing)
        return None

    def _recorded(self, form: OfflineCrossingForm, held: HeldPass) -> Line | None:
        """Record one crossing that is not on record. None if by now there is more about the pass than `held` has."""
        checkpoint_of(form.checkpoint, self.desk)
        at, impossible = self._time_of(form, held.issued_at)
        on_record = held.crossing
        if form.direction is Direction.OUT or on_record is None or not self._says_the_same(form, on_record):
            self.require_posting(form, held.issued_at)
        if form.direction is Direction.OUT:
            return self._departed(form, held, at)
        crossing = crossing_of(form, held, at, self.desk, self.offline(form.id, form.recorded_at))
        if on_record is None:
            kind = impossible or self._objection(held, crossing)
            if kind is None:
                written = self.desk.entries.append_crossing(held, crossing) is None
                return Line(held.code, LineOutcome.RECORDED, crossing) if written else None
            # It is still the pass's crossing: the person was admitted.
            append = self.desk.entries.append_crossing_in_conflict
        else:
            kind = ConflictKind.DECIDED_OTHERWISE
            append = self.desk.entries.append_conflict
        if len(held.conflicts) >= MOST_CONFLICTS:
            raise TooManyConflicts(limit=MOST_CONFLICTS)
        conflict = Conflict(id=self._conflict_id(form), kind=kind, crossing=crossing)
        written = append(held, conflict)
        return Line(held.code, LineOutcome.CONFLICT, on_record or crossing, conflict) if written else None

    def _departed(self, form: OfflineCrossingForm, held: HeldPass, at: datetime) -> Line | None:
        """Record one departure that is not on record, with the same answer."""
        if held.departure is not None and len(held.departures) >= MOST_DEPARTURES:
            raise already_left(held.departure)
        departure = departure_of(form, held, at, self.desk, self.offline(form.id, form.recorded_at))
        written = self.desk.entries.append_departures([(held, departure)])
        return Line(held.code, LineOutcome.RECORDED, departure=departure) if written else None

    def _time_of(self, form: OfflineCrossingForm, issued_at: datetime) -> tuple[datetime, ConflictKind | None]:
        """When it was recorded, and a conflict's kind if that time is impossible: before the pass was issued, or after
        we received it. An impossible time is replaced by the nearer of these two bounds."""
        at = self.set_right(form.recorded_at)
        if at > self.received_at + CLOCK_TOLERANCE:
            return self.received_at, ConflictKind.IN_FUTURE
        if at < issued_at - CLOCK_TOLERANCE:
            return issued_at, ConflictKind.BEFORE_DECLARATION
        return at, None

    def _conflict_id(self, form: OfflineCrossingForm) -> str:
        return Conflict.id_of(form, self.device, self.desk.staff.subject)

    def _objection(self, held: HeldPass, crossing: Crossing) -> ConflictKind | None:
        if crossing.decision is not Decision.ADMIT:
            return None
        # A revocation counts whenever it came: the time is the device's word alone, and the person is in.
        return objection(held, crossing, crossing.recorded_at - CLOCK_TOLERANCE, self.desk)

    def _is_its_record(self, form: OfflineCrossingForm, on_record: Crossing) -> bool:
        """Whether a crossing without network is the one on record, sent again."""
        return self._says_the_same(form, on_record) and self._came_of(form, on_record)

    def _is_its_departure(self, form: OfflineCrossingForm, on_record: Departure) -> bool:
        """The same for a person on the way out."""
        return on_record.is_of(form, self.desk.staff.subject) and self._came_of(form, on_record)

    def _came_of(self, form: OfflineCrossingForm, on_record: Crossing | Departure) -> bool:
        """Whether a record with the same content comes from the same event."""
        if on_record.offline is not None:
            return (on_record.offline.device, on_record.offline.id) == (self.device, form.id)
        return abs(on_record.recorded_at - self.set_right(form.recorded_at)) <= _SENT_AGAIN_WITHIN

    def _says_the_same(self, form: CrossingForm, on_record: Crossing) -> bool:
        """Whether the same member of staff recorded the same content."""
        return on_record.is_of(form) and on_record.recorded_by == self.desk.staff.subject
