"""Communes see the people who stay there, and record what they find."""

from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.handlers.entry.answers import CODE
from chalicelib.handlers.stays import answers as shapes
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import parameter, serve
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.fields import Day
from chalicelib.models.people.administrative_units import UNIT_AS_SENT
from chalicelib.models.staff.errors import NotPostedToCommune, PostedToAnotherCommune
from chalicelib.models.staff.roles import KEEP_STAYS
from chalicelib.models.stays.arrivals import ArrivalForm
from chalicelib.models.stays.changes import ChangeForm
from chalicelib.models.stays.errors import (
    ChangeFollowsDecision,
    CommuneUnknown,
    NothingToTakeBack,
    ReportDiffers,
    StayEnded,
    StayTestDiffers,
    StayUnknown,
)
from chalicelib.models.stays.reports import ReportForm
from chalicelib.models.stays.stays import StayRecord
from chalicelib.models.stays.tests import StayTestForm
from chalicelib.observability import audit, count
from chalicelib.services.stays import communes
from chalicelib.services.stays.communes import HealthStation, Recording, StayFilter
from chalicelib.wiring.stays import station

COMMUNE = parameter("path", "commune", "The code of a commune of the province.", "25480", pattern=UNIT_AS_SENT)
_POSTED = (CommuneUnknown, NotPostedToCommune, PostedToAnotherCommune)
_STAY = (*_POSTED, CodeMistyped, StayUnknown)


class StaysQuery(PageQuery):
    """Which stays."""

    day: Day | None = Field(None, examples=["2021-07-26"])
    """The day that the list is for; today if it is left out."""
    state: Literal["expected", "confirmed", "not_found", "elsewhere", "silent", "ending", "test_due", "ill"] | None = (
        Field(None, examples=["silent"])
    )
    """Only stays of this kind. Without it all stays that the commune expects."""
    near: Annotated[str | None, Field(max_length=100, examples=["Ninh Phú"])] = None
    """Only stays whose address contains this text, for example the name of a hamlet. Case is ignored."""


@serve(
    "GET",
    "/v1/communes/{commune}/stays",
    summary="Stays of a commune",
    tag="stays",
    roles=KEEP_STAYS,
    looks=True,
    errors=_POSTED,
    parameters=(COMMUNE,),
)
def list_stays(call: Call[None, StaysQuery]) -> Answer[shapes.CommuneStays]:
    """The people that the commune expects on a day: first those who are ill, then by the end of the stay. The list is
    made automatically: a stay is on it from the admission to its last day. Commune staff see the commune that they are
    posted to, health officers see all. It is audited."""
    desk, query = station(call.principal), call.query
    day = query.day or desk.today
    found = communes.list_stays(
        call.path["commune"],
        day=day,
        only=StayFilter(query.state) if query.state else None,
        near=query.near,
        cursor=query.cursor,
        limit=query.limit,
        station=desk,
    )
    codes = [each.code for each in found.page.items]
    audit(call.principal, action="list stays", codes=codes, why=f"stays in {call.path['commune']}")
    return Answer(shapes.commune_stays(found, day))


@serve(
    "GET",
    "/v1/communes/{commune}/stays/{code}",
    summary="A stay with all its records",
    tag="stays",
    roles=KEEP_STAYS,
    looks=True,
    errors=_STAY,
    parameters=(COMMUNE, CODE),
)
def get_stay(call: Call) -> Answer[shapes.WholeStay]:
    """Arrivals, changes, reports and tests, also of a stay that has ended. It is audited."""
    desk, code = _desk_of(call, "look up stay", "a stay of the commune")
    return Answer(_shown(communes.find_stay(call.path["commune"], code, station=desk), desk))


_records = partial(
    serve,
    "POST",
    tag="stays",
    status=201,
    roles=KEEP_STAYS,
    writes=True,
    headers=("Idempotent-Replayed",),
    parameters=(COMMUNE, CODE),
)


@_records(
    "/v1/communes/{commune}/stays/{code}/arrival",
    summary="Record whether a person is there",
    errors=(*_STAY, StayEnded),
)
def record_arrival(call: Call[ArrivalForm]) -> Answer[shapes.WholeStay]:
    """Earlier records are kept; the last one counts. Sent twice, it is recorded once."""
    desk, code = _desk_of(call, "record arrival", call.body.outcome)
    recording = communes.record_arrival(call.path["commune"], code, call.body, station=desk)
    return _recorded(recording, "Arrivals", desk)


@_records(
    "/v1/communes/{commune}/stays/{code}/changes",
    summary="Change a stay, or take the last change back",
    errors=(*_STAY, StayEnded, NothingToTakeBack, ChangeFollowsDecision),
)
def change_stay(call: Call[ChangeForm]) -> Answer[shapes.WholeStay]:
    """Every change has a reason and the name of the member of staff, and stays on record when it is taken back. The
    person gets a message if the stay becomes longer or shorter, ends, or continues. After a move the other commune
    expects the person, and this commune does not see the stay any more. Sent twice, it is recorded once."""
    desk, code = _desk_of(call, "change stay", call.body.kind)
    return _recorded(communes.change_stay(call.path["commune"], code, call.body, station=desk), "Stay_changes", desk)


@_records(
    "/v1/communes/{commune}/stays/{code}/tests",
    summary="Record a test during a stay",
    errors=(*_STAY, StayEnded, StayTestDiffers),
)
def record_test(call: Call[StayTestForm]) -> Answer[shapes.WholeStay]:
    """One test for each day. A positive test puts the stay at the top of the list. Sent twice, it is recorded once."""
    desk, code = _desk_of(call, "record test", "a test during a stay")
    return _recorded(communes.record_test(call.path["commune"], code, call.body, station=desk), "Stay_tests", desk)


@_records(
    "/v1/communes/{commune}/stays/{code}/health-reports",
    summary="Report for a person who stays",
    errors=(*_STAY, StayEnded, ReportDiffers),
)
def report_for(call: Call[ReportForm]) -> Answer[shapes.WholeStay]:
    """For a person without a phone, who reported to the health station. It counts as the person's own report: one for
    each day."""
    desk, code = _desk_of(call, "report for someone", "the person told the health station")
    return _recorded(communes.report_for(call.path["commune"], code, call.body, station=desk), "Reports", desk)


def _desk_of(call: AnyCall, action: str, why: str) -> tuple[HealthStation, Code]:
    code = Code.parse(call.path["code"])
    audit(call.principal, action=action, codes=[str(code)], why=why)
    return station(call.principal), code


def _recorded(recording: Recording, metric: str, desk: HealthStation) -> Answer[shapes.WholeStay]:
    if not recording.repeated:
        count(metric)
    return Answer(_shown(recording.record, desk), replayed(recording.repeated))


def _shown(record: StayRecord, desk: HealthStation) -> shapes.WholeStay:
    is_restricted = Code.parse(record.stay.code) in desk.restricted()
    return shapes.whole(record, desk.today, is_restricted=is_restricted)
