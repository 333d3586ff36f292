"""A device sends the forms that it took without network."""

from chalicelib.handlers.entry.issued_passes import issued
from chalicelib.handlers.entry.pass_answers import IssuedPasses
from chalicelib.handlers.gate.crossings import (
    LineProblem,
    OutcomeCounts,
    RecordedLine,
    WrongClock,
    own_only,
    recorded,
    wrong_clock,
)
from chalicelib.http.answers import Answer
from chalicelib.http.problems import members_of, read_lines
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models import errors
from chalicelib.models.entry.offline_declarations import FoundDifferently
from chalicelib.models.gate.offline_declarations import DeclarationBatchForm
from chalicelib.models.staff.roles import RECORD_CROSSINGS, Principal
from chalicelib.observability import audit
from chalicelib.services.gate.lines import LineOutcome
from chalicelib.services.gate.offline_declarations import DeclaredLine, record_declarations
from chalicelib.wiring.entry import office
from chalicelib.wiring.gate import desk
from chalicelib.wiring.staff import sees_health

_BODY_LIMIT = 384 * 1024
"""Bytes. 50 forms of families take half of it."""


class DeclarationLine(Shape):
    """The outcome of one form."""

    id: str | None = None
    """The device's own number of the form, as it was sent."""
    outcome: LineOutcome
    """What became of it and of all that was decided with it."""
    declared: IssuedPasses | None = None
    """The declaration on record, with a pass for each person."""
    crossings: list[RecordedLine] = []
    """What became of each decision, in the order in which they were sent."""
    found_differently: list[FoundDifferently] = []
    """Where the server finds something else than the device did. The pass has what the server finds by the device's
    policy. None for a caller who may not see health answers."""
    problem: LineProblem | None = None
    """With `refused`: why, and what to do. Nothing of the form is on record, unless the status is 500 or more: then
    send it again, which completes it."""


class ReceivedDeclarations(Shape):
    """The outcomes of several forms, in their order."""

    counts: OutcomeCounts
    """How many came out in which way."""
    lines: list[DeclarationLine]
    """In the order in which they were sent."""
    clock: WrongClock | None = None
    """There if the device's clock is wrong."""


@serve(
    "POST",
    "/v1/checkpoint/declarations/batch",
    summary="Send what was declared without network",
    tag="checkpoint",
    roles=RECORD_CROSSINGS,
    writes=True,
    body_limit=_BODY_LIMIT,
)
def declare_batch(call: Call[DeclarationBatchForm]) -> Answer[ReceivedDeclarations]:
    """Up to 50 forms that staff took for travellers, each with its own outcome, in their order, and with what was
    decided with it. The moment of a declaration is the device's. The same batch, or a part of it, may be sent again.
    A `conflict` is one of a crossing: both are on record, and a supervisor settles it. `clock` is there if the device's
    clock is wrong: the times, and the expected arrivals, were corrected by that much."""
    body, staff = call.body, call.principal
    read = read_lines(body.declarations, "declarations")
    received = record_declarations(body, read, desk=desk(staff), office=office())
    with_health = sees_health(staff)
    lines = [
        _line(line, sent.id, staff, call, with_health=with_health)
        for line, sent in zip(received.lines, body.declarations, strict=True)
    ]
    codes = [each.code.replace("-", "") for line in lines if line.declared for each in line.declared.passes]
    audit(staff, action="declare for others", codes=codes, why="on behalf of travellers, without network")
    outcomes = [line.outcome for line in lines]
    counts = OutcomeCounts(**{outcome.value: outcomes.count(outcome) for outcome in LineOutcome})
    clock = wrong_clock(received.clock_ahead, call.language)
    return Answer(ReceivedDeclarations(counts=counts, lines=lines, clock=clock), language=call.language)


def _line(
    line: DeclaredLine,
    sent_id: str | None,
    staff: Principal,
    call: Call[DeclarationBatchForm],
    *,
    with_health: bool,
) -> DeclarationLine:
    declared = line.declared
    crossings = line.crossings if with_health else own_only(line.crossings, staff)
    shape = DeclarationLine(
        id=sent_id,
        outcome=line.outcome,
        crossings=recorded(crossings, call.language, [sent_id] * len(crossings)).lines,
        problem=_problem(line.error, call.language),
    )
    if declared is None:
        return shape
    declaration = declared.declaration
    differences = declaration.offline.found_differently if declaration.offline and with_health else []
    return shape.model_copy(update={"declared": issued(declared, call), "found_differently": differences})


def _problem(error: errors.DomainError | None, language: str) -> LineProblem | None:
    return LineProblem(**members_of(error, language)) if error else None
