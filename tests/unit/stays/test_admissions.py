"""The worker makes the stay of a pass what follows from its record, whatever happens on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import DeclarationRecord
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.policy.policies import Watch, WatchPlace
from chalicelib.models.stays.changes import ChangeKind
from chalicelib.models.stays.stays import Fact, Stay, StayRecord
from chalicelib.services.entry.ports import FindRecord
from chalicelib.services.gate.lines import LineOutcome
from chalicelib.services.stays.admissions import Register, watch
from tests.forms import NOW, form, person
from tests.unit.fakes.policy import POLICY
from tests.unit.fakes.stays import Stays
from tests.unit.gate.recording import SUPERVISOR, corrected
from tests.unit.stays.made import change
from tests.unit.world import GUARD, World

MOST_CALLS = 15
"""Of three events: each reads the record and the stay, writes, and reads both again."""


class Killed(Exception):
    """The worker is gone."""


@pytest.fixture
def world() -> World:
    world = World()
    world.postings.post("supervisor", "an-hoa")
    return world


def register(world: World, stays: Stays, find_record: FindRecord | None = None) -> Register:
    return Register(
        find_record=find_record or world.entries.find,
        find_policy=world.in_force.policy,
        stays=stays,
        keyed_hash=world.keyed_hash,
        zone=ZoneInfo("Asia/Ho_Chi_Minh"),
        clock=world.clock,
    )


def is_expected(stays: Stays, code: Code) -> bool:
    record = stays.records.get(str(code))
    return record is not None and record.listed is not None


def declared(world: World, **trip: Any) -> Code:
    return world.declare({**form(**trip), "traveller": person()}).code


def test_a_stay_begins_on_the_day_of_the_crossing_and_has_what_the_policy_asks_for(world: World) -> None:
    code = declared(world)
    world.cross(code)
    stays = Stays()
    watch(code, register=register(world, stays))
    record = stays.find(code)
    assert record is not None
    stay = record.stay
    assert (stay.begins_on, stay.until) == (NOW.date(), NOW.date() + timedelta(days=13))
    assert [(day - stay.begins_on).days + 1 for day in stay.tests_on] == [1, 7, 14]
    assert (stay.place, stay.report_daily, stay.policy_version) == (WatchPlace.FACILITY, True, POLICY.version)
    assert (stay.fever_from, stay.unit.code) == (37.5, "25480")


def test_the_strictest_of_several_watches_holds() -> None:
    home = Watch(days=7, report_daily=True, tests_on=[1, 7], place=WatchPlace.HOME)
    facility = Watch(days=14, report_daily=False, tests_on=[1, 14], place=WatchPlace.FACILITY)
    both = Watch(days=14, report_daily=True, tests_on=[1, 7, 14], place=WatchPlace.FACILITY)
    assert home.joined(facility) == facility.joined(home) == both
    assert POLICY.watch_of(["isolate-at-home-7", "watch-health-14", "report-to-commune"]) == Watch(
        days=14, report_daily=True, tests_on=[1, 7], place=WatchPlace.HOME
    )
    assert POLICY.watch_of(["report-to-commune", "no such instruction"]) is None


def test_nobody_stays_who_was_not_admitted_or_leaves_the_same_day(world: World) -> None:
    stays = Stays()
    refused, visitor, waiting = declared(world), declared(world, stay_until=f"{NOW.date()}"), declared(world)
    world.cross(refused, decision="refuse", reason="x")
    world.cross(visitor)
    for code in (refused, visitor, waiting, Code.of(1, 0)):
        watch(code, register=register(world, stays))
    assert stays.records == {}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_events_does_not_matter_nor_how_often_they_come(world: World, order: tuple[int, ...]) -> None:
    """An event says only which pass it is about, so each of them sees all that happened until then."""
    code, stays = declared(world), Stays()
    steps: list[Callable[[], object]] = [
        lambda: world.cross(code),
        lambda: corrected(world, code, "refuse", SUPERVISOR),
        lambda: corrected(world, code, "admit", SUPERVISOR),
    ]
    for number, step in enumerate(steps):
        step()
        for _ in range(order.index(number)):
            watch(code, register=register(world, stays))
    watch(code, register=register(world, stays))
    assert is_expected(stays, code)
    world.revoke(code)
    for _ in range(2):
        watch(code, register=register(world, stays))
    assert not is_expected(stays, code)
    record = stays.find(code)
    assert record is not None
    assert record.changes[-1].kind is ChangeKind.ENDED


@pytest.mark.parametrize("decision", ["refuse", "admit"])
def test_a_worker_that_has_read_an_older_record_does_not_have_the_last_word(world: World, decision: str) -> None:
    """It reads, then the decision is corrected, another worker handles that, and only then the first one writes."""
    code = declared(world)
    first = "admit" if decision == "refuse" else "refuse"
    world.cross(code, decision=first, reason="x")
    stays = Stays()
    watch(code, register=register(world, stays))
    if decision == "refuse":
        stays.records.clear()  # the first worker has not written yet

    def meanwhile() -> None:
        corrected(world, code, decision, SUPERVISOR)
        watch(code, register=register(world, stays))

    stays.meanwhile.append(meanwhile)
    watch(code, register=register(world, stays))
    if stays.meanwhile:  # it had nothing to write
        stays.meanwhile.pop()()
    assert is_expected(stays, code) is (decision == "admit")


@dataclass
class Mortal(Stays):
    """Stays, and records, of a worker that is killed once: before or after its call of this number."""

    dies_at: int = 0
    after: bool = False
    find_record: FindRecord = lambda _: None

    def find(self, code: Code) -> StayRecord | None:
        found: StayRecord | None = self._do(super().find, code)
        return found

    def open(self, stay: Stay) -> bool:
        return bool(self._do(super().open, stay))

    def append(self, record: StayRecord, fact: Fact) -> bool:
        return bool(self._do(super().append, record, fact))

    def read(self, code: Code) -> DeclarationRecord | None:
        record: DeclarationRecord | None = self._do(self.find_record, code)
        return record

    def _do(self, call: Callable[..., Any], *arguments: Any) -> Any:
        self.dies_at -= 1
        if self.dies_at == 0 and not self.after:
            raise Killed
        answer = call(*arguments)
        if self.dies_at == 0:
            raise Killed
        return answer


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", range(1, 17))
def test_a_worker_may_be_killed_at_any_call(world: World, dies_at: int, after: bool) -> None:
    """Its event comes again. All that was to be done is done once."""
    code = declared(world)
    stays = Mortal(dies_at=dies_at, after=after, find_record=world.entries.find)
    deaths = 0

    def handle() -> None:
        nonlocal deaths
        try:
            watch(code, register=register(world, stays, stays.read))
        except Killed:
            deaths += 1
            watch(code, register=register(world, stays, stays.read))

    world.cross(code)
    handle()
    assert is_expected(stays, code)
    for decision in ("refuse", "admit"):
        corrected(world, code, decision, SUPERVISOR)
        handle()
        assert is_expected(stays, code) is (decision == "admit")
    assert deaths == (dies_at <= MOST_CALLS)
    assert [each.kind for each in stays.records[str(code)].changes] == [ChangeKind.ENDED, ChangeKind.TAKEN_BACK]


def test_what_staff_have_ended_stays_ended(world: World) -> None:
    code, stays = declared(world), Stays()
    world.cross(code)
    watch(code, register=register(world, stays))
    record = stays.find(code)
    assert record is not None
    assert stays.append(record, change(NOW, ChangeKind.ENDED, until=NOW.date()))
    for decision in ("refuse", "admit"):
        corrected(world, code, decision, SUPERVISOR)
        watch(code, register=register(world, stays))
    assert not is_expected(stays, code)


@pytest.mark.parametrize("seen", [True, False], ids=["event by event", "both at once"])
def test_who_leaves_through_a_gate_is_watched_no_more(world: World, seen: bool) -> None:
    code, stays = declared(world), Stays()
    world.cross(code)
    if seen:
        watch(code, register=register(world, stays))
        assert is_expected(stays, code)
    assert world.sends(code, direction="out").outcome is LineOutcome.RECORDED
    for _ in range(2):
        watch(code, register=register(world, stays))
        assert not is_expected(stays, code)
    record = stays.find(code)
    assert record is not None
    assert record.ended_by is not None
    assert (record.ended_by.kind, record.ended_by.until) == (ChangeKind.LEFT, NOW.date())
    assert record.ended_by.recorded_by == GUARD.subject


def test_a_departure_that_was_taken_back_ends_the_stay_no_more(world: World) -> None:
    code, stays = declared(world), Stays()
    world.cross(code)
    assert world.sends(code, direction="out").outcome is LineOutcome.RECORDED
    watch(code, register=register(world, stays))
    record = stays.find(code)
    assert record is not None
    assert stays.append(record, change(NOW, ChangeKind.TAKEN_BACK))
    watch(code, register=register(world, stays))
    assert is_expected(stays, code)
    for decision, expected in (("refuse", False), ("admit", True)):
        corrected(world, code, decision, SUPERVISOR)
        watch(code, register=register(world, stays))
        assert is_expected(stays, code) is expected


def test_one_who_never_gets_to_write_fails_and_comes_again(world: World) -> None:
    code = declared(world)
    world.cross(code)

    class Busy(Stays):
        def open(self, stay: Stay) -> bool:
            return False

    with pytest.raises(ServiceUnavailable):
        watch(code, register=register(world, Busy()))
