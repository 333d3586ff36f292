"""A stay as its commune and its person see it."""

from datetime import date, datetime

from chalicelib.handlers.entry.answers import Shown
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.models.entry.codes import Code
from chalicelib.models.people.health import Symptom
from chalicelib.models.policy.policies import WatchPlace
from chalicelib.models.stays.arrivals import Arrival
from chalicelib.models.stays.changes import Change
from chalicelib.models.stays.reports import Report
from chalicelib.models.stays.stays import ArrivalState, ListedStay, StayRecord
from chalicelib.models.stays.tests import StayTest
from chalicelib.services.stays.communes import StayFilter, StaysOfDay


class StayingPerson(Shape):
    """The person who stays, with phone and address."""

    full_name: str
    """As declared."""
    birth_year: int
    """As declared."""
    phone: str | None = None
    """E.164; left out if they gave none."""
    address: str
    """House and street, or hamlet."""
    host: str | None = None
    """The declared host there; left out if there is none."""


class StayOfCommune(Shape):
    """A stay in the list of its commune."""

    code: Shown
    """The pass's code."""
    person: StayingPerson | None = None
    """Left out if the person's data is restricted."""
    day: int
    """Which day of the stay it is; the day of the crossing is 1."""
    days: int
    """How many days the stay has, by its last change."""
    begins_on: date
    """The day of the crossing."""
    until: date
    """The last day, by its last change."""
    place: WatchPlace
    """Where the person must stay."""
    arrival: ArrivalState
    """What the commune has found."""
    report_daily: bool
    """Whether the person reports each day."""
    silent: bool
    """Whether the report of that day is due and missing."""
    last_report: date | None = None
    """The last day with a report."""
    test_due: bool
    """Whether a test is due that day, or an earlier one is missing."""
    tests_on: list[date]
    """The days with a test."""
    ill: bool | None = None
    """Whether the last report has symptoms or fever, or a test was positive. Left out if the person's data is
    restricted."""


class StayCounts(Shape):
    """How many stays of the list there are of each kind."""

    expected: int
    """Nobody has looked for the person yet."""
    confirmed: int
    """The person is there."""
    not_found: int
    """Nobody knows where they are."""
    elsewhere: int
    """They are known to be somewhere else."""
    silent: int
    """The report of that day is due and missing."""
    ending: int
    """That day is the last one."""
    test_due: int
    """A test is due."""
    ill: int
    """The last report has symptoms or fever, or a test was positive."""


class CommuneStays(ListPage):
    """The stays of a commune on a day: first those who are ill, then those that end first."""

    day: date
    """Which day."""
    counts: StayCounts
    """Counts over the whole list, independent of `state`."""
    stays: list[StayOfCommune]
    """The stays of this page."""


class WholeStay(StayOfCommune):
    """A stay with all its records."""

    running: bool
    """Whether the stay still lasts today."""
    arrivals: list[Arrival]
    """What its communes found, the oldest first."""
    changes: list[Change]
    """Changes, the oldest first."""
    reports: list[Report]
    """By day; none if the person's data is restricted."""
    tests: list[StayTest]
    """By day; none if the person's data is restricted."""


class OwnReport(Shape):
    """The report of a day, as the person who sent it sees it."""

    day: date
    """The day that it describes."""
    symptoms: list[Symptom]
    """The person's symptoms."""
    temperature: float | None = None
    """°C, if it was taken."""
    reported_at: datetime
    """When it was sent."""


def commune_stays(found: StaysOfDay, day: date) -> CommuneStays:
    shown = [of_commune(each, day, is_restricted=each.code in found.restricted) for each in found.page.items]
    counts = StayCounts(**{str(each): found.counts[each] for each in StayFilter})
    return CommuneStays(day=day, counts=counts, stays=shown, **found.page.ending)


def of_commune(stay: ListedStay, day: date, *, is_restricted: bool) -> StayOfCommune:
    person = StayingPerson(**stay.person.model_dump(), address=stay.address, host=stay.host)
    return StayOfCommune(
        code=Code.parse(stay.code).shown,
        person=None if is_restricted else person,
        day=(day - stay.begins_on).days + 1,
        days=(stay.until - stay.begins_on).days + 1,
        begins_on=stay.begins_on,
        until=stay.until,
        place=stay.place,
        arrival=stay.arrival,
        report_daily=stay.report_daily,
        silent=stay.is_silent(day),
        last_report=stay.reported_on[-1] if stay.reported_on else None,
        test_due=stay.is_test_due(day),
        tests_on=stay.tests_on,
        ill=None if is_restricted else stay.is_ill,
    )


def whole(record: StayRecord, day: date, *, is_restricted: bool) -> WholeStay:
    listed = of_commune(record.as_listed, day, is_restricted=is_restricted)
    return WholeStay(
        **dict(listed),
        running=record.is_running(day),
        arrivals=list(record.arrivals),
        changes=list(record.changes),
        reports=[] if is_restricted else [record.reports[each] for each in sorted(record.reports)],
        tests=[] if is_restricted else [record.tests[each] for each in sorted(record.tests)],
    )
