"""Races on the local stack: many people decide about the same passes at the same moment, postings change, workers die.

A round declares some people, then everyone acts on their passes at once, then supervisors settle what does not fit.
Rounds run beside each other until the time is over.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from time import sleep
from typing import Any, NamedTuple
from uuid import uuid4

import psutil

from chalicelib.models.staff.roles import Role
from infra.accounts import engine
from infra.local.stack import Stack
from infra.stacks import resources
from tests.histories.calls import Call, History, Kind, now
from tests.histories.checker import faults, ours_of
from tests.histories.people import GATES, Member, enlist, form, mark, moment
from tests.histories.permit_steps import PermitSteps
from tests.histories.tables import CODE, Tables, plain, stored
from tests.journeys.actors import ALL_QUEUES, Witness, workers
from tests.journeys.faulty_aws import (
    MOST_TRIES,
    FaultyAws,
    in_front_of,
    kills_after,
    kills_before,
    loses_the_answer,
    redelivery,
)

AT_ONCE = 6
"""Calls of a round."""
ROUNDS = 2
"""Beside each other. More would only wait for the two cores that such a machine has."""

_VISIBILITY = 10
"""Seconds instead of 120 and more, so that nobody waits long for what a killed worker had."""

_KILLED = {"FanOut": 4, "Trace": 4, "Notify": 4, "NotifyDeclared": 4, "Gate": 1, "APIHandler": 1, "Office": 1}
"""Functions by their names in the template, and how often each is chosen. Those of routes start slowly, and while they
start nothing races; the gates' are killed in the middle of their work, besides."""
_FAULTS = {
    "Gate": (
        ("dynamodb:PutItem", kills_after, 20, 60),
        ("dynamodb:PutItem", kills_before, 45, 120),
        ("dynamodb:PutItem", loses_the_answer, 10, 30),
        ("dynamodb:TransactWriteItems", kills_after, 15, 45),
        ("dynamodb:TransactWriteItems", kills_before, 30, 90),
        ("dynamodb:TransactWriteItems", loses_the_answer, 5, 25),
    ),
    "APIHandler": (
        ("dynamodb:PutItem", kills_after, 8, 30),
        ("dynamodb:PutItem", kills_before, 20, 60),
        ("dynamodb:PutItem", loses_the_answer, 4, 15),
    ),
    "Office": (
        ("dynamodb:TransactWriteItems", kills_after, 12, 40),
        ("dynamodb:TransactWriteItems", kills_before, 25, 80),
        ("dynamodb:TransactWriteItems", loses_the_answer, 5, 20),
    ),
    "NotifyDeclared": (("sns:Publish", kills_after, 10, 40), ("sns:Publish", kills_before, 25, 40)),
}
"""For functions by their names in the template: operation, what happens to it, and to which of its calls: the first,
and then each so-many-th. The second half of a text's delivery is the window in which it may be sent again."""
_SEND_TEXTS = ("Notify", "NotifyDeclared")

_DECISIONS = ("admit", "admit", "admit", "refuse", "isolate")

_LOSES_NETWORK = 0.05
"""The share of calls whose sender is gone before the answer can come."""
_A_MOMENT, _GIVES_UP = 0.1, 0.03
"""Seconds. Those who begin earliest give up if no answer comes."""

_TRACED_LATER = 30.0
"""Seconds after which the worker hears of a crossing by permit (`docs/design/permits.md`)."""

_PATIENCE = 180.0
"""Seconds for what a killed worker had to come again."""


