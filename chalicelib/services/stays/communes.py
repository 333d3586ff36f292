"""A commune's work: list the stays that it expects, and record arrivals, changes and tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeVar

from chalicelib.models.entry.codes import Code
from chalicelib.models.enums import StrEnum
from chalicelib.models.errors import FieldProblem, InvalidInput, ServiceUnavailable
from chalicelib.models.people.places import UnitReference
from chalicelib.models.people.province import Province
from chalicelib.models.staff.recorded import recorded
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.models.stays.arrivals import Arrival, ArrivalForm
from chalicelib.models.stays.changes import Change, ChangeForm, ChangeKind
from chalicelib.models.stays.errors import (
    ChangeFollowsDecision,
    CommuneUnknown,
    NothingToTakeBack,
    StayEnded,
    StayTestDiffers,
    StayUnknown,
)
from chalicelib.models.stays.events import StayChange
from chalicelib.models.stays.reports import ReportForm
from chalicelib.models.stays.stays import ArrivalState, Fact, ListedStay, StayRecord
from chalicelib.models.stays.tests import StayTest, StayTestForm
from chalicelib.services.pages import Page, page_of
from chalicelib.services.ports import Clock
from chalicelib.services.staff.ports import Postings
from chalicelib.services.staff.postings import require_posting_to_commune
from chalicelib.services.stays.admissions import ATTEMPTS
from chalicelib.services.stays.ports import AnnounceChange, FindRestricted, Stays
from chalicelib.services.stays.reports import report_of, require_day

AnyFact = TypeVar("AnyFact", bound=Fact)

_WITHOUT_POSTING = frozenset({Role.HEALTH})
"""Health officers see the stays of every commune."""

ANNOUNCED = frozenset({ChangeKind.LONGER, ChangeKind.SHORTER, ChangeKind.ENDED, ChangeKind.TAKEN_BACK})
"""The changes that the person gets a message about."""


class StayFilter(StrEnum):
    """Which stays of a commune."""

    EXPECTED = "expected"
    """Nobody has looked for the person yet."""
    CONFIRMED = "confirmed"
    """The person is there."""
    NOT_FOUND = "not_found"
    """Nobody knows where they are."""
    ELSEWHERE = "elsewhere"
    """They are known to be somewhere else."""
    SILENT = "silent"
    """The report of that day is due and missing."""
    ENDING = "ending"
    """That day is the last one."""
    TEST_DUE = "test_due"
    """A test is due."""
    ILL = "ill"
    """The last report has symptoms or fever, or a test was positive."""


@dataclass(frozen=True, slots=True)
class HealthStation:
    """A commune, the member of staff who works for it, and the ports."""

    staff: Principal
    province: Province
    stays: Stays
    postings: Postings
    restricted: FindRestricted
    announce: AnnounceChange
    clock: Clock

    @property
    def today(self) -> date:
        """By the province's clock."""
        return self.clock().date()


class Recording(NamedTuple):
    """A stay with the fact that was sent. `repeated`: the same fact was on record before."""

    record: StayRecord
    repeated: bool


class StaysOfDay(NamedTuple):
    """A page of a commune's list. `restricted` are the codes of passes whose holders' data is restricted."""

    page: Page[ListedStay]
    counts: dict[StayFilter, int]
    restricted: set[str]


def list_stays(
    commune: str,
    *,
    day: date | None,
    only: StayFilter | None,
    near: str | None,
    cursor: str | None,
    limit: int,
    station: HealthStation,
) -> StaysOfDay:
    """A page of the stays that a commune expects on a day, or today: one query, and one for restrictions.

    People who are ill are first, then the list is sorted by the end of the stay. `near` is part of an address, for
    example a hamlet's name. The counts cover the whole list before the filter `only`. Raises `CommuneUnknown`, what
    `require_posting_to_commune` raises, and `InvalidInput` (`cursor_unknown`).
    """
    unit = _commune(commune, station)
    day = day or station.today
    listed = [each for each in station.stays.of_commune(unit, day) if each.begins_on <= day]
    restricted = {str(code) for code in station.restricted()}
    if near:
        # An address is withheld with the rest of a restricted person's data: no filter may reveal it.
        wanted = near.casefold()
        listed = [each for each in listed if each.code not in restricted and wanted in each.address.casefold()]
    counts = {each: sum(_MEETS[each](stay, day) for stay in listed) for each in StayFilter}
    found = [each for each in listed if only is None or _MEETS[only](each, day)]
    found.sort(key=lambda each: (not each.is_ill, each.until, each.code))
    return StaysOfDay(page_of(found, cursor=cursor, limit=limit, name_of=lambda each: each.code), counts, restricted)


