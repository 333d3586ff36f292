"""Staff record the crossings of permits' holders, and correct them."""

from functools import partial

from chalicelib.handlers.entry.answers import Shown
from chalicelib.handlers.entry.idempotency_keys import idempotency_key
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.errors import IdempotencyKeyMalformed
from chalicelib.models.permits.corrections import CorrectedPermitCrossing, PermitCorrection, PermitCorrectionForm
from chalicelib.models.permits.crossings import PermitCrossing, PermitCrossingForm
from chalicelib.models.permits.errors import (
    PermitAtClosedCheckpoint,
    PermitCrossingDiffers,
    PermitCrossingMissing,
    PermitNotAdmissible,
    PermitUnknown,
    TooManyPermitCorrections,
)
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere
from chalicelib.models.staff.roles import RECORD_CROSSINGS
from chalicelib.observability import audit, count
from chalicelib.services.permits.crossings import record_permit_crossing
from chalicelib.wiring.permits import permit_gate


class CorrectedCrossingByPermit(Shape):
    """A crossing by permit as it was recorded, and its corrections in their order."""

    code: Shown
    """The permit's code."""
    decision: Decision
    """What holds now."""
    crossing: PermitCrossing
    """As it was recorded."""
    corrections: list[PermitCorrection]
    """In their order: the last one holds."""


_ERRORS = (NotPosted, PostedElsewhere, PermitUnknown, PermitAtClosedCheckpoint, PermitNotAdmissible)

_KEY = parameter(
    "header",
    "Idempotency-Key",
    "A UUID that the device makes for each crossing, and keeps until it has an answer; or 16 to 128 visible ASCII "
    "characters, at least 5 of them different. Sent again within a day, the crossing gets the first answer, in "
    "whatever minute; another decision, checkpoint or plate is refused.",
    "5e2f4a86-0f5d-4b0e-9d3a-000000000050",
    minLength=16,
    maxLength=128,
    pattern="^[\\x21-\\x7e]*$",
)

_records = partial(
    serve,
    "POST",
    tag="checkpoint",
    status=201,
    roles=RECORD_CROSSINGS,
    writes=True,
    headers=("Idempotent-Replayed",),
)


@_records(
    "/v1/checkpoint/permit-crossings",
    summary="Record a crossing by permit",
    errors=(*_ERRORS, PermitCrossingDiffers, IdempotencyKeyMalformed),
    parameters=(_KEY,),
)
def record_crossing_by_permit(call: Call[PermitCrossingForm]) -> Answer[PermitCrossing]:
    """One for each permit, direction and minute: the same decision again in that minute, at the same checkpoint and
    with no other plate, gets the first answer. On the way in, `well` has the two health questions of the day in one
    tap. Admission needs a reason if the verdict is not `valid`, if the person is not well, or if the plate is another
    one. A permit that is not granted, revoked or ended admits nobody. Everyone may go out. A crossing that was kept
    without network is sent with `crossed_at`, within a day. If no answer came to a request, send it again with the
    same key: the device's clock may name another minute than the server's."""
    # A refusal shows the crossing on record, so it is audited as a look too.
    audit(call.principal, action="record permit crossing", codes=[call.body.code], why="decision at the gate")
    key = idempotency_key(call) if "idempotency-key" in call.headers else None
    recorded = record_permit_crossing(call.body, gate=permit_gate(call.principal), idempotency_key=key)
    if not recorded.repeated:
        count(f"Permit_crossing_{recorded.crossing.decision}")
    return Answer(recorded.crossing, replayed(recorded.repeated))


@_records(
    "/v1/checkpoint/permit-corrections",
    summary="Correct a crossing by permit",
    errors=(*_ERRORS, PermitCrossingMissing, TooManyPermitCorrections),
)
def correct_crossing_by_permit(call: Call[PermitCorrectionForm]) -> Answer[CorrectedCrossingByPermit]:
    """Change the decision, or the plate, of a crossing by permit, with a reason. `direction` and `crossed_at` name the
    crossing. It stays on record as it was, and so does every correction; the last one holds. If a crossing could not
    admit the holder, only a supervisor's correction may. The same correction sent again changes nothing."""
    from chalicelib.services.permits.corrections import correct_permit_crossing

    audit(call.principal, action="correct permit crossing", codes=[call.body.code], why="correction at the gate")
    found, repeated = correct_permit_crossing(call.body, gate=permit_gate(call.principal))
    if not repeated:
        count("Permit_corrections")
    return Answer(shown_crossing(found), replayed(repeated))


def shown_crossing(found: CorrectedPermitCrossing) -> CorrectedCrossingByPermit:
    return CorrectedCrossingByPermit(
        code=Code.parse(found.crossing.code).shown,
        decision=found.decision,
        crossing=found.crossing,
        corrections=list(found.corrections),
    )
