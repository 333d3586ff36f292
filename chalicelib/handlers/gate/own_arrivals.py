"""Travellers record with their own phone that they wait at a gate."""

from datetime import datetime

from chalicelib import wiring
from chalicelib.handlers.entry.answers import CODE, Shown
from chalicelib.handlers.entry.pass_answers import SECRET
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.errors import CodeMistyped, PassSecretWrong, PassUnknown
from chalicelib.models.gate.arrivals import OwnArrivalForm
from chalicelib.models.gate.errors import BoardOutdated, BoardWrong, PassDecided, PassExpired, PassReplaced, PassRevoked
from chalicelib.observability import count
from chalicelib.services.gate.arrivals import record_own_arrival
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import in_force


class OwnArrival(Shape):
    """An arrival, as the holder sees it."""

    code: Shown
    """The pass's code."""
    checkpoint: str
    """The gate where the holder waits."""
    arrived_at: datetime
    """When it was recorded."""
    expires_at: datetime
    """When the pass ends now."""


@serve(
    "POST",
    "/v1/passes/{code}/arrival",
    summary="Tell that you wait at the gate",
    tag="travellers",
    status=201,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(
        CodeMistyped,
        PassUnknown,
        PassSecretWrong,
        BoardWrong,
        BoardOutdated,
        PassExpired,
        PassRevoked,
        PassReplaced,
        PassDecided,
    ),
    parameters=(CODE, SECRET),
)
def record_own_arrival_of_pass(call: Call[OwnArrivalForm]) -> Answer[OwnArrival]:
    """For the holder in the queue, before the pass's hour has ended: the phone sends the text of the QR on the gate's
    board. From then on the pass holds until it is decided about, at most `arrival_hours` of the policy. A pass has one
    arrival: the same request later gets the first one."""
    arrived = record_own_arrival(
        call.path["code"],
        call.headers.get("x-pass-secret", ""),
        call.body.board,
        records=entries(),
        arrivals=entries(),
        in_force=in_force(),
        keyed_hash=wiring.keyed_hash(),
        clock=wiring.clock,
    )
    if not arrived.repeated:
        count("Arrivals")
    shape = OwnArrival(
        code=arrived.held.code.shown,
        checkpoint=arrived.arrival.checkpoint,
        arrived_at=arrived.arrival.recorded_at,
        expires_at=arrived.held.expires_at,
    )
    return Answer(shape, replayed(arrived.repeated))
