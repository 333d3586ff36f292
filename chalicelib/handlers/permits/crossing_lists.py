"""Staff see the crossings by a permit."""

from pydantic import Field

from chalicelib.handlers.permits.answers import PERMIT_CODE
from chalicelib.handlers.permits.crossings import CorrectedCrossingByPermit, shown_crossing
from chalicelib.http.answers import Answer
from chalicelib.http.queries import Query
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.errors import InvalidInput
from chalicelib.models.fields import Day
from chalicelib.models.permits.errors import PermitUnknown
from chalicelib.models.staff.errors import NotPosted
from chalicelib.models.staff.roles import SEE_HEALTH
from chalicelib.observability import audit
from chalicelib.services.permits.crossings import crossings_of_day
from chalicelib.wiring.permits import permit_gate
from chalicelib.wiring.staff import sees_health


class CrossingsQuery(Query):
    """Which crossings."""

    day: Day | None = Field(None, examples=["2021-07-22"])
    """The day on which they were; today without it."""


class CrossingsByPermit(Shape):
    """The crossings by a permit on one day."""

    crossings: list[CorrectedCrossingByPermit]
    """By time, the earliest first."""


@serve(
    "GET",
    "/v1/checkpoint/permits/{code}/crossings",
    summary="Crossings by a permit",
    tag="checkpoint",
    roles=SEE_HEALTH,
    looks=True,
    errors=(CodeMistyped, InvalidInput, NotPosted, PermitUnknown),
    parameters=(PERMIT_CODE,),
)
def list_crossings_by_permit(call: Call[None, CrossingsQuery]) -> Answer[CrossingsByPermit]:
    """The crossings of one day, with their corrections. A correction needs the `direction` and the `crossed_at` of one
    of them. Guards and supervisors see them while they are posted."""
    if not sees_health(call.principal):
        raise NotPosted(subject=call.principal.subject)
    found = crossings_of_day(call.path["code"], call.query.day, gate=permit_gate(call.principal))
    audit(
        call.principal,
        action="list permit crossings",
        codes=[str(Code.parse(call.path["code"]))],
        why="to see what was recorded",
    )
    return Answer(CrossingsByPermit(crossings=[shown_crossing(each) for each in found]))
