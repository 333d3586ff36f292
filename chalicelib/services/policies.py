"""Change the policy: put a new version in force, and try one out on today's declarations before that."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from time import monotonic
from typing import TypeVar
from zoneinfo import ZoneInfo

from chalicelib.models.declarations import Declaration
from chalicelib.models.errors import (
    FieldProblem,
    InvalidInput,
    PolicyChanged,
    PolicyPreconditionMissing,
    PolicyVersionUnknown,
    ServiceUnavailable,
)
from chalicelib.models.passes import Pass
from chalicelib.models.people.province import Province
from chalicelib.models.policies import VERSION, Level, Outcome, Policy, PolicyChange, evaluate, problems
from chalicelib.models.staff import Principal
from chalicelib.services.collaborators import Clock, Entries, Exposures, Policies, References

MOST_DECLARATIONS = 2000
"""What a trial looks at: enough to see what a policy does, and what fits into a request."""

_A_CALL = 100
"""Declarations that one call reads."""

_AT_ONCE = 8

_T = TypeVar("_T")


def version_of(version: str | None, *, policies: Policies) -> Policy:
    """The policy in force, or an old version of it. Raises `PolicyVersionUnknown`."""
    if version is None:
        return policies.in_force()
    kept = policies.find(version) if VERSION.fullmatch(version) else None
    if kept is None:
        raise PolicyVersionUnknown(version=version[:40])
    return kept.policy


def put_in_force(
    policy: Policy,
    *,
    instead_of: str | None,
    staff: Principal,
    province: Province,
    policies: Policies,
    clock: Clock,
) -> PolicyChange:
    """Store a new version and put it in force in place of the one that whoever sends it has seen: one write.

    The same policy sent again by the same member of staff gives back the change that stands.

    Raises
    ------
    PolicyPreconditionMissing
        It was not said which version it replaces.
    InvalidInput
        With every problem of the policy; or its version stands for another policy.
    PolicyChanged
        Another version is in force than the one it was to replace.
    """
    if instead_of is None:
        raise PolicyPreconditionMissing
    _refuse_what_is_not_whole(policy, province)
    change = PolicyChange(
        version=policy.version,
        instead_of=instead_of,
        stored_at=clock(),
        stored_by=staff.subject,
        stored_by_name=staff.name,
    )
    if policies.put_in_force(policy, change):
        return change
    kept = policies.find(policy.version)
    if kept is not None and kept.policy == policy and kept.change.stored_by == staff.subject:
        return kept.change
    in_force = policies.in_force().version
    if in_force != instead_of:
        raise PolicyChanged(in_force)
    if kept is not None:
        raise InvalidInput([FieldProblem("/version", "policy_version_taken", {"version": policy.version})])
    raise ServiceUnavailable  # someone else's change was under way, and came to nothing


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
    """Who has a finding that stops them."""
    different: int
    """Who would have another finding, instruction or paper, or one of another level."""
    findings: Mapping[str, NowAndThen]
    instructions: Mapping[str, NowAndThen]
    papers: Mapping[str, NowAndThen]


def try_out(
    policy: Policy,
    *,
    province: Province,
    entries: Entries,
    exposures: Exposures,
    references: References,
    clock: Clock,
    budget: timedelta,
) -> Trial:
    """Judge again whoever arrives today by their declaration, the last to arrive first, as far as the budget goes.

    Found through the exposures, so a declaration counts as soon as it was traced: seconds after it was made.
    Raises `InvalidInput` with every problem of the policy.
    """
    _refuse_what_is_not_whole(policy, province)
    deadline = monotonic() + budget.total_seconds()
    day = clock().astimezone(ZoneInfo(province.time_zone)).date()
    names, complete = _declared(province.communes(), day, exposures, deadline)
    tally = _Tally(policy, references)
    calls = [partial(entries.find_declarations, names[at : at + _A_CALL]) for at in range(0, len(names), _A_CALL)]
    done = 0
    for declarations in _in_parallel(calls, deadline):
        for declaration in declarations:
            tally.add(declaration)
        done += 1
    return tally.trial(day, complete=complete and done == len(calls))


def _refuse_what_is_not_whole(policy: Policy, province: Province) -> None:
    if found := problems(policy, province.units_list):
        raise InvalidInput(found)


def _declared(communes: Sequence[str], day: date, exposures: Exposures, deadline: float) -> tuple[list[str], bool]:
    """The declarations of a day, the last to arrive first, `MOST_DECLARATIONS` of them; and whether these are all."""
    arrivals: dict[str, str] = {}
    queries = [partial(_declared_in, commune, day, exposures, deadline) for commune in communes]
    complete, done = True, 0
    for found, whole in _in_parallel(queries, deadline):
        arrivals |= found
        complete = complete and whole
        done += 1
    latest = sorted(arrivals, key=lambda name: arrivals[name], reverse=True)
    complete = complete and done == len(queries) and len(latest) <= MOST_DECLARATIONS
    return latest[:MOST_DECLARATIONS], complete


def _declared_in(commune: str, day: date, exposures: Exposures, deadline: float) -> tuple[dict[str, str], bool]:
    """Of one commune: the declarations with their arrivals, and whether these are all. A group has a row for each."""
    arrivals: dict[str, str] = {}
    for arrival, name in exposures.declared(commune, day):
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
        # Whoever asked is not kept waiting for what comes too late.
        pool.shutdown(wait=False, cancel_futures=True)


class _Tally:
    """Counts persons by what is found about them, now and then."""

    def __init__(self, policy: Policy, references: References) -> None:
        self._policy, self._references = policy, references
        self._declarations = self._persons = self._different = 0
        self._stopped: Counter[str] = Counter()
        self._now: dict[str, Counter[str]] = {kind: Counter() for kind in _KINDS}
        self._then: dict[str, Counter[str]] = {kind: Counter() for kind in _KINDS}

    def add(self, declaration: Declaration) -> None:
        before = self._references.policy(declaration.policy_version)
        form = declaration.form
        self._declarations += 1
        for person, now in zip(form.persons, declaration.passes, strict=True):
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


def _levels(policy: Policy, result: Pass | Outcome) -> dict[str, Level]:
    return {name: policy.findings[name].level for name in result.findings}


def _asked(result: Pass | Outcome) -> tuple[set[str], set[str]]:
    return {*result.instructions}, {*result.papers}
