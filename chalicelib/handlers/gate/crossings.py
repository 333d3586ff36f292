"""Staff record crossings: of one person, of a vehicle, of an hour without network; and correct them."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import zip_longest
from typing import Literal

from pydantic import ConfigDict

from chalicelib.data import words
from chalicelib.handlers.entry.answers import Shown
from chalicelib.handlers.gate.answers import NamedConflict
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.problems import members_of, read_lines
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models import errors
from chalicelib.models.entry.corrections import Correction, CorrectionForm
from chalicelib.models.entry.crossings import Crossing, CrossingForm, Decision, Direction
from chalicelib.models.entry.departures import Departure, Entered
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.gate.batches import BatchForm
from chalicelib.models.gate.errors import (
    CheckpointClosed,
    CorrectionNeedsSupervisor,
    CrossingAlreadyRecorded,
    CrossingMissing,
    DepartureAlreadyRecorded,
    GroupRefused,
    PassExpired,
    PassNotAdmitted,
    PassReplaced,
    PassRevoked,
    TooManyCorrections,
)
from chalicelib.models.gate.vehicles import GroupForm
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere
from chalicelib.models.staff.roles import RECORD_CROSSINGS, Principal
from chalicelib.observability import audit, count, note
from chalicelib.services.gate import crossings
from chalicelib.services.gate.lines import Line, LineOutcome
from chalicelib.wiring.gate import desk
from chalicelib.wiring.staff import sees_health

_BATCH_BODY_LIMIT = 384 * 1024
"""Bytes. 500 crossings with what staff usually write take half of it."""

_POSTING = (NotPosted, PostedElsewhere)
_REFUSALS = (
    CheckpointClosed,
    PassUnknown,
    PassExpired,
    PassRevoked,
    PassReplaced,
    CrossingAlreadyRecorded,
    DepartureAlreadyRecorded,
    PassNotAdmitted,
)


class LineProblem(Shape):
    """Why a crossing is not on record, and what to do: the members of a problem (see the schema `Problem`)."""

    model_config = ConfigDict(extra="allow")

    title: str
    status: int
    code: str
    detail: str


class RecordedCrossing(Crossing):
    """The record of a crossing, in either direction. On the way out the `decision` is `admit`, and nothing was seen."""

    direction: Literal[Direction.OUT] | None = None
    """`out` on the way out; left out on the way in."""
    entered: Entered | None = None
    """On the way out: the record of the way in."""
    identity_returned: bool | None = None
    """On the way out: whether an identity card was returned."""


class RecordedLine(Shape):
    """The outcome of one crossing of several."""

    id: str | None = None
    """In a batch: the device's own id of the crossing, as it was sent."""
    code: Shown | None = None
    """Left out where it could not be read."""
    outcome: LineOutcome
    """What became of it."""
    crossing: Crossing | None = None
    """The one on record for the pass. Left out where it is another's and the caller may not see health answers."""
    departure: Departure | None = None
    """The departure on record, for a person on the way out. Left out if the caller may not see health answers."""
    conflict: NamedConflict | None = None
    """With `conflict`: which one a supervisor settles."""
    problem: LineProblem | None = None
    """With `refused`: why, and what to do."""


class OutcomeCounts(Shape):
    """How many crossings came out in which way."""

    recorded: int
    """Recorded now."""
    repeated: int
    """On record before, with the same content."""
    conflict: int
    """On record beside what contradicts it."""
    refused: int
    """Not on record."""


class RecordedCrossings(Shape):
    """The outcomes of several crossings, in their order."""

    counts: OutcomeCounts
    """How many came out in which way."""
    lines: list[RecordedLine]
    """In the order in which they were sent."""


class WrongClock(Shape):
    """A device's clock that is wrong."""

    ahead_seconds: int
    """Negative if it is behind."""
    detail: str
    """What to do, in words."""


class ReceivedBatch(RecordedCrossings):
    """The outcomes of a batch."""

    clock: WrongClock | None = None
    """There if the device's clock is wrong."""


class CorrectedCrossing(Shape):
    """A crossing as it was recorded, and its corrections in their order."""

    code: Shown
    """The pass's code."""
    decision: Decision
    """What holds now."""
    crossing: Crossing
    """As it was recorded."""
    corrections: list[Correction]
    """In their order: the last one holds."""


@serve(
    "POST",
    "/v1/checkpoint/crossings",
    summary="Record a crossing",
    tag="checkpoint",
    status=201,
    roles=RECORD_CROSSINGS,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(*_POSTING, *_REFUSALS),
)
def record_crossing(call: Call[CrossingForm]) -> Answer[RecordedCrossing]:
    """One for each pass and direction. The same content again from the same member of staff gets the first answer;
    anything else is refused, and the answer has the record: the decision, its author and its time. Every person who was
    not turned away may go out (`direction`), at any time and without a crossing on record. A second departure is
    recorded only to give back an identity card that is still kept."""
    # A refusal shows the crossing on record, so it is audited as a look too.
    audit(call.principal, action="record crossing", codes=[call.body.code], why="decision at the gate")
    line = crossings.record_crossing(call.body, desk=desk(call.principal))
    repeated = replayed(line.outcome is LineOutcome.REPEATED)
    if line.departure is not None:
        if line.outcome is LineOutcome.RECORDED:
            count("Departures")
        return Answer(RecordedCrossing(**dict(line.departure), decision=Decision.ADMIT), repeated)
    assert line.crossing is not None  # what is not refused is on record
    if line.outcome is LineOutcome.RECORDED:
        count(f"Crossing_{line.crossing.decision}")
    return Answer(RecordedCrossing.model_construct(**dict(line.crossing)), repeated)


