"""Try a policy out on today's declarations, before it is put in force."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from time import monotonic
from typing import TypeVar
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.passes import Pass
from chalicelib.models.people.province import Province
from chalicelib.models.policy.assessments import Assessment, evaluate
from chalicelib.models.policy.policies import Policy
from chalicelib.models.policy.texts import Level
from chalicelib.services.entry.ports import Arrivals, DeclarationsByName
from chalicelib.services.policy.policies import require_whole
from chalicelib.services.policy.ports import InForceSource
from chalicelib.services.ports import Clock

MOST_DECLARATIONS = 2000
"""What a trial looks at: enough to see what a policy does, and what fits into a request."""

_A_CALL = 100
"""Declarations that one call reads."""

_AT_ONCE = 8

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class NowAndThen:
    """How many persons: under the policies they were judged by, and under the one that is tried out."""

    now: int
    then: int


@dataclass(frozen=True, slots=True)
class Trial:
    """How the declarations of a day would have come out under another policy. Counts, and nobody's data."""

    day: date
    declarations: int
    persons: int
    complete: bool
    """Whether these are all declarations of the day."""
    stopped: NowAndThen
    """Persons with a finding that stops them."""
    different: int
    """Persons who would get another finding, instruction or paper, or a finding of another level."""
    findings: Mapping[str, NowAndThen]
    instructions: Mapping[str, NowAndThen]
    papers: Mapping[str, NowAndThen]


def try_out(
    policy: Policy,
    *,
    province: Province,
    declarations: DeclarationsByName,
    arrivals: Arrivals,
    in_force: InForceSource,
    clock: Clock,
    budget: timedelta,
) -> Trial:
    """Judge today's arrivals again, the last to arrive first, as far as the budget goes.

    Who arrives today follows from the declarations. They are found through the exposures, so a declaration counts as
    soon as it was traced: seconds after it was made. Persons whose data is restricted are left out.

    Raises `InvalidInput` with every problem of the policy.
    """
    require_whole(policy, province)
    deadline = monotonic() + budget.total_seconds()
    day = clock().astimezone(ZoneInfo(province.time_zone)).date()
    names, complete = _declared(province.communes(), day, arrivals, deadline)
    tally = _Tally(policy, in_force, declarations.restricted_passes())
    calls = [partial(declarations.find_declarations, names[at : at + _A_CALL]) for at in range(0, len(names), _A_CALL)]
    done = 0
    for found in _in_parallel(calls, deadline):
        for name, declaration in found.items():
            tally.add(name, declaration)
        done += 1
    return tally.trial(day, complete=complete and done == len(calls))


def _declared(communes: Sequence[str], day: date, source: Arrivals, deadline: float) -> tuple[list[str], bool]:
    """The declarations of a day, the last to arrive first, `MOST_DECLARATIONS` of them; and whether these are all."""
    arrivals: dict[str, str] = {}
    queries = [partial(_declared_in, commune, day, source, deadline) for commune in communes]
    complete, done = True, 0
    for found, whole in _in_parallel(queries, deadline):
        arrivals |= found
        complete = complete and whole
        done += 1
    latest = sorted(arrivals, key=lambda name: arrivals[name], reverse=True)
    complete = complete and done == len(queries) and len(latest) <= MOST_DECLARATIONS
    return latest[:MOST_DECLARATIONS], complete


def _declared_in(commune: str, day: date, source: Arrivals, deadline: float) -> tuple[dict[str, str], bool]:
    """Of one commune: the declarations with their arrivals, and whether these are all. A group has a row for each."""
    arrivals: dict[str, str] = {}
    for arrival, name in source.declared(commune, day):
        if monotonic() >= deadline or len(arrivals) > MOST_DECLARATIONS:
            return arrivals, False
        arrivals[name] = arrival
    return arrivals, True


def _in_parallel(calls: Sequence[Callable[[], _T]], deadline: float) -> Iterator[_T]:
    """What the calls give back by the deadline, in the order in which they are done."""

    def in_time(call: Callable[[], _T]) -> _T:
        if monotonic() >= deadline:
            raise TimeoutError
        return call()

    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        under_way = [pool.submit(in_time, call) for call in calls]
        for done in as_completed(under_way, timeout=max(0.0, deadline - monotonic())):
            yield done.result()
            if monotonic() >= deadline:
                return
    except TimeoutError:
        return
    finally:
        # The caller does not wait for what comes too late.
        pool.shutdown(wait=False, cancel_futures=True)


class _Tally:
    """Counts persons by what is found about them, now and then."""

    def __init__(self, policy: Policy, in_force: InForceSource, left_out: Collection[Code]) -> None:
        self._policy, self._in_force, self._left_out = policy, in_force, left_out
        self._declarations = self._persons = self._different = 0
        self._stopped: Counter[str] = Counter()
        self._now: dict[str, Counter[str]] = {kind: Counter() for kind in _KINDS}
        self._then: dict[str, Counter[str]] = {kind: Counter() for kind in _KINDS}

    def add(self, name: str, declaration: Declaration) -> None:
        before = self._in_force.policy(declaration.policy_version)
        form = declaration.form
        self._declarations += 1
        for number, (person, now) in enumerate(zip(form.persons, declaration.passes, strict=True)):
            if now.is_erased or Code(name, number) in self._left_out:
                continue
            then = evaluate(self._policy, person, form.trip, declaration.issued_at)
            levels_now, levels_then = _levels(before, now), _levels(self._policy, then)
            self._persons += 1
            self._stopped["now"] += Level.STOP in levels_now.values()
            self._stopped["then"] += Level.STOP in levels_then.values()
            self._different += levels_now != levels_then or _asked(now) != _asked(then)
            for kind in _KINDS:
                self._now[kind].update(getattr(now, kind))
                self._then[kind].update(getattr(then, kind))

    def trial(self, day: date, *, complete: bool) -> Trial:
        return Trial(
            day=day,
            declarations=self._declarations,
            persons=self._persons,
            complete=complete,
            stopped=NowAndThen(self._stopped["now"], self._stopped["then"]),
            different=self._different,
            **{kind: self._compared(kind) for kind in _KINDS},
        )

    def _compared(self, kind: str) -> dict[str, NowAndThen]:
        now, then = self._now[kind], self._then[kind]
        names = sorted({*getattr(self._policy, kind), *now, *then})
        return {name: NowAndThen(now[name], then[name]) for name in names}


_KINDS = ("findings", "instructions", "papers")


def _levels(policy: Policy, result: Pass | Assessment) -> dict[str, Level]:
    return {name: policy.findings[name].level for name in result.findings}


def _asked(result: Pass | Assessment) -> tuple[set[str], set[str]]:
    return {*result.instructions}, {*result.papers}