@dataclass
class Crew:
    """Who takes part."""

    public: Member
    guards: list[Member]
    """Stay where they are."""
    wanderers: list[Member]
    """Are posted to and fro: one every few seconds, one less often than a process keeps a posting."""
    supervisors: list[Member]
    health: Member
    administrator: Member
    device: Member
    """Only syncs."""

    @classmethod
    def of(cls, stack: Stack, history: History) -> "Crew":
        def member(name: str, role: Role, gate: str | None = None) -> Member:
            return Member(stack, history, enlist(stack, f"race-{name}", role.value), gate)

        first, second = GATES
        return cls(
            public=Member(stack, history),
            guards=[member(f"guard-{n}", Role.CHECKPOINT, GATES[n % 2]) for n in range(4)],
            wanderers=[member(f"wanderer-{n}", Role.CHECKPOINT, first) for n in range(2)],
            supervisors=[member(f"supervisor-{n}", Role.SUPERVISOR, GATES[n % 2]) for n in range(3)],
            health=member("health", Role.HEALTH),
            administrator=member("administrator", Role.ADMINISTRATOR),
            device=member("device", Role.CHECKPOINT, second),
        )

    def take_posts(self) -> None:
        """Faults are on already, so a call may fail. Fails when patience ends."""
        end = now() + _PATIENCE
        for each in (*self.guards, *self.wanderers, *self.supervisors, self.device):
            while not self.administrator.calls(Kind.POST, {"checkpoint": each.gate}, about=each.subject).succeeded:
                assert now() < end, f"after {_PATIENCE:.0f} s nobody could be posted to {each.gate}"
                sleep(0.2)


@dataclass
class Race:
    """What happened."""

    history: History
    kills: Counter[str] = field(default_factory=Counter)
    """Workers that were killed, by function."""

    @property
    def resends(self) -> int:
        """How many texts may have been sent a second time."""
        return sum(self.kills[function] for function in _SEND_TEXTS)

    @property
    def posts(self) -> list[Call]:
        """The calls that posted staff. They count for the next race on the same stack, too."""
        return [call for call in self.history if call.kind is Kind.POST]


class Judged(NamedTuple):
    """What the checker says of a race: faults, a line each; and how many facts it found on record."""

    faults: list[str]
    facts: int
    tables: Tables


def judge(stack: Stack, result: Race) -> Judged:
    """Check a race. What workers have not done yet is no fault before patience ends."""
    witness, end = Witness(stack), now() + _PATIENCE
    while True:
        tables = Tables.of(witness)
        found = faults(result.history, tables, kills=result.resends)
        if not found or now() > end:
            records = ours_of(list(result.history), stored(tables)[0])
            return Judged(found, sum(record.facts for record in records.values()), tables)
        sleep(3)


def race(stack: Stack, seconds: float, *, seed: int, posts: Sequence[Call] = ()) -> Race:
    """Race for some time, longer if something has never succeeded by then, and wait until the queues are empty. `posts`
    are those of the race before."""
    result = Race(History(posts))
    crew = Crew.of(stack, result.history)
    over = Event()
    with _faults(stack, result, seed):
        crew.take_posts()
        _wake(crew)
        end = now() + seconds
        beside = [
            Thread(target=_wander, args=(crew, over, seed)),
            Thread(target=_sync, args=(crew.device, over)),
            Thread(target=_kill, args=(stack, result.kills, over, seed)),
        ]
        for thread in beside:
            thread.start()
        try:
            with ThreadPoolExecutor(ROUNDS) as rounds:
                chances = [_chances(seed, f"round {number}") for number in range(ROUNDS)]
                list(rounds.map(lambda each: _rounds(crew, result.history, end, each), chances))
        finally:
            over.set()
            for thread in beside:
                thread.join()
        # Before the functions get their own AWS back, which ends their workers: nobody would count those.
        _wait_until_quiet(Witness(stack))
    return result


@contextmanager
def _faults(stack: Stack, result: Race, seed: int) -> Iterator[None]:
    """Workers that die right before or right after a call, and answers of the database that are lost."""
    with ExitStack() as opened:
        opened.enter_context(redelivery(stack, *ALL_QUEUES, after=_VISIBILITY, tries=MOST_TRIES))
        all_of: dict[str, FaultyAws] = {}
        for function, faulty in _FAULTS.items():
            variables = {"STAFF_LOOKS_AN_HOUR": "100000"} if function in ("Gate", "Office") else {}
            all_of[function] = aws = opened.enter_context(in_front_of(stack, function, **variables))
            for operation, fault, first, every in faulty:
                aws.when(operation, fault, calls=range(first + seed % 5, 1_000_000, every))
        yield
    for function, aws in all_of.items():
        result.kills[function] += sum(len(rule.met) for rule in aws.rules if rule.fault in (kills_after, kills_before))
        if aws.broken:
            raise AssertionError(f"the stand-in of AWS failed: {aws.broken}")


