"""The stay of an admitted person who is watched: where, until when, and all facts about it.

A stay and its facts never change. The current state is derived from all of them: `StayRecord`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Self

from pydantic import AwareDatetime

from chalicelib.models.enums import StrEnum
from chalicelib.models.people.languages import Language
from chalicelib.models.people.places import UnitReference
from chalicelib.models.policy.policies import LONGEST_WATCH, WatchPlace
from chalicelib.models.records import Record
from chalicelib.models.stays.arrivals import Arrival, ArrivalOutcome
from chalicelib.models.stays.changes import Change, ChangeKind
from chalicelib.models.stays.reports import Report
from chalicelib.models.stays.tests import StayTest

Fact = Arrival | Change | Report | StayTest


class StayPerson(Record):
    """Declared data by which a commune finds a person."""

    full_name: str
    birth_year: int
    phone: str | None = None


class Stay(Record):
    """A stay as it began, by the instructions of the policy version that the declaration was judged by.

    It has all data that its commune needs: so a list of hundreds costs one query, and the declaration may be deleted
    earlier.
    """

    code: str
    """The pass's code, 16 characters."""
    person: StayPerson
    unit: UnitReference
    """The commune that expects the person."""
    address: str
    host: str | None = None
    begins_on: date
    """The day of the crossing: day 1."""
    until: date
    """The last day."""
    place: WatchPlace
    report_daily: bool
    tests_on: list[date] = []
    fever_from: float | None = None
    """°C, from the same policy."""
    policy_version: str
    instructions: list[str] = []
    """Their ids in that version."""
    opened_at: AwareDatetime
    language: Language = Language.VI
    messages: bool = True
    """Whether the person agreed to messages."""
    hashed: str
    """The keyed hash of the person's identifying text: all stays of a person are found by it. A phone is not enough: a
    family may share one, and the declarations, which distinguish its members, are deleted earlier."""
    crossed_at: AwareDatetime | None = None
    """Of a permit's holder: the time of the crossing at which they were isolated."""

    @property
    def longest_until(self) -> date:
        """The last day that a stay may be lengthened to."""
        return self.begins_on + timedelta(days=LONGEST_WATCH - 1)


class ArrivalState(StrEnum):
    """The commune's knowledge about the person's arrival."""

    EXPECTED = "expected"
    CONFIRMED = ArrivalOutcome.CONFIRMED.value
    NOT_FOUND = ArrivalOutcome.NOT_FOUND.value
    ELSEWHERE = ArrivalOutcome.ELSEWHERE.value


class ListedStay(Record):
    """A stay in the list of its commune, derived from the facts so far."""

    code: str
    person: StayPerson
    unit: UnitReference
    address: str
    host: str | None = None
    begins_on: date
    until: date
    place: WatchPlace
    report_daily: bool
    tests_on: list[date] = []
    arrival: ArrivalState
    reported_on: list[date] = []
    tested_on: list[date] = []
    is_ill: bool = False
    """The last report has symptoms or fever, or a test was positive."""

    def is_silent(self, day: date) -> bool:
        """Whether the report of a day is due and missing."""
        return self.report_daily and self.begins_on <= day <= self.until and day not in self.reported_on

    def is_test_due(self, day: date) -> bool:
        """Whether a test is due: on this day, or since an earlier one without a test since."""
        due = [each for each in self.tests_on if each <= day]
        return bool(due) and day <= self.until and not any(each >= due[-1] for each in self.tested_on)


