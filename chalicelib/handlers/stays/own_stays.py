"""People see their own stay, and report their health."""

from datetime import date

from chalicelib import wiring
from chalicelib.handlers.entry.answers import CODE, Shown, TravellerInstruction, instructions
from chalicelib.handlers.entry.pass_answers import SECRET
from chalicelib.handlers.stays.answers import OwnReport
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped, PassSecretWrong
from chalicelib.models.enums import StrEnum
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.administrative_units import find
from chalicelib.models.policy.policies import WatchPlace
from chalicelib.models.stays.errors import ReportDiffers, StayEnded, StayUnknown
from chalicelib.models.stays.reports import Report, ReportForm
from chalicelib.observability import count
from chalicelib.services.stays import reports
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.stays import stays

_OPENING = (CodeMistyped, PassSecretWrong, StayUnknown, ServiceUnavailable)


class ToDo(StrEnum):
    """The tasks of today for a person who stays."""

    REPORT = "report"
    """Report their health."""
    TEST = "test"
    """Be tested."""


class OwnStay(Shape):
    """A stay, as shown to the person."""

    code: Shown
    """The pass's code."""
    running: bool
    """Whether the stay still lasts today."""
    day: int
    """The number of today in the stay; after its end, of the last day."""
    days: int
    """How many days the stay has."""
    begins_on: date
    """The day of the crossing: day 1."""
    until: date
    """The last day. The stay ends then without further action."""
    place: WatchPlace
    """Where to stay."""
    commune: str
    """The commune that looks after them, by its name."""
    commune_code: str
    """Its code."""
    today: list[ToDo]
    """Tasks that are still open today."""
    tests_on: list[date]
    """The days with a test."""
    reports: list[OwnReport]
    """What was reported, by day."""
    instructions: list[TravellerInstruction]
    """What to do, in the language of Accept-Language."""


@serve(
    "GET",
    "/v1/passes/{code}/stay",
    summary="One's own stay",
    tag="travellers",
    errors=_OPENING,
    parameters=(CODE, SECRET),
)
def get_own_stay(call: Call) -> Answer[OwnStay]:
    """The day of the stay, today's tasks, and the last day. The stay exists some seconds after the admission. A person
    whose instructions require no stay has none. That of a permit's holder opens with the secret of the message alone:
    the asker has the other one."""
    record = reports.open_stay(
        call.path["code"], call.headers.get("x-pass-secret", ""), stays=stays(), keyed_hash=wiring.keyed_hash()
    )
    today, stay, listed = wiring.clock().date(), record.stay, record.as_listed
    is_running, unit = record.is_running(today), find(record.unit.list_version, record.unit.code)
    due = {ToDo.REPORT: listed.is_silent(today), ToDo.TEST: listed.is_test_due(today)}
    policy = in_force().policy(stay.policy_version)
    shape = OwnStay(
        code=Code.parse(stay.code).shown,
        running=is_running,
        day=(min(today, record.until) - stay.begins_on).days + 1,
        days=(record.until - stay.begins_on).days + 1,
        begins_on=stay.begins_on,
        until=record.until,
        place=stay.place,
        commune=unit.name if unit else record.unit.code,
        commune_code=record.unit.code,
        today=[each for each, is_due in due.items() if is_due and is_running],
        tests_on=stay.tests_on,
        reports=[_own(record.reports[each]) for each in sorted(record.reports)],
        instructions=instructions(policy, stay.instructions, call.language),
    )
    return Answer(shape, language=call.language)


@serve(
    "POST",
    "/v1/passes/{code}/health-reports",
    summary="Report how one is",
    tag="travellers",
    status=201,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(*_OPENING, StayEnded, ReportDiffers),
    parameters=(CODE, SECRET),
)
def report_own(call: Call[ReportForm]) -> Answer[OwnReport]:
    """One report for each day of the stay, until it ends. The same report again gets the first answer. Only the health
    station of the commune and health officers read it."""
    reported = reports.report(
        call.path["code"],
        call.headers.get("x-pass-secret", ""),
        call.body,
        stays=stays(),
        keyed_hash=wiring.keyed_hash(),
        clock=wiring.clock,
    )
    if not reported.repeated:
        count("Reports")
    return Answer(_own(reported.report), replayed(reported.repeated))


def _own(report: Report) -> OwnReport:
    return OwnReport(
        day=report.day, symptoms=report.symptoms, temperature=report.temperature, reported_at=report.reported_at
    )
