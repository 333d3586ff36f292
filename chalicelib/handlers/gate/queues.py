"""Staff see who waits at their gate."""

from datetime import datetime

from chalicelib import wiring
from chalicelib.handlers.entry.answers import Shown
from chalicelib.http.answers import Answer
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.models.entry.arrivals import ArrivalBy
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.errors import InvalidInput
from chalicelib.models.staff.errors import NotPosted
from chalicelib.models.staff.roles import RECORD_CROSSINGS
from chalicelib.observability import audit, note
from chalicelib.services.gate.queues import list_waiting
from chalicelib.wiring.gate import queue
from chalicelib.wiring.staff import postings


class WaitingPerson(Shape):
    """A person in the queue of a gate."""

    code: Shown
    """The pass's code."""
    full_name: str
    """The pass's holder."""
    plate: str | None = None
    """The vehicle's plate, without separators."""
    origin: Origin
    """Who sent the declaration. Anyone may have written what is `unproven`, and may say that they are there."""
    arrived_at: datetime
    """Since when they wait."""
    by: ArrivalBy
    """Who recorded the arrival."""
    expires_at: datetime
    """When the pass ends."""


class QueueOfGate(ListPage):
    """People who arrived at a gate and wait, the longest wait first."""

    checkpoint: str
    """The gate: the caller is posted there."""
    waiting: list[WaitingPerson]
    """The longest wait first."""


@serve(
    "GET",
    "/v1/checkpoint/arrivals",
    summary="Who waits at the gate",
    tag="checkpoint",
    roles=RECORD_CROSSINGS,
    looks=True,
    errors=(InvalidInput, NotPosted),
)
def list_arrivals(call: Call[None, PageQuery]) -> Answer[QueueOfGate]:
    """People who arrived at the caller's checkpoint: their pass is valid, and there is no decision about them yet. A
    page may have fewer entries than `limit`, because people who crossed meanwhile are left out."""
    posted = postings().of(call.principal.subject, fresh=False)
    checkpoint = posted.posted_to(None) if posted else None
    if checkpoint is None:
        raise NotPosted(subject=call.principal.subject)
    now = wiring.clock()
    page = list_waiting(checkpoint, cursor=call.query.cursor, limit=call.query.limit, queue=queue(), now=now)
    note(found=len(page.items))
    codes = [str(each.code) for each in page.items]
    audit(call.principal, action="list arrivals", codes=codes, why="to see who waits at the gate")
    return Answer(QueueOfGate(checkpoint=checkpoint, waiting=[_person(each) for each in page.items], **page.ending))


def _person(held: HeldPass) -> WaitingPerson:
    arrival = held.arrival
    assert arrival is not None  # nobody else is listed
    return WaitingPerson(
        code=held.code.shown,
        full_name=held.person.full_name,
        plate=held.trip.transport.plate,
        origin=held.origin,
        arrived_at=arrival.recorded_at,
        by=arrival.by,
        expires_at=held.expires_at,
    )
