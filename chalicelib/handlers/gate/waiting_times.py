"""Anyone may see which gate is quick."""

from datetime import datetime

from chalicelib import wiring
from chalicelib.http.answers import Answer, cached
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.services.gate.waiting_times import MeasuredFrom
from chalicelib.wiring.gate import waiting_times as times_of
from chalicelib.wiring.policy import in_force

_FRESH_FOR = 60
"""Seconds."""


class GateWaitingTime(Shape):
    """How long people waited at a gate."""

    checkpoint: str
    """Its id."""
    open: bool
    """Whether it is open now."""
    minutes: int | None = None
    """The median until the decision. Left out if fewer than ten people were decided about."""
    measured_from: MeasuredFrom | None = None
    """Where the wait begins. From the declaration it includes the way to the gate."""


class WaitingTimes(Shape):
    """The gates of the province, by id."""

    as_of: datetime
    """Decisions of the 30 minutes before this count. Those that a device kept without network come later."""
    checkpoints: list[GateWaitingTime]
    """By id."""


@serve(
    "GET",
    "/v1/checkpoints/waiting-times",
    summary="How long people wait at the gates",
    tag="reference",
    etag=True,
    errors=(ServiceUnavailable,),
)
def list_waiting_times(_: Call) -> Answer[WaitingTimes]:
    """For each gate the median of the last 30 minutes, from the arrival in the queue to the decision; where few
    arrivals are recorded, from the declaration. It may be a minute old."""
    now = wiring.clock().replace(second=0, microsecond=0)
    gates = in_force().current().checkpoints
    times = times_of(tuple(sorted(gates)), now)
    shape = WaitingTimes(
        as_of=now,
        checkpoints=[
            GateWaitingTime(
                checkpoint=each.checkpoint,
                open=gates[each.checkpoint].open,
                minutes=each.minutes,
                measured_from=each.measured_from,
            )
            for each in times
        ],
    )
    return cached(Answer(shape), _FRESH_FOR)
