"""Staff see the visitors of a day who have not left, or whose identity card is kept."""

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
    """Filters of the list."""

    day: Day | None = Field(None, examples=["2021-07-22"])
    """The day on which they came in; today without it."""
    checkpoint: str | None = Field(None, examples=["an-hoa"])
    """Only visitors who came in at this checkpoint."""


class Visitor(Shape):
    """A person who must still come to a gate."""

    code: Shown
    """The pass's code."""
    full_name: str
    """The pass's holder."""
    plate: str | None = None
    """The vehicle's plate, without separators."""
    phone: str | None = None
    """In E.164; left out if the person's data is restricted."""
    checkpoint: str
    """The checkpoint of the way in."""
    entered_at: datetime
    """The time of the way in."""
    identity_held: IdentityHeld | None = None
    """Their identity card, if it is kept at that checkpoint."""
    left: Left | None = None
    """The departure, if they have left without their identity card."""


class Visitors(ListPage):
    """Visitors who came in on one day, by checkpoint and time."""

    visitors: list[Visitor]
    """By checkpoint, then by time, the earliest first."""


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
    """People who were admitted for only that day and have not left, and people whose identity card is still kept at a
    checkpoint, even if they have left. Guards and supervisors see the list while they are posted. A page may have fewer
    entries than `limit`, because people who left meanwhile are left out."""
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