def _wake(crew: Crew) -> None:
    """Have as many workers of the gates as calls at once: who waits for a worker to start does not race."""
    with ThreadPoolExecutor(AT_ONCE * ROUNDS) as people:
        list(people.map(lambda _: crew.health.calls(Kind.CHECK, about="0" * CODE), range(AT_ONCE * ROUNDS)))
        list(people.map(lambda _: crew.public.calls(Kind.STATE, about="0" * CODE), range(AT_ONCE)))


def _chances(seed: int, of: str) -> random.Random:
    """The same choices for the same seed. When they meet is another matter."""
    return random.Random(f"{seed} {of}")  # noqa: S311 - no secret


def _rounds(crew: Crew, history: History, end: float, rng: random.Random) -> None:
    with ThreadPoolExecutor(AT_ONCE) as people:
        while now() < end or (now() < end + _PATIENCE and _is_missing(history)):
            # Nobody should wait for the last crossings by permit when the time is over.
            with_permits = now() < end - _TRACED_LATER or _is_missing(history)
            _Round(crew, people, rng).run(with_permits=with_permits)


def _is_missing(history: History) -> bool:
    """Whether something has never succeeded."""
    return {each.kind for each in history if each.succeeded} != {*Kind}


def _wander(crew: Crew, over: Event, seed: int) -> None:
    rng, often, seldom = _chances(seed, "posts"), *crew.wanderers
    by = (crew.administrator, crew.supervisors[2])
    next_often, next_seldom = 0.0, now() + 80
    while not over.wait(0.2):
        if now() > next_often:
            rng.choice(by).calls(Kind.POST, {"checkpoint": rng.choice([*GATES, None])}, about=often.subject)
            next_often = now() + rng.uniform(1, 4)
        if now() > next_seldom:
            by[0].calls(Kind.POST, {"checkpoint": rng.choice(GATES)}, about=seldom.subject)
            next_seldom = now() + 80


def _sync(device: Member, over: Event) -> None:
    cursor = ""
    while not over.wait(1.5):
        synced = device.calls(Kind.SYNC, about=f"?since={cursor}" if cursor else "")
        if synced.succeeded:
            cursor = synced.answer["cursor"]


def _kill(stack: Stack, kills: Counter[str], over: Event, seed: int) -> None:
    """Kill a worker every second or so, whatever it is doing."""
    rng = _chances(seed, "kills")
    physical = resources(engine(stack["endpoint_url"], stack["region"]), stack["stack_name"])
    while not over.wait(rng.uniform(0.5, 2.5)):
        (function,) = rng.choices(list(_KILLED), list(_KILLED.values()))
        there = [process for process, name, _ in workers(stack) if name == physical[function]]
        with suppress(psutil.NoSuchProcess, IndexError):  # nobody is there, or they ended while we looked
            rng.choice(there).kill()
            kills[function] += 1


def _wait_until_quiet(witness: Witness) -> None:
    """Until no event has been on its way for some seconds, or patience ends: the checker sees it then."""
    end, quiet = now() + _PATIENCE, 0
    while quiet < 4 and now() < end:
        sleep(1)
        quiet = 0 if any(map(witness.waiting, ALL_QUEUES)) else quiet + 1