@serve(
    "POST",
    "/v1/checkpoint/crossings/group",
    summary="Record everyone in a vehicle",
    tag="checkpoint",
    roles=RECORD_CROSSINGS,
    writes=True,
    errors=(*_POSTING, GroupRefused),
)
def record_group(call: Call[GroupForm]) -> Answer[RecordedCrossings]:
    """Up to 100 passes in one call: what holds for all, and the exceptions. With `mode` `all` everyone is recorded or
    nobody is, and `group_refused` lists in `lines` who cannot be recorded and why; with `each` every pass is recorded
    or refused on its own. Sent twice it does its work once."""
    audit(call.principal, action="record group", codes=call.body.codes, why="decision at the gate")
    lines = crossings.record_group(call.body, desk=desk(call.principal))
    return Answer(recorded(lines, call.language), language=call.language)


@serve(
    "POST",
    "/v1/checkpoint/crossings/batch",
    summary="Send what was recorded without network",
    tag="checkpoint",
    roles=RECORD_CROSSINGS,
    writes=True,
    body_limit=_BATCH_BODY_LIMIT,
)
def record_batch(call: Call[BatchForm]) -> Answer[ReceivedBatch]:
    """Up to 500 crossings, each with its own outcome, in their order. If something else was decided for a pass
    meanwhile, the line is a `conflict`: both are on record, and a supervisor settles it. The same batch, or a part of
    it, may be sent again; the `problem` of a `refused` line says what to do about it. `clock` is there if the device's
    clock is wrong: the times were corrected by that much."""
    # Lazy import: most requests record one crossing, not a batch.
    from chalicelib.services.gate.batches import record_batch

    body = call.body
    read = read_lines(body.crossings, "crossings")
    codes = [line.code for line in read if not isinstance(line, errors.InvalidInput)]
    audit(call.principal, action="record batch", codes=codes, why="decisions at the gate without network")
    received = record_batch(body, read, desk=desk(call.principal))
    lines = received.lines if sees_health(call.principal) else own_only(received.lines, call.principal)
    answer = recorded(lines, call.language, [line.id for line in body.crossings])
    clock = wrong_clock(received.clock_ahead, call.language)
    return Answer(ReceivedBatch(counts=answer.counts, lines=answer.lines, clock=clock), language=call.language)


@serve(
    "POST",
    "/v1/checkpoint/corrections",
    summary="Correct a crossing",
    tag="checkpoint",
    status=201,
    roles=RECORD_CROSSINGS,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(
        *_POSTING,
        PassUnknown,
        PassExpired,
        PassRevoked,
        CheckpointClosed,
        CrossingMissing,
        CorrectionNeedsSupervisor,
        TooManyCorrections,
    ),
)
def correct_crossing(call: Call[CorrectionForm]) -> Answer[CorrectedCrossing]:
    """Change a decision, with a reason. The crossing stays on record as it was, and so does every correction; the last
    one holds. Only a supervisor may admit a person that a crossing may not admit, or change a decision that a
    supervisor has settled. Sent twice it does its work once."""
    from chalicelib.services.gate.corrections import correct

    audit(call.principal, action="correct crossing", codes=[call.body.code], why="correction at the gate")
    held, repeated = correct(call.body, desk=desk(call.principal))
    if not repeated:
        count("Corrections")
    assert held.crossing is not None  # what is corrected is there
    return Answer(
        CorrectedCrossing(
            code=held.code.shown,
            decision=held.corrections[-1].decision,
            crossing=held.crossing,
            corrections=list(held.corrections),
        ),
        replayed(repeated),
    )


def own_only(lines: Sequence[Line], staff: Principal) -> list[Line]:
    """The lines for a caller who may not see health answers, as after the shift: without crossings that others
    recorded, and without departures, which have their data."""

    def own(crossing: Crossing | None) -> Crossing | None:
        return crossing if crossing is not None and crossing.recorded_by == staff.subject else None

    return [line._replace(crossing=own(line.crossing), departure=None) for line in lines]


def wrong_clock(ahead: timedelta | None, language: str) -> WrongClock | None:
    """What is wrong with a device's clock; None for one that is right."""
    if ahead is None:
        return None
    seconds = round(ahead.total_seconds())
    note(clock_ahead_seconds=seconds)
    direction = "ahead" if seconds > 0 else "behind"
    detail: str = words("gate")["clock"][direction][language].format(minutes=round(abs(seconds) / 60))
    return WrongClock(ahead_seconds=seconds, detail=detail)


def recorded(lines: Sequence[Line], language: str, ids: Sequence[str | None] = ()) -> RecordedCrossings:
    """`ids` are those of a batch's lines."""
    numbers = Counter(line.outcome.value for line in lines)
    for line in lines:
        if line.outcome is LineOutcome.RECORDED and line.crossing:
            count(f"Crossing_{line.crossing.decision}")
        elif line.outcome is LineOutcome.RECORDED:
            count("Departures")
        elif line.outcome is LineOutcome.CONFLICT and not line.repeated:
            count("Conflicts")
    return RecordedCrossings(
        counts=OutcomeCounts(**{outcome.value: numbers[outcome.value] for outcome in LineOutcome}),
        lines=[
            RecordedLine(
                id=each,
                code=line.code.shown if line.code else None,
                outcome=line.outcome,
                crossing=line.crossing,
                departure=line.departure,
                conflict=NamedConflict(id=line.conflict.id, kind=line.conflict.kind) if line.conflict else None,
                problem=LineProblem(**members_of(line.error, language)) if line.error else None,
            )
            for line, each in zip_longest(lines, ids)
        ],
    )
