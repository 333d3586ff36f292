"""Administrators and health officers try a policy out on today's declarations."""

from datetime import date, timedelta

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
from chalicelib.services.entry.trials import NowAndThen, try_out
from chalicelib.settings import settings
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.tracing import exposures

BUDGET = timedelta(seconds=10)
"""Half of what the gateway and the function leave a request."""


class PolicyTrial(Shape):
    """The results of today's declarations under another policy. Counts only."""

    day: date
    declarations: int
    """How many were judged again: those whose arrival is today, the latest arrival first."""
    persons: int
    complete: bool
    """Whether these are all of today's: at most 2,000 are judged, and for at most ten seconds."""
    stopped: NowAndThen
    """Persons with a finding that stops them."""
    different: int
    """Persons who get another finding, instruction or paper, or a finding of another level."""
    findings: dict[str, NowAndThen]
    instructions: dict[str, NowAndThen]
    papers: dict[str, NowAndThen]


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
    stored. A policy that `PUT /v1/policy` would refuse is refused here too."""
    trial = try_out(
        call.body,
        province=province(settings().province),
        declarations=entries(),
        arrivals=exposures(),
        in_force=in_force(),
        clock=wiring.clock,
        budget=BUDGET,
    )
    audit(call.principal, action="try out policy", codes=[], why=f"{trial.persons} persons counted")
    return Answer(PolicyTrial.model_validate(trial, from_attributes=True))