class _Round:
    """Some people are declared, and everyone acts on their passes at once."""

    def __init__(self, crew: Crew, people: ThreadPoolExecutor, rng: random.Random) -> None:
        self._crew, self._people, self._rng = crew, people, rng
        self._codes: list[list[str]] = []
        """Of each declaration."""
        self._secrets: dict[str, str] = {}
        """Of passes, by code."""
        self._conflicts: set[str] = set()
        officers, guards = [crew.health, *crew.supervisors], [*crew.guards, *crew.wanderers]
        self._permits = PermitSteps(officers, guards, rng, self._perhaps_twice, self._gate_of)

    def run(self, *, with_permits: bool) -> None:
        self._at_once([*self._declarations(), *(self._permits.requests() if with_permits else [])])
        if self._codes:
            self._at_once([step for _ in range(3) for step in self._decisions()] + self._permits.decisions())
            later = [*self._settlements(), *self._looks(), *self._corrections(2)]
            self._at_once([*later, *self._permits.revocations()])
            self._at_once([*self._looks(), *self._permits.crossings()])

    def _at_once(self, steps: Sequence[Callable[[], Call]]) -> None:
        """Everyone begins within a moment, in any order."""
        shuffled = self._rng.sample(steps, len(steps))
        pauses = [self._rng.uniform(0, _A_MOMENT) for _ in steps]

        def act(step: Callable[[], Call], pause: float) -> Call:
            sleep(pause)
            call = step()
            answered = call.succeeded or call.refused
            # Who gets no answer sends the same again, or gives up. A form with a new key would be another declaration.
            again = not answered and pause > _GIVES_UP and (call.kind is not Kind.DECLARE or call.key)
            return step() if again else call

        for call in self._people.map(act, shuffled, pauses):
            self._learn(call)

    def _learn(self, call: Call) -> None:
        if call.kind is Kind.DECLARE and call.succeeded:
            codes = [plain(each["code"]) for each in call.answer["passes"]]
            if codes not in self._codes:
                self._codes.append(codes)
            self._secrets |= {plain(each["code"]): each["secret"] for each in call.answer["passes"] if "secret" in each}
        self._permits.learn(call)
        if call.kind is Kind.BATCH and call.succeeded:
            self._conflicts |= {line["conflict"]["id"] for line in call.answer["lines"] if "conflict" in line}

    def _declarations(self) -> list[Callable[[], Call]]:
        rng, key = self._rng, str(uuid4())
        one, other = (form(rng.randint(0, 3), rng.choice(GATES)) for _ in range(2))
        # A key belongs to a phone.
        other["traveller"]["phone"] = one["traveller"]["phone"]
        by = rng.choice([self._crew.public, self._crew.public, self._crew.guards[0]])
        with_key = [one] * rng.randint(1, 3) + [other] * rng.randint(0, 1)
        steps = [self._step(by, Kind.DECLARE, each, key=key) for each in with_key]
        if rng.random() < 0.4:
            steps.append(
                self._step(rng.choice([self._crew.public, self._crew.guards[1]]), Kind.DECLARE, form(1, GATES[0]))
            )
        return steps

    def _decisions(self) -> list[Callable[[], Call]]:
        """Some of everything that can be done with a pass."""
        rng, crew = self._rng, self._crew
        code = rng.choice(rng.choice(self._codes))
        steps: list[Callable[[], Call]] = []
        for _ in range(rng.randint(1, 3)):
            steps += self._crossing(code)
        if rng.random() < 0.6:
            steps += self._group(rng.choice(self._codes))
        if rng.random() < 0.6:
            steps += self._batch()
        if rng.random() < 0.35:
            by = rng.choice([crew.health, *crew.supervisors])
            steps += self._perhaps_twice(by, Kind.REVOKE, {"code": code, "reason": mark()})
        if rng.random() < 0.5:
            for by in rng.sample(crew.guards, rng.randint(1, 3)):
                steps += self._perhaps_twice(
                    by, Kind.LEAVE, {"code": code, "checkpoint": self._gate_of(by), "direction": "out"}
                )
        if rng.random() < 0.5:
            steps += self._arrivals(code)
        return [*steps, *self._corrections(1), *rng.sample(self._looks(), 1)]

    def _arrivals(self, code: str) -> list[Callable[[], Call]]:
        """Guards in the queue record who waits, and so does the holder's own phone."""
        rng, by = self._rng, self._recorder()
        codes = list(dict.fromkeys([code, *rng.choice(self._codes)]))
        asked = {"checkpoint": self._gate_of(by), "arrivals": [{"code": each} for each in codes]}
        steps = self._perhaps_twice(by, Kind.ARRIVE, asked)
        board = rng.choice(self._crew.guards).board()
        if board and code in self._secrets:
            secret, public = self._secrets[code], self._crew.public
            steps += self._perhaps_twice(public, Kind.ARRIVE_ALONE, {"board": board}, about=code, key=secret)
        return steps

    def _crossing(self, code: str) -> list[Callable[[], Call]]:
        by = self._recorder()
        asked = by.crossing(code, self._rng.choice(_DECISIONS), self._gate_of(by))
        if self._rng.random() < 0.2:
            # A device that lost our answer sends the crossing again as one without network.
            line = {**asked, "id": "1", "recorded_at": moment(0)}
            batch = {"device": str(uuid4()), "sent_at": moment(0), "crossings": [line]}
            return [self._step(by, Kind.CROSS, asked), self._step(by, Kind.BATCH, batch)]
        return self._perhaps_twice(by, Kind.CROSS, asked)

    def _group(self, codes: list[str]) -> list[Callable[[], Call]]:
        rng, by = self._rng, self._recorder()
        others = rng.sample(self._codes, 1)[0]
        everyone = list(dict.fromkeys([*codes, *others]))
        asked = {
            "codes": everyone,
            "checkpoint": self._gate_of(by),
            "decision": "admit",
            "temperature": 36.5,
            "reason": mark(),
            "mode": rng.choice(["all", "all", "each"]),
            "exceptions": [{"code": rng.choice(everyone), "decision": "isolate", "reason": mark()}] * rng.randint(0, 1),
        }
        return self._perhaps_twice(by, Kind.GROUP, asked)

    def _batch(self) -> list[Callable[[], Call]]:
        """What a device kept: with a clock that is wrong, times that cannot be, the same pass twice."""
        rng, by = self._rng, self._recorder()
        wrong = rng.choice([0, 0, 0, 7200, -900])
        codes = [rng.choice(rng.choice(self._codes)) for _ in range(rng.randint(1, 4))]
        lines = [
            {
                **by.crossing(code, rng.choice(_DECISIONS), self._gate_of(by)),
                "id": f"{number}",
                "recorded_at": moment(wrong + rng.choice([-1, -1, -1, -3600, 1800])),
            }
            for number, code in enumerate(codes)
        ]
        if rng.random() < 0.3:
            lines.append(lines[0])
        asked = {"device": str(uuid4()), "sent_at": moment(wrong), "crossings": lines}
        return self._perhaps_twice(by, Kind.BATCH, asked)

    def _corrections(self, most: int) -> list[Callable[[], Call]]:
        rng, crew = self._rng, self._crew
        steps: list[Callable[[], Call]] = []
        code = rng.choice(rng.choice(self._codes))
        for _ in range(rng.randint(1, most)):
            by = rng.choice([*crew.guards, *crew.supervisors, *crew.wanderers])
            asked = {"code": code, "decision": rng.choice(_DECISIONS), "reason": mark()}
            steps += self._perhaps_twice(by, Kind.CORRECT, asked)
        return steps

    def _settlements(self) -> list[Callable[[], Call]]:
        """Supervisors settle the same conflicts, each in their own way. Some stay open."""
        rng = self._rng
        steps: list[Callable[[], Call]] = []
        for conflict in sorted(self._conflicts):
            for by in rng.sample(self._crew.supervisors, rng.randint(0, 3)):
                asked = {"decision": rng.choice(_DECISIONS), "reason": mark()}
                steps += self._perhaps_twice(by, Kind.SETTLE, asked, about=conflict)
        return steps

    def _looks(self) -> list[Callable[[], Call]]:
        crew, rng = self._crew, self._rng
        steps = [self._step(crew.public, Kind.STATE, about=code) for codes in self._codes for code in codes[:2]]
        steps += [
            self._step(rng.choice([*crew.guards, crew.health]), Kind.CHECK, about=code)
            for codes in self._codes
            for code in codes[:3]
        ]
        return steps + [self._step(crew.guards[1], Kind.MANIFEST, about=codes[0]) for codes in self._codes]

    def _recorder(self) -> Member:
        crew = self._crew
        return self._rng.choice([*crew.guards, *crew.guards, *crew.supervisors[:2], *crew.wanderers])

    def _gate_of(self, by: Member) -> str:
        """Where they are posted; now and then another gate, where they may not record."""
        return self._rng.choice(GATES) if self._rng.random() < 0.1 or by.gate is None else by.gate

    def _perhaps_twice(
        self, by: Member, kind: Kind, asked: Any, *, about: str = "", key: str = ""
    ) -> list[Callable[[], Call]]:
        return [self._step(by, kind, asked, about=about, key=key)] * self._rng.choice([1, 1, 2])

    def _step(self, by: Member, kind: Kind, asked: Any = None, *, about: str = "", key: str = "") -> Callable[[], Call]:
        if self._rng.random() < _LOSES_NETWORK:
            patience = self._rng.uniform(0.02, 0.5)
            return lambda: by.calls(kind, asked, about=about, key=key, patience=patience)
        return lambda: by.calls(kind, asked, about=about, key=key)