def find_stay(commune: str, code: Code, *, station: HealthStation) -> StayRecord:
    """The stay of a pass that a commune expects, or expected last.

    Raises `StayUnknown`, `CommuneUnknown`, and what `require_posting_to_commune` raises.
    """
    return _found(_commune(commune, station), code, station)


def record_arrival(commune: str, code: Code, form: ArrivalForm, *, station: HealthStation) -> Recording:
    """Record whether the person is there. The same again by the same member of staff changes nothing.

    Raises `StayEnded`, and what `find_stay` raises.
    """

    def arrived(record: StayRecord) -> Arrival | None:
        _require_running(record, station.today)
        arrival = Arrival(**form.model_dump(), changes=len(record.changes), **recorded(station.staff, station.clock()))
        last = record.arrival
        same = last is not None and last.model_copy(update={"changes": arrival.changes}).says_the_same(arrival)
        return None if same else arrival

    return _recorded(commune, code, arrived, station)


def change_stay(commune: str, code: Code, form: ChangeForm, *, station: HealthStation) -> Recording:
    """Change a stay. The same again by the same member of staff changes nothing.

    Raises
    ------
    StayEnded
        It is over; only the last change of it can be taken back.
    NothingToTakeBack, ChangeFollowsDecision
        There is no change to take back; or a decision at the gate has ended the stay.
    InvalidInput
        `until` or `to` does not fit the stay.

    And what `find_stay` raises.
    """

    unit = _commune(commune, station)

    def changed(record: StayRecord) -> Change | None:
        today = station.today
        until = min(today, record.until) if form.kind.ends else form.until
        made = Change(**{**form.model_dump(), "until": until}, **recorded(station.staff, station.clock()))
        if record.changes and record.changes[-1].says_the_same(made):
            return None
        _require_expected(record, code, unit)
        if form.kind is ChangeKind.TAKEN_BACK:
            _require_change(record)
        else:
            _require_running(record, today)
            _require_fitting(form, record, today, station.province)
        if form.kind in ANNOUNCED:
            # Queue the event before the write: if this process ends right after the write, the person still gets the
            # message.
            station.announce(StayChange(code, len(record.changes)))
        return made

    return _recorded(commune, code, changed, station, repeats_move=True)


def record_test(commune: str, code: Code, form: StayTestForm, *, station: HealthStation) -> Recording:
    """Record a test: one for each day. Raises `StayEnded`, `StayTestDiffers`, `InvalidInput` for a day outside the
    stay, and what `find_stay` raises."""

    def tested(record: StayRecord) -> StayTest | None:
        known = record.tests.get(form.day)
        if known is not None:
            if not known.is_of(form):
                raise StayTestDiffers(known.model_dump(mode="json", exclude_none=True))
            return None
        _require_running(record, station.today)
        require_day(form.day, record, station.today)
        return StayTest(**form.model_dump(), **recorded(station.staff, station.clock()))

    return _recorded(commune, code, tested, station)


def report_for(commune: str, code: Code, form: ReportForm, *, station: HealthStation) -> Recording:
    """Record a report for a person without a phone. Raises what `services.stays.reports.report` and `find_stay`
    raise."""
    by = recorded(station.staff, station.clock())
    at = by.pop("recorded_at")
    return _recorded(commune, code, lambda record: report_of(form, record, at=at, today=station.today, **by), station)


