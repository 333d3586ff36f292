"""Health officers try a policy out on today's declarations."""

from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Literal

from chalicelib import wiring
from chalicelib.handlers.policy.policies import BODY_LIMIT
from chalicelib.http.answers import Answer
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.people.province import province
from chalicelib.models.policy.policies import Policy
from chalicelib.models.staff.roles import TRY_POLICY
from chalicelib.observability import audit
from chalicelib.services.entry import trials
from chalicelib.settings import settings
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.tracing import exposures

BUDGET = timedelta(seconds=10)
"""Half of what the gateway and the function leave a request."""


_FEW = 5
"""Counts of fewer people are hidden: a policy can be written so that a rule applies to only one person."""

UnderFive = Literal["under_five"]
Number = int | UnderFive
"""In steps of five, rounded down. So neither a small group shows, nor a small rest of a large one."""


class NowAndThen(Shape):
    """How many persons: under the policies they were judged by, and under the one that is tried out."""

    now: Number
    """Under the policies they were judged by."""
    then: Number
    """Under the policy that is tried out."""


class PolicyTrial(Shape):
    """The results of today's declarations under another policy. Counts only, in steps of five, rounded down;
    `under_five` for none to four."""

    day: date
    """Today, on the province's calendar."""
    declarations: Number
    """How many were judged again: those whose arrival is today, the latest arrival first."""
    persons: Number
    """Persons in them."""
    complete: bool
    """Whether these are all of today's: at most 2,000 are judged, and for at most ten seconds."""
    stopped: NowAndThen
    """Persons with a finding that stops them."""
    different: Number
    """Persons who get another finding, instruction or paper, or a finding of another level."""
    findings: dict[str, NowAndThen]
    """Persons who get each finding, by its id."""
    instructions: dict[str, NowAndThen]
    """Persons who get each instruction, by its id."""
    papers: dict[str, NowAndThen]
    """Persons who need each paper, by its id."""


@serve(
    "POST",
    "/v1/policy/trials",
    summary="Try a policy out",
    tag="administration",
    roles=TRY_POLICY,
    body_limit=BODY_LIMIT,
)
def try_out_policy(call: Call[Policy]) -> Answer[PolicyTrial]:
    """Judges the declarations of today's arrivals again under this policy, and counts the differences. Nothing is
    stored. A policy that `PUT /v1/policy` would refuse is refused here too. No count tells of fewer than five people.
    Every trial is audited, with a digest of the policy."""
    trial = trials.try_out(
        call.body,
        province=province(settings().province),
        declarations=entries(),
        arrivals=exposures(),
        in_force=in_force(),
        clock=wiring.clock,
        budget=BUDGET,
    )
    audit(call.principal, action="try out policy", codes=[], why=f"{call.body.version}, sha256 {_digest(call.body)}")
    return Answer(
        PolicyTrial(
            day=trial.day,
            declarations=_shown(trial.declarations),
            persons=_shown(trial.persons),
            complete=trial.complete,
            stopped=_compared(trial.stopped),
            different=_shown(trial.different),
            findings=_all_compared(trial.findings),
            instructions=_all_compared(trial.instructions),
            papers=_all_compared(trial.papers),
        )
    )


def _shown(count: int) -> Number:
    return "under_five" if count < _FEW else count - count % _FEW


def _compared(counted: trials.NowAndThen) -> NowAndThen:
    return NowAndThen(now=_shown(counted.now), then=_shown(counted.then))


def _all_compared(counted: Mapping[str, trials.NowAndThen]) -> dict[str, NowAndThen]:
    return {name: _compared(each) for name, each in counted.items()}


def _digest(policy: Policy) -> str:
    """The same for the same policy. A caller who tries many policies that differ a little can be seen."""
    return sha256(policy.model_dump_json(by_alias=True, exclude_none=True).encode()).hexdigest()
