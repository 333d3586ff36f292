"""Staff record who waits in the queue of a gate, and show the board by which phones do so themselves."""

from collections import Counter
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from chalicelib import wiring
from chalicelib.handlers.entry.answers import Shown
from chalicelib.handlers.gate.crossings import LineProblem, WrongClock, wrong_clock
from chalicelib.http.answers import Answer
from chalicelib.http.problems import members_of, read_lines
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.arrivals import ArrivalBy
from chalicelib.models.fields import with_offset
from chalicelib.models.gate.arrivals import ArrivalLine, ArrivalsForm
from chalicelib.models.gate.boards import Board
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere
from chalicelib.models.staff.roles import RECORD_CROSSINGS
from chalicelib.observability import audit, count
from chalicelib.services.gate.arrivals import ArrivedLine
from chalicelib.services.gate.arrivals import record_arrivals as record
from chalicelib.services.gate.boards import text_of
from chalicelib.wiring.entry import svg
from chalicelib.wiring.gate import desk
from chalicelib.wiring.staff import postings

_BOARD_SIZE = 360
"""Pixels. It is drawn at any size."""


class RecordedArrival(Shape):
    """The outcome of one line."""

    code: Shown | None = None
    """Left out where it could not be read."""
    outcome: Literal["recorded", "repeated", "refused"]
    """`repeated`: an arrival was on record, and is the one that counts."""
    arrived_at: datetime | None = None
    """When the holder was in the queue, as it is on record."""
    checkpoint: str | None = None
    """Where."""
    by: ArrivalBy | None = None
    """Who recorded it."""
    expires_at: datetime | None = None
    """When the pass ends now."""
    problem: LineProblem | None = None
    """With `refused`: why, and what to do."""


class ArrivalCounts(Shape):
    """How many lines came out in which way."""

    recorded: int
    """Recorded now."""
    repeated: int
    """On record before."""
    refused: int
    """Not on record."""


class RecordedArrivals(Shape):
    """The outcomes, in the order of the lines."""

    counts: ArrivalCounts
    """How many came out in which way."""
    lines: list[RecordedArrival]
    """In the order in which they were sent."""
    clock: WrongClock | None = None
    """There if the device's clock is wrong."""


class GateBoard(Shape):
    """What the board of a gate shows."""

    checkpoint: str
    """The gate: the caller is posted there."""
    text: str
    """The text of the QR. A phone sends it to `POST /v1/passes/{code}/arrival`."""
    svg: str = Field(examples=['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 45 45"/>'])
    """The QR as a picture, for a screen or for paper."""
    changes_at: datetime
    """When the next text is to be asked for, and shown."""
    accepted_until: datetime
    """From then on this text proves nothing."""


@serve(
    "POST",
    "/v1/checkpoint/arrivals",
    summary="Record who waits at the gate",
    tag="checkpoint",
    roles=RECORD_CROSSINGS,
    writes=True,
    errors=(NotPosted, PostedElsewhere),
)
def record_arrivals(call: Call[ArrivalsForm]) -> Answer[RecordedArrivals]:
    """One to 100 passes, each with its own outcome. A pass whose holder arrived before its hour ended holds until it is
    decided about, at most `arrival_hours` of the policy. A pass has one arrival: whatever is sent later gets the first
    one. What a device kept without network comes with its times; send it before the crossings that it kept. `clock` is
    there if the device's clock is wrong: the times were corrected by that much."""
    read = read_lines(call.body.arrivals, "arrivals")
    codes = [line.code for line in read if isinstance(line, ArrivalLine)]
    audit(call.principal, action="record arrivals", codes=codes, why="queue at the gate")
    received = record(call.body, read, desk=desk(call.principal))
    lines = [_line(each, call.language) for each in received.lines]
    numbers = Counter(each.outcome for each in lines)
    count("Arrivals", numbers["recorded"])
    shape = RecordedArrivals(
        counts=ArrivalCounts(recorded=numbers["recorded"], repeated=numbers["repeated"], refused=numbers["refused"]),
        lines=lines,
        clock=wrong_clock(received.clock_ahead, call.language),
    )
    return Answer(shape, language=call.language)


@serve(
    "GET",
    "/v1/checkpoint/board",
    summary="The board of the gate",
    tag="checkpoint",
    roles=RECORD_CROSSINGS,
    errors=(NotPosted,),
)
def get_board(call: Call) -> Answer[GateBoard]:
    """The text of the QR at the end of the queue, for the checkpoint that the caller is posted to. It changes every
    five minutes, and is accepted for five more: ask at `changes_at`, and keep none."""
    posted = postings().of(call.principal.subject, fresh=False)
    checkpoint = posted.posted_to(None) if posted else None
    if checkpoint is None:
        raise NotPosted(subject=call.principal.subject)
    now = wiring.clock()
    here = now.tzinfo or UTC
    board = Board.at(checkpoint, now)
    text = text_of(board, wiring.keyed_hash())
    shape = GateBoard(
        checkpoint=checkpoint,
        text=text,
        svg=svg(text, _BOARD_SIZE),
        changes_at=with_offset(board.changes_at, here),
        accepted_until=with_offset(board.ends_at, here),
    )
    return Answer(shape, {"Cache-Control": "no-store"})


def _line(outcome: ArrivedLine, language: str) -> RecordedArrival:
    shown = outcome.code.shown if outcome.code else None
    if outcome.arrived is None:
        assert outcome.error is not None  # what is not on record has a reason
        problem = LineProblem(**members_of(outcome.error, language))
        return RecordedArrival(code=shown, outcome="refused", problem=problem)
    arrival = outcome.arrived.arrival
    return RecordedArrival(
        code=shown,
        outcome="repeated" if outcome.arrived.repeated else "recorded",
        arrived_at=arrival.recorded_at,
        checkpoint=arrival.checkpoint,
        by=arrival.by,
        expires_at=outcome.arrived.held.expires_at,
    )