def _recorded(
    commune: str,
    code: Code,
    make: Callable[[StayRecord], AnyFact | None],
    station: HealthStation,
    *,
    repeats_move: bool = False,
) -> Recording:
    """Append the fact that `make` returns for the stay; None means that it is on record. `make` is called again if
    another fact was written meanwhile.

    With `repeats_move`, `make` also gets a stay that was just moved away, because the move may have been sent again.
    """
    unit = _commune(commune, station)
    for _ in range(ATTEMPTS):
        record = station.stays.find(code)
        if record is None:
            raise StayUnknown(code=code.shown)
        if not (repeats_move and record.was_expected_by(unit)):
            _require_expected(record, code, unit)
        fact = make(record)
        if fact is None:
            return Recording(record, repeated=True)
        if station.stays.append(record, fact):
            return Recording(record.with_fact(fact), repeated=False)
    raise ServiceUnavailable


def _commune(commune: str, station: HealthStation) -> UnitReference:
    if not station.province.contains(commune):
        raise CommuneUnknown(list_version=station.province.units_list)
    if not station.staff.may(_WITHOUT_POSTING):
        require_posting_to_commune(station.staff, commune, postings=station.postings)
    return UnitReference.model_construct(list_version=station.province.units_list, code=commune)


def _found(unit: UnitReference, code: Code, station: HealthStation) -> StayRecord:
    record = station.stays.find(code)
    if record is None:
        raise StayUnknown(code=code.shown)
    _require_expected(record, code, unit)
    return record


def _require_expected(record: StayRecord, code: Code, unit: UnitReference) -> None:
    """Raises `StayUnknown` if the person was moved to another commune: the former one does not see the stay any
    more."""
    if record.unit != unit:
        raise StayUnknown(code=code.shown)


def _require_running(record: StayRecord, today: date) -> None:
    if not record.is_running(today):
        raise StayEnded(until=record.until)


def _require_change(record: StayRecord) -> None:
    holding = record.in_effect
    if not holding:
        raise NothingToTakeBack
    # No correction at a gate takes a departure back, and a guard may have scanned the wrong pass.
    if holding[-1].follows_decision and holding[-1].kind is not ChangeKind.LEFT:
        raise ChangeFollowsDecision


def _require_fitting(form: ChangeForm, record: StayRecord, today: date, province: Province) -> None:
    """Raises `InvalidInput`."""
    if form.until is not None:
        longest, until = record.stay.longest_until, record.until
        if form.kind is ChangeKind.LONGER and not until < form.until <= longest:
            raise InvalidInput([FieldProblem("/until", "stay_not_longer", {"until": until, "longest": longest})])
        if form.kind is ChangeKind.SHORTER and not today <= form.until < until:
            raise InvalidInput([FieldProblem("/until", "stay_not_shorter", {"until": until, "today": today})])
    if form.to is not None:
        if form.to.list_version != province.units_list:
            params = {"in_force": province.units_list}
            raise InvalidInput([FieldProblem("/to/list_version", "wrong_list_version", params)])
        if not province.contains(form.to.code):
            params = {"list_version": province.units_list}
            raise InvalidInput([FieldProblem("/to/code", "commune_not_of_the_province", params)])
        if form.to == record.unit:
            raise InvalidInput([FieldProblem("/to/code", "stay_in_this_commune")])


def _is(state: ArrivalState) -> Callable[[ListedStay, date], bool]:
    return lambda stay, _: stay.arrival is state


_MEETS: dict[StayFilter, Callable[[ListedStay, date], bool]] = {
    StayFilter.EXPECTED: _is(ArrivalState.EXPECTED),
    StayFilter.CONFIRMED: _is(ArrivalState.CONFIRMED),
    StayFilter.NOT_FOUND: _is(ArrivalState.NOT_FOUND),
    StayFilter.ELSEWHERE: _is(ArrivalState.ELSEWHERE),
    StayFilter.SILENT: ListedStay.is_silent,
    StayFilter.ENDING: lambda stay, day: stay.until == day,
    StayFilter.TEST_DUE: ListedStay.is_test_due,
    StayFilter.ILL: lambda stay, _: stay.is_ill,
}
