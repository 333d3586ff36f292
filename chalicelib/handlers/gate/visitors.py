"""Staff see which visitors of a day have not left, and whose identity card is kept."""

from datetime import datetime

from pydantic import Field

from chalicelib import wiring
from chalicelib.handlers.entry.answers import Shown
from chalicelib.handlers.gate.pass_answers import Left, left_of
from chalicelib.http.answers import Answer
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.models.entry.crossings import IdentityHeld
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.errors import InvalidInput
from chalicelib.models.fields import Day
from chalicelib.models.staff.errors import NotPosted
from chalicelib.models.staff.roles import SEE_HEALTH
from chalicelib.observability import audit, note
from chalicelib.services.gate.departures import list_visitors as list_of
from chalicelib.wiring.entry import entries
from chalicelib.wiring.staff import sees_health


class VisitorsQuery(PageQuery):
    """Which visitors."""

    day: Day | None = Field(None, examples=["2021-07-22"])
    """The day on which they came in; today without it."""
    checkpoint: str | None = Field(None, examples=["an-hoa"])
    """Only those who came in at this checkpoint."""


class Visitor(Shape):
    """Someone for whom a gate waits."""

    code: Shown
    """The pass's code."""
    full_name: str
    """Who holds the pass."""
    plate: str | None = None
    """The vehicle's plate, without separators."""
    phone: str | None = None
    """In E.164; left out if the person's data is restricted."""
    checkpoint: str
    """Where they came in."""
    entered_at: datetime
    """When they came in."""
    identity_held: IdentityHeld | None = None
    """Their identity card, if it is kept at that checkpoint."""
    left: Left | None = None
    """If they have left without their identity card."""


class Visitors(ListPage):
    """Those who came in on one day, by checkpoint and time."""

    visitors: list[Visitor]
    """By checkpoint, the first to come in first."""


@serve(
    "GET",
    "/v1/checkpoint/visitors",
    summary="Visitors of a day who have not left",
    tag="checkpoint",
    roles=SEE_HEALTH,
    looks=True,
    errors=(InvalidInput, NotPosted),
)
def list_visitors(call: Call[None, VisitorsQuery]) -> Answer[Visitors]:
    """Who was admitted on a day, for that day alone, and has not left; and whose identity card is still kept at a
    checkpoint, whether they have left or not. Guards and supervisors see it while they are posted. A page may have
    fewer entries than `limit`: it leaves out who has left meanwhile."""
    if not sees_health(call.principal):
        raise NotPosted(subject=call.principal.subject)
    query = call.query
    page = list_of(
        day=query.day or wiring.clock().date(),
        checkpoint=query.checkpoint,
        cursor=query.cursor,
        limit=query.limit,
        entries=entries(),
    )
    note(found=len(page.items))
    codes = [str(each.code) for each in page.items]
    audit(call.principal, action="list visitors", codes=codes, why="to see who has not left")
    return Answer(Visitors(visitors=[_visitor(each) for each in page.items], **page.ending))


def _visitor(held: HeldPass) -> Visitor:
    crossing = held.crossing
    assert crossing is not None  # nobody else is awaited
    return Visitor(
        code=held.code.shown,
        full_name=held.person.full_name,
        plate=held.trip.transport.plate,
        phone=None if held.is_restricted else held.phone,
        checkpoint=crossing.checkpoint,
        entered_at=crossing.recorded_at,
        identity_held=held.identity_held,
        left=left_of(held),
    )
