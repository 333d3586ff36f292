"""Administrators change the policy, and all staff read it. Trying one out is in `entry/trials.py`."""

from pydantic import model_validator

from chalicelib import wiring
from chalicelib.http.answers import Answer
from chalicelib.http.queries import PageQuery, Query
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import ListPage
from chalicelib.http.versions import VersionQuery, if_match, version_in
from chalicelib.models.people.province import province
from chalicelib.models.policy.errors import DryRunMoved, PolicyChanged, PolicyPreconditionMissing, PolicyVersionUnknown
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.models.staff.roles import CHANGE_POLICY, SEE_POLICY
from chalicelib.observability import audit, count
from chalicelib.services.policy import policies
from chalicelib.services.versions import list_changes
from chalicelib.settings import settings
from chalicelib.wiring.policy import policies as kept_policies

BODY_LIMIT = 384 * 1024
"""Bytes: what may be stored, and room for blanks and line ends."""


class PolicyChangeQuery(Query):
    """No parameters. `dry_run` was one: a client that still sends it must not change the policy by mistake."""

    @model_validator(mode="before")
    @classmethod
    def _is_no_trial(cls, given: dict[str, str]) -> dict[str, str]:
        if given.get("dry_run", "false") != "false":
            raise DryRunMoved
        return {name: value for name, value in given.items() if name != "dry_run"}


class PolicyChanges(ListPage):
    """The newest first."""

    changes: list[PolicyChange]
    """The newest first."""


@serve(
    "GET",
    "/v1/policy",
    summary="The policy",
    tag="administration",
    roles=SEE_POLICY,
    etag=True,
    errors=(PolicyVersionUnknown,),
)
def get_policy(call: Call[None, VersionQuery]) -> Answer[Policy]:
    """The whole policy; its ETag is its version in quotes. Every version is kept for ever."""
    policy = policies.version_of(call.query.version, policies=kept_policies())
    return Answer(policy, {"ETag": f'"{policy.version}"', "Cache-Control": "private, no-cache"})


@serve(
    "GET",
    "/v1/policy/versions",
    summary="Who changed the policy, and when",
    tag="administration",
    roles=SEE_POLICY,
)
def list_policy_versions(call: Call[None, PageQuery]) -> Answer[PolicyChanges]:
    """Each time a version was put in force: who did it, when, and which version it replaced. The newest first."""
    page = list_changes(cursor=call.query.cursor, limit=call.query.limit, versions=kept_policies())
    shown = [each.with_offset(wiring.offset()) for each in page.items]
    return Answer(PolicyChanges(changes=shown, **page.ending))


@serve(
    "PUT",
    "/v1/policy",
    summary="Put a policy in force",
    tag="administration",
    roles=CHANGE_POLICY,
    writes=True,
    headers=("ETag",),
    errors=(DryRunMoved, PolicyPreconditionMissing, PolicyChanged),
    parameters=(if_match("GET /v1/policy", "2021-07-19.6"),),
    body_limit=BODY_LIMIT,
)
def put_policy(call: Call[Policy, PolicyChangeQuery]) -> Answer[PolicyChange]:
    """The whole policy under a new version. It is stored and in force at once or not at all, and every function uses it
    within a minute. If someone else changed the policy since it was loaded, nothing is stored. Sent again, it gives
    back the first answer. To put an old version in force again, load it, give it a new version, and send it."""
    change = policies.put_in_force(
        call.body,
        instead_of=version_in(call.headers),
        staff=call.principal,
        province=province(settings().province),
        policies=kept_policies(),
        clock=wiring.clock,
    )
    audit(call.principal, action="change policy", codes=[], why=f"{change.instead_of} -> {change.version}")
    count("PolicyChanges")
    return Answer(change.with_offset(wiring.offset()), {"ETag": f'"{change.version}"'})
