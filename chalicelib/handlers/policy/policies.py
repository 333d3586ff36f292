"""Administrators change the policy, health officers try one out, and all staff read it."""

import re
from datetime import date, timedelta

from pydantic import RootModel

from chalicelib import wiring
from chalicelib.http.answers import Answer
from chalicelib.http.auth import STAFF_ERRORS
from chalicelib.http.queries import Query
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models.people.province import province
from chalicelib.models.policy.errors import PolicyChanged, PolicyPreconditionMissing, PolicyVersionUnknown
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.models.staff.errors import RoleMissing
from chalicelib.models.staff.staff import CHANGE_POLICY, SEE_POLICY, TRY_POLICY
from chalicelib.observability import audit, count
from chalicelib.services.entry.trials import NowAndThen, try_out
from chalicelib.services.policy import policies
from chalicelib.settings import settings
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import references
from chalicelib.wiring.tracing import exposures

BODY_LIMIT = 384 * 1024
"""Bytes: what may be stored, and room for blanks and line ends."""

MOST_CHANGES = 100

TRIAL_BUDGET = timedelta(seconds=10)
"""Half of what the gateway and the function leave a request."""

_ETAG = re.compile(r'(?:W/)?"([^"]+)"')
"""Weak ones too: that is what a compressed answer's ETag is, and a version never stands for two policies."""

_IF_MATCH = parameter(
    "header",
    "If-Match",
    "The version in force, in quotes, as the ETag of `GET /v1/policy` has it. Required unless it is a dry run.",
    '"2021-07-19.2"',
)


class PolicyQuery(Query):
    """Which policy."""

    version: str | None = None
    """A version there was; the one in force without it."""


class PolicyChangeQuery(Query):
    """Whether to change it."""

    dry_run: str = "false"
    """Only tell how today's declarations would have come out."""


class PolicyChanges(Shape):
    """The newest first, 100 at most."""

    changes: list[PolicyChange]


class PolicyTrial(Shape):
    """How today's declarations would have come out. Counts only."""

    day: date
    declarations: int
    """How many were looked at: those by which someone arrives today, the last to arrive first."""
    persons: int
    complete: bool
    """Whether these are all of today's: at most 2,000 are looked at, and for at most ten seconds."""
    stopped: NowAndThen
    """Persons with a finding that stops them."""
    different: int
    """Persons with another finding, instruction or paper, or a finding of another level."""
    findings: dict[str, NowAndThen]
    instructions: dict[str, NowAndThen]
    papers: dict[str, NowAndThen]


class PolicyAnswer(RootModel[PolicyChange | PolicyTrial]):
    """What was changed; of a dry run, what would have been different."""


@serve(
    "GET",
    "/v1/policy",
    summary="The policy",
    tag="administration",
    roles=SEE_POLICY,
    etag=True,
    errors=(*STAFF_ERRORS, PolicyVersionUnknown),
)
def get_policy(call: Call[None, PolicyQuery]) -> Answer[Policy]:
    """The whole policy as it is at this moment; its ETag is its version in quotes. Every version is kept for ever."""
    policy = policies.version_of(call.query.version, policies=references())
    return Answer(policy, {"ETag": f'"{policy.version}"', "Cache-Control": "private, no-cache"})


@serve(
    "GET",
    "/v1/policy/versions",
    summary="Who changed the policy, and when",
    tag="administration",
    roles=SEE_POLICY,
    errors=STAFF_ERRORS,
)
def list_policy_versions(_: Call) -> Answer[PolicyChanges]:
    """Each time a version was put in force: by whom, when, and in place of which. The newest first, 100 at most."""
    return Answer(PolicyChanges(changes=references().changes(MOST_CHANGES)))


@serve(
    "PUT",
    "/v1/policy",
    summary="Put a policy in force",
    tag="administration",
    roles=TRY_POLICY,
    writes=True,
    errors=(*STAFF_ERRORS, PolicyPreconditionMissing, PolicyChanged),
    parameters=(_IF_MATCH,),
    body_limit=BODY_LIMIT,
)
def put_policy(call: Call[Policy, PolicyChangeQuery]) -> Answer[PolicyAnswer]:
    """The whole policy under a new version, for administrators. It is stored and in force at once or not at all, and
    every function goes by it within a minute. If someone else changed the policy since it was loaded, nothing is
    stored. Sent again, it gives back the first answer. To put an old version in force again, load it, give it a new
    version, and send it. With `dry_run`, for health officers too, nothing is stored: the answer counts how those who
    arrive today by their declarations would have come out."""
    # Whatever it was meant to say, it was not meant to store anything.
    if call.query.dry_run != "false":
        return _try_out(call)
    if not call.principal.may(CHANGE_POLICY):
        raise RoleMissing(roles=", ".join(sorted(CHANGE_POLICY)))
    named = _ETAG.fullmatch(call.headers.get("if-match", "").strip())
    change = policies.put_in_force(
        call.body,
        instead_of=named[1] if named else None,
        staff=call.principal,
        province=province(settings().province),
        policies=references(),
        clock=wiring.clock,
    )
    audit(call.principal, action="change policy", codes=[], why=f"{change.instead_of} -> {change.version}")
    count("PolicyChanges")
    return Answer(PolicyAnswer(change), {"ETag": f'"{change.version}"'})


def _try_out(call: Call[Policy, object]) -> Answer[PolicyAnswer]:
    trial = try_out(
        call.body,
        province=province(settings().province),
        entries=entries(),
        exposures=exposures(),
        references=references(),
        clock=wiring.clock,
        budget=TRIAL_BUDGET,
    )
    audit(call.principal, action="try out policy", codes=[], why=f"{trial.persons} persons counted")
    return Answer(PolicyAnswer(PolicyTrial.model_validate(trial, from_attributes=True)))