@dataclass(frozen=True, slots=True)
class StayRecord:
    """A stay and its facts: arrivals and changes by number, reports and tests by day."""

    stay: Stay
    arrivals: Sequence[Arrival] = field(default_factory=list)
    changes: Sequence[Change] = field(default_factory=list)
    reports: Mapping[date, Report] = field(default_factory=dict)
    tests: Mapping[date, StayTest] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The number of facts. Each writer adds one fact, so of two writers that read the same version only one can
        write."""
        return len(self.arrivals) + len(self.changes) + len(self.reports) + len(self.tests)

    @property
    def in_effect(self) -> list[Change]:
        """The changes that were not taken back, in their order."""
        holding: list[Change] = []
        for change in self.changes:
            if change.kind is ChangeKind.TAKEN_BACK:
                holding = holding[:-1]
            else:
                holding.append(change)
        return holding

    @property
    def unit(self) -> UnitReference:
        """The commune that expects the person now."""
        moved = self._last_move()
        return moved.to if moved and moved.to else self.stay.unit

    @property
    def address(self) -> str:
        moved = self._last_move()
        return moved.address or "" if moved else self.stay.address

    @property
    def until(self) -> date:
        """The last day, by the last change: for an ended stay, the day on which it was ended."""
        days = [each.until for each in self.in_effect if each.until is not None]
        return days[-1] if days else self.stay.until

    @property
    def ended_by(self) -> Change | None:
        """The change that ended it early."""
        holding = self.in_effect
        return holding[-1] if holding and holding[-1].kind.ends else None

    @property
    def is_departure_taken_back(self) -> bool:
        """Whether staff took it back that the person left through a gate: they are here. A pass leaves once, so no
        other departure follows."""
        by_gate = sum(each.kind is ChangeKind.LEFT and each.follows_decision for each in self.changes)
        holding = sum(each.kind is ChangeKind.LEFT and each.follows_decision for each in self.in_effect)
        return by_gate > holding

    def is_running(self, day: date) -> bool:
        return self.ended_by is None and day <= self.until

    @property
    def arrival(self) -> Arrival | None:
        """The last arrival recorded by the commune that now expects the person."""
        since = self._moved_at()
        return next((each for each in reversed(self.arrivals) if each.changes >= since), None)

    @property
    def is_ill(self) -> bool:
        last = self.reports[max(self.reports)] if self.reports else None
        return (last is not None and last.is_ill(self.stay.fever_from)) or any(
            each.is_positive for each in self.tests.values()
        )

    @property
    def listed(self) -> ListedStay | None:
        """The entry in its commune's list; None if the stay was ended."""
        return self.as_listed if self.ended_by is None else None

    @property
    def as_listed(self) -> ListedStay:
        """The entry that a list would have."""
        arrival, stay = self.arrival, self.stay
        return ListedStay(
            code=stay.code,
            person=stay.person,
            unit=self.unit,
            address=self.address,
            host=stay.host if self._last_move() is None else None,
            begins_on=stay.begins_on,
            until=self.until,
            place=stay.place,
            report_daily=stay.report_daily,
            tests_on=stay.tests_on,
            arrival=ArrivalState(arrival.outcome) if arrival else ArrivalState.EXPECTED,
            reported_on=sorted(self.reports),
            tested_on=sorted(self.tests),
            is_ill=self.is_ill,
        )

    def was_expected_by(self, unit: UnitReference) -> bool:
        """Whether a commune expected the person until the last change."""
        return bool(self.changes) and replace(self, changes=self.changes[:-1]).unit == unit

    def with_fact(self, fact: Fact) -> Self:
        match fact:
            case Arrival():
                return replace(self, arrivals=[*self.arrivals, fact])
            case Change():
                return replace(self, changes=[*self.changes, fact])
            case Report():
                return replace(self, reports={**self.reports, fact.day: fact})
            case StayTest():
                return replace(self, tests={**self.tests, fact.day: fact})

    def _last_move(self) -> Change | None:
        return next((each for each in reversed(self.in_effect) if each.kind is ChangeKind.MOVED), None)

    def _moved_at(self) -> int:
        """The number of changes when the person's commune last changed, by a move or by taking a move back."""
        moved_at, holding = 0, list[ChangeKind]()
        for number, change in enumerate(self.changes, 1):
            kinds = [change.kind]
            if change.kind is ChangeKind.TAKEN_BACK:
                kinds, holding = holding[-1:], holding[:-1]
            else:
                holding.append(change.kind)
            if ChangeKind.MOVED in kinds:
                moved_at = number
        return moved_at
