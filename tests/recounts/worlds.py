"""Small random worlds: people who travel, with facts that come in any order, to workers that die."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.models.cases.cases import CASE, Case, CasePerson
from chalicelib.models.cases.contacts import Groups, counted
from chalicelib.models.cases.events import CaseEvent
from chalicelib.models.entry.codes import Code
from chalicelib.models.events import Event
from chalicelib.models.tracing.exposures import Exposure, ExposureKind, PersonAlias
from chalicelib.models.tracing.markers import SearchEvent
from chalicelib.services.cases.searches import Searcher, expand
from chalicelib.services.tracing.exposures import Tracer, store
from tests.recounts.recount import Question, Reason, recount

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = timedelta(days=1)
RETENTION = timedelta(days=21)

MOST_DEATHS = 10
"""Of one run. Each leaves some events that come twice; without an end they would come faster than they are done."""


class Died(Exception):
    """A worker was killed between two calls."""


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - no secret


@dataclass
class World:
    """People, what is known of them in the end, and a case."""

    exposures: list[Exposure]
    aliases: list[PersonAlias]
    case: Case

    def reasons(self) -> set[Reason]:
        """By the recount."""
        case = self.case
        question = Question(
            persons=case.persons,
            begins=case.infectious_from,
            ends=case.searched_until(0),
            contacts_end=case.searched_until(1),
            hops=case.hops,
            minutes=case.checkpoint_minutes,
            days=case.household_days,
            communes=case.communes,
            zone=ZONE,
        )
        return recount(self.exposures, [(each.person, each.other) for each in self.aliases], question)


def random_world(random: Random, now: datetime, *, people: int = 12) -> World:
    """Trips of one to four people, by vehicles, services and gates of which there are few."""
    exposures: list[Exposure] = []
    numbers = [f"p{number:02d}" for number in range(people)]
    for trip in range(random.randint(3, 12)):
        at = now - random.randint(0, 6 * 24 * 12) * timedelta(minutes=5)
        shared: dict[str, Any] = {
            "plate": random.choice([None, "plate1", "plate2", "plate3"]),
            "address": random.choice([None, "home1", "home2", "home3", "home4"]),
            "host": random.choice([None, None, "host1", "host2"]),
            "service": random.choice([None, None, "bus1", "bus2"]),
            "commune": random.choice(["25480", "25459", "25486"]),
        }
        gate = random.choice(["an-hoa", "an-tinh"])
        for person, number in enumerate(random.sample(numbers, random.randint(1, 4))):
            code = str(Code.of(trip + 1, person))
            exposures.append(Exposure(kind=ExposureKind.DECLARED, at=at, code=code, person=number, **shared))
            if random.random() < 0.7:
                crossed = at + random.randint(-30, 30) * timedelta(minutes=1)
                kind = ExposureKind.CROSSED
                exposures.append(Exposure(kind=kind, at=crossed, code=code, person=number, checkpoint=gate, **shared))
    pairs = {tuple(random.sample(numbers, 2)) for _ in range(random.choice([0, 0, 1, 2]))}
    aliases = [PersonAlias(now - DAY, str(Code.of(99, n)), one, other) for n, (one, other) in enumerate(sorted(pairs))]
    begins = now - random.randint(1, 7) * DAY
    case = Case(
        code=str(Code.of(random.getrandbits(65), CASE)),
        person=CasePerson(),
        persons=[random.choice(exposures).person],
        infectious_from=begins,
        infectious_until=begins + random.randint(1, 6) * DAY,
        hops=random.randint(1, 3),
        communes=random.random() < 0.3,
        checkpoint_minutes=random.choice([0, 15, 45]),
        household_days=random.choice([0, 2, 14]),
        policy_version="1",
        opened_by="officer",
        opened_at=now - random.randint(0, 2) * DAY,
    )
    return World(exposures, aliases, case)


@dataclass
class Storage:
    """The ports, by one connection."""

    cases: Any
    places: Any
    exposures: Any
    stream: Callable[[], Sequence[CaseEvent | SearchEvent]]
    """The events of rows that are new since the last call."""


@dataclass
class Run:
    """The facts of a world come in, the case is opened, and events are worked off: in a random order. Before any call
    of a worker another one may do all its work, or the worker may die and its event come again."""

    world: World
    storage: Storage
    random: Random
    dies: float = 0.0
    interrupts: float = 0.0
    twice: float = 0.05
    """How many events come again."""
    dies_at: int | None = None
    """The one call at which a worker dies; None for any, with the probability above."""
    calls: int = 0
    deaths: int = 0
    queue: list[CaseEvent | SearchEvent] = field(default_factory=list)
    waiting: list[Callable[[], object]] = field(default_factory=list)
    depth: int = 0
    between: tuple[int, Callable[[], object]] | None = None
    """What happens once, before the call with this number."""

    def run(self) -> None:
        world, keep_until = self.world, datetime.now(UTC) + DAY
        by_code: dict[tuple[str, ExposureKind], list[Exposure]] = {}
        for each in world.exposures:
            by_code.setdefault((each.code[:13], each.kind), []).append(each)
        self.waiting = [partial(self._trace, each, [], keep_until) for each in by_code.values()]
        self.waiting += [partial(self._trace, [], [each], keep_until) for each in world.aliases]
        self.waiting += [partial(self.storage.cases.open, world.case, keep_until)]
        if self.random.random() < 0.3:
            self.waiting += self.waiting[: self.random.randint(0, 5)]  # events that come twice
        self.random.shuffle(self.waiting)
        while self._step():
            pass

    def run_with(self, late: Sequence[Exposure], at: int, *, interrupts_search: bool) -> bool:
        """All other facts are there. Before one call of the search these late ones come in as a whole; or before one
        call of their writing the case is opened, and the search done as a whole. Whether there was such a call."""
        keep_until = datetime.now(UTC) + DAY
        self._trace([each for each in self.world.exposures if each not in late], self.world.aliases, keep_until)

        def search() -> None:
            self.storage.cases.open(self.world.case, keep_until)
            while self._step():
                pass

        trace: Callable[[], object] = partial(self._trace, late, [], keep_until)
        outer, inner = (search, trace) if interrupts_search else (trace, search)
        self.between = (self.calls + at, inner)
        outer()
        interrupted = self.between is None
        while self._step():
            pass
        return interrupted

    def late(self, exposures: Sequence[Exposure]) -> None:
        """They come in after all else, and what waits then is done."""
        self._trace(exposures, [], datetime.now(UTC) + DAY)
        while self._step():
            pass

    def found(self) -> set[Reason]:
        case = self.world.case
        groups = Groups(self.storage.cases.same(case.code), case.persons)
        return {
            Reason(
                each.hop,
                groups.of(each.person),
                groups.of(each.through),
                str(each.kind),
                each.until.astimezone(ZONE).date(),
                each.from_,
                each.until,
            )
            for each in counted(self.storage.cases.edges(case.code), groups, ZONE)
        }

    def _step(self) -> bool:
        """Do one thing that waits. False if nothing does."""
        self.queue += self.storage.stream()
        if self.waiting and (not self.queue or self.random.random() < 0.3):
            self._work(self.waiting.pop(), self.waiting)
            return True
        if not self.queue:
            return False
        event = self.queue.pop(self.random.randrange(len(self.queue)))
        if self.random.random() < self.twice:
            self.queue.append(event)
        self._work(partial(self._expand, event), self.waiting)
        return True

    def _work(self, work: Callable[[], object], again: list[Callable[[], object]]) -> None:
        try:
            work()
        except Died:
            again.insert(0, work)

    def _expand(self, event: CaseEvent | SearchEvent) -> None:
        storage = self.storage
        searcher = Searcher(
            cases=_Watched(storage.cases, self),
            places=_Watched(storage.places, self),
            other_numbers=_Watched(storage.exposures, self).other_numbers,
            send=self._send,
            zone=ZONE,
            retention=RETENTION,
            clock=lambda: self.world.case.opened_at,
        )
        expand(event, find=searcher.cases.find, searcher=searcher)

    def _trace(self, exposures: Sequence[Exposure], aliases: Sequence[PersonAlias], keep_until: datetime) -> None:
        watched = _Watched(self.storage.exposures, self)
        tracer = Tracer(
            watched.append,
            watched.append_aliases,
            find_markers=_Watched(self.storage.places, self).at,
            search_again=self._search_again,
            zone=ZONE,
        )
        store(exposures, aliases, keep_until, tracer=tracer)

    def _search_again(self, due: Sequence[SearchEvent]) -> None:
        self._send(due)

    def _send(self, events: Sequence[Event]) -> None:
        for each in events:  # a batch may be sent in part
            assert isinstance(each, SearchEvent)
            self.before_a_call()
            self.queue.append(each)

    def before_a_call(self) -> None:
        self.calls += 1
        if self.between is not None and self.between[0] == self.calls:
            (_, happens), self.between = self.between, None
            happens()
        if self.calls == self.dies_at or (self.deaths < MOST_DEATHS and self.random.random() < self.dies):
            self.deaths += 1
            raise Died
        if self.depth < 3 and self.random.random() < self.interrupts:
            self.depth += 1
            try:
                self._step()
            finally:
                self.depth -= 1


class _Watched:
    """A port before each of whose calls something may happen."""

    def __init__(self, port: Any, run: Run) -> None:
        self._port, self._run = port, run

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self._run.before_a_call()
            return method(*arguments, **named)

        return call
