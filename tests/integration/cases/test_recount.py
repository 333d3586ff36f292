"""The same as `tests/unit/cases/test_recount.py`, with the real storage on moto: workers die at calls of AWS."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.models.cases.events import CaseEvent
from chalicelib.services.cases import searches
from chalicelib.services.tracing import exposures as tracing
from chalicelib.storage.cases.cases import CaseRow, Cases, event_of
from chalicelib.storage.tables import Table
from chalicelib.storage.tracing.exposures import ExposureRow, Exposures
from chalicelib.storage.tracing.markers import Markers
from infra.accounts import calls
from tests.recounts.worlds import Died, Run, Storage, World, random_world, seeded
from tests.tables import client, create_table, rows

NOW = datetime.now(UTC).replace(microsecond=0)
"""The real time: storage leaves out what has expired."""


class Aws:
    """Tables of their own, and one call of them at which the worker dies: before it, or when it is done."""

    def __init__(self, name: str, dies_at: int = 0, *, done: bool = False) -> None:
        self.name, self.calls, self._dies_at, self._done = name, 0, dies_at, done
        self._dynamodb: Callable[[str, Mapping[str, Any]], dict[str, Any]] = calls(client("dynamodb"))
        self._forwarded: set[tuple[str, str]] = set()

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self.calls += 1
        dies = self.calls == self._dies_at
        if dies and not self._done:
            raise Died
        answer = self._dynamodb(operation, request)
        if dies:
            raise Died
        return answer

    def storage(self) -> Storage:
        for table in ("Cases", "Tracing"):
            create_table(table, f"{table.lower()}-{self.name}")
        tracing_table = Table(ExposureRow, f"tracing-{self.name}", self)
        cases = Cases(Table(CaseRow, f"cases-{self.name}", self), retention=timedelta(days=180))
        exposures = Exposures(tracing_table, time_zone="Asia/Ho_Chi_Minh")
        return Storage(cases, Markers(tracing_table), exposures, self._new_events)

    def _new_events(self) -> list[CaseEvent]:
        """What the stream would bring."""
        keys = {(row["case"]["S"], row["row"]["S"]) for row in rows(f"cases-{self.name}")}
        new, self._forwarded = sorted(keys - self._forwarded), keys | self._forwarded
        events = [event_of({"case": {"S": case}, "row": {"S": row}}) for case, row in new]
        return [each for each in events if each is not None]


@pytest.fixture(autouse=True)
def _one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (searches, tracing):
        monkeypatch.setattr(module, "in_parallel", lambda work, items: [work(each) for each in items])


@pytest.mark.parametrize("seed", range(2))
def test_contacts_are_those_of_a_recount(aws: dict[str, str], seed: int) -> None:
    random = seeded(seed)
    world = random_world(random, NOW, people=6)
    run = Run(world, Aws(str(seed)).storage(), random, dies=0.01, interrupts=0.1)
    run.run()
    assert run.found() == world.reasons()


@pytest.mark.parametrize("done", [False, True])
def test_a_worker_may_die_at_any_call_of_aws(aws: dict[str, str], done: bool) -> None:
    """At some calls, as moto takes its time; tests of units have each call of a port."""
    world = _small()
    whole = Aws("whole")
    run = Run(world, whole.storage(), seeded(1), twice=0)
    run.run()
    assert run.found() == world.reasons()
    for number in range(4, whole.calls, whole.calls // 4):
        connection = Aws(f"{number}-{done}", number, done=done)
        dying = Run(world, connection.storage(), seeded(1), twice=0)
        dying.run()
        assert dying.found() == world.reasons(), number


def _small() -> World:
    worlds = (random_world(seeded(seed), NOW) for seed in range(200))
    fit = [each for each in worlds if each.case.hops > 1 and 3 <= len(each.reasons()) <= 6]
    return min(fit, key=lambda each: len(each.exposures))
