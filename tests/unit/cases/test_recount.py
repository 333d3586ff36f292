"""Whatever the order of facts and events, whichever worker dies: the contacts are those of a recount by plain code.

The ports are the fakes here. `tests/integration/cases/test_recount.py` does the same on moto, where workers die before
each call of AWS.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.models.cases.events import CaseEvent
from chalicelib.models.tracing.exposures import Exposure
from chalicelib.services.cases import searches
from chalicelib.services.tracing import exposures as tracing
from tests.forms import NOW
from tests.recounts.worlds import Run, Storage, World, random_world, seeded
from tests.unit.fakes.cases import Cases
from tests.unit.fakes.tracing import Exposures

WORLDS = 80


@pytest.fixture(autouse=True)
def _one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads would make a seed mean something else each time."""
    for module in (searches, tracing):
        monkeypatch.setattr(module, "in_parallel", lambda work, items: [work(each) for each in items])


def in_memory(exposures: Exposures | None = None, cases: Cases | None = None) -> Storage:
    kept, stored = exposures or Exposures(), cases or Cases(NOW)

    def stream() -> list[CaseEvent]:
        new, stored.stream = stored.stream, []
        return new

    return Storage(stored, kept, kept, stream)


def differing(make: Callable[[], Storage]) -> Iterator[int]:
    """The numbers of the worlds whose contacts differ from the recount."""
    for seed in range(WORLDS):
        random = seeded(seed)
        world = random_world(random, NOW)
        run = Run(world, make(), random, dies=random.choice([0, 0.02]), interrupts=random.choice([0, 0.2]))
        run.run()
        if run.found() != world.reasons():
            yield seed + 1


def test_contacts_are_those_of_a_recount() -> None:
    assert list(differing(in_memory)) == []


def test_worlds_have_what_can_go_wrong() -> None:
    worlds = [random_world(seeded(seed), NOW) for seed in range(WORLDS)]
    reasons = [each.reasons() for each in worlds]
    kinds = {reason.kind for each in reasons for reason in each}
    assert kinds == {"declaration", "vehicle", "household", "host", "service", "checkpoint", "commune"}
    assert {reason.hop for each in reasons for reason in each} == {1, 2, 3}
    assert sum(len(each) > 5 for each in reasons) > WORLDS / 3


def test_a_worker_may_die_before_any_call() -> None:
    """One world, as often as it has calls."""
    world = _a_world_to_die_in()
    run = Run(world, in_memory(), seeded(1))
    run.run()
    assert run.found() == world.reasons()
    for number in range(1, run.calls + 1):
        dying = Run(world, in_memory(), seeded(1), dies_at=number)
        dying.run()
        assert dying.found() == world.reasons(), number


class ReadsFirst(Exposures):
    """A case that leaves its marker when it has read already."""

    def put(self, marker: Any, keep_until: Any) -> None:
        self.read_already, self.late = list(self.kept), [*getattr(self, "late", []), (marker, keep_until)]

    def exposures_at(self, *arguments: Any, **named: Any) -> list[Exposure]:
        for each in self.late:
            super().put(*each)
        now, self.kept, self.late = self.kept, self.read_already, []
        found = super().exposures_at(*arguments, **named)
        self.kept = now
        return found


class NoMarkers(Exposures):
    def put(self, marker: Any, keep_until: Any) -> None:
        """Nothing."""


class NoAliases(Exposures):
    def other_numbers(self, person: str) -> list[str]:
        return []


class AllIsSearched(Cases):
    """A person who was searched once is not searched again from an earlier time."""

    def searched_since(self, code: str, persons: Any, hops: Any) -> Any:
        found = super().searched_since(code, persons, hops)
        return {person: NOW.replace(year=2000) for person in found}


class LosesEdges(Cases):
    """A conditional write that takes all facts of one person for the same."""

    def append_edges(self, case: Any, edges: Any) -> int:
        alike = [(each.model_copy(update={"fact": "", "until": each.from_}), event) for each, event in edges]
        return super().append_edges(case, alike)


@pytest.mark.parametrize(
    "make",
    [
        lambda: in_memory(NoMarkers()),
        lambda: in_memory(NoAliases()),
        lambda: in_memory(cases=AllIsSearched(NOW)),
        lambda: in_memory(cases=LosesEdges(NOW)),
    ],
    ids=["no markers", "no aliases", "searched from now on", "loses edges"],
)
def test_a_planted_fault_is_seen(make: Callable[[], Storage]) -> None:
    assert any(differing(make))


@pytest.mark.parametrize("interrupts_search", [True, False])
def test_a_fact_that_comes_at_any_moment_of_a_search_is_found(interrupts_search: bool) -> None:
    assert set(_races(in_memory, interrupts_search)) == {True}


def test_markers_that_are_left_after_reading_are_seen() -> None:
    assert False in set(_races(lambda: in_memory(ReadsFirst()), interrupts_search=True))


def test_markers_that_are_read_before_the_exposures_are_written_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    met_by = tracing._met_by

    def store(exposures: Any, aliases: Any, keep_until: Any, *, tracer: tracing.Tracer) -> None:
        met = met_by(exposures, aliases, tracer.find_markers, tracer.zone)
        tracer.append(exposures, keep_until)
        tracer.append_aliases(aliases, keep_until)
        if met:
            tracer.search_again(met)

    monkeypatch.setattr("tests.recounts.worlds.store", store)
    assert False in set(_races(in_memory, interrupts_search=False))


def _races(make: Callable[[], Storage], interrupts_search: bool) -> Iterator[bool]:
    """For each call that may be interrupted: whether the contacts are those of the recount."""
    world = _a_world_to_die_in()
    for code in sorted({each.code[:13] for each in world.exposures}):
        late = [each for each in world.exposures if each.code.startswith(code)]
        others = [each for each in world.exposures if each not in late]
        if replace(world, exposures=others).reasons() == world.reasons():
            continue  # it makes no difference
        number = 1
        while True:
            run = Run(world, make(), seeded(1), twice=0)
            if not run.run_with(late, number, interrupts_search=interrupts_search):
                break
            yield run.found() == world.reasons()
            number += 1


def _a_world_to_die_in() -> World:
    """The one of the fewest exposures that has an alias, several hops and some reasons."""
    worlds = (random_world(seeded(seed), NOW) for seed in range(300))
    fit = [each for each in worlds if each.aliases and each.case.hops > 1 and 3 < len(each.reasons()) < 12]
    return min(fit, key=lambda each: len(each.exposures))
