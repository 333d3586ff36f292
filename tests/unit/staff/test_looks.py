"""How often a member of staff may look, and what other processes know of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.staff.errors import TooManyLooks
from chalicelib.services.staff.looks import TOGETHER, Looks
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.staff import LookCounts


@dataclass
class Processes:
    """Processes that count the looks of the same staff."""

    clock: Clock = field(default_factory=Clock)
    counts: LookCounts = field(default_factory=LookCounts)
    unusual: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock.now = self.clock.now.replace(minute=0)

    def another(self) -> Looks:
        return Looks(600, self.counts, clock=self.clock, unusual=lambda: self.unusual.append(self.clock()))


def allowed(looks: Looks, at_most: int = 10_000, subject: str = "guard") -> int:
    for number in range(at_most):
        try:
            looks.count(subject)
        except TooManyLooks:
            return number
    return at_most


@pytest.fixture
def processes() -> Processes:
    return Processes()


def test_one_process_refuses_the_look_after_the_last_one(processes: Processes) -> None:
    looks = processes.another()
    assert allowed(looks) == 600
    assert allowed(looks, subject="another guard") == 600
    processes.clock.advance(minutes=59)
    with pytest.raises(TooManyLooks) as raised:
        looks.count("guard")
    assert raised.value.params == {"bound": 600, "wait": timedelta(seconds=61)}
    processes.clock.advance(minutes=1)
    assert allowed(looks) == 600


def test_each_further_process_lets_pass_no_more_than_it_has_not_written_down(processes: Processes) -> None:
    several = [processes.another() for _ in range(7)]
    total = 0
    while passed := sum(allowed(looks, 1) for looks in several):
        total += passed
    assert 600 <= total <= 600 + 7 * TOGETHER
    assert allowed(processes.another()) <= TOGETHER


def test_a_look_costs_no_call_but_every_twentieth(processes: Processes) -> None:
    looks = processes.another()
    for number in range(1, 101):
        looks.count("guard")
        assert processes.counts.calls == number // TOGETHER


def test_unusually_many_looks_are_noted_once_an_hour_whatever_process_counts_them(processes: Processes) -> None:
    first, second = processes.another(), processes.another()
    for looks in (first, second):
        allowed(looks, 140)
    assert processes.unusual == []
    for looks in (first, second, first, second):
        allowed(looks, 40)
    assert len(processes.unusual) == 1
    processes.clock.advance(hours=1)
    allowed(first)
    assert len(processes.unusual) == 2


def test_looks_are_bounded_although_they_cannot_be_written_down(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise ServiceUnavailable

    looks = processes.another()
    with monkeypatch.context() as patch:
        patch.setattr(processes.counts, "add", fail)
        assert allowed(looks, 50) == 50
    assert allowed(looks, 10) == 10
    assert processes.counts.add("guard", processes.clock(), 0) == 60


def test_the_looks_of_an_hour_that_has_ended_are_forgotten(processes: Processes) -> None:
    looks = processes.another()
    allowed(looks, 590)
    processes.clock.advance(minutes=61)
    assert allowed(looks) == 600
    assert processes.clock() - processes.clock.now < timedelta(seconds=1)
