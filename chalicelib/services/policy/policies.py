"""Change the policy: put a new version in force, and try one out on today's declarations before that."""

from chalicelib.models.errors import FieldProblem, InvalidInput, ServiceUnavailable
from chalicelib.models.people.province import Province
from chalicelib.models.policy.errors import PolicyChanged, PolicyPreconditionMissing, PolicyVersionUnknown
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.models.policy.problems import VERSION, problems
from chalicelib.models.staff.roles import Principal
from chalicelib.services.policy.ports import Policies
from chalicelib.services.ports import Clock


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
    """Store a new version and put it in force instead of the one that the sender has seen: one write.

    The same policy sent again by the same member of staff gets the change on record.

    Raises
    ------
    PolicyPreconditionMissing
        The request does not say which version it replaces.
    InvalidInput
        With every problem of the policy; or its version is another policy's.
    PolicyChanged
        Another version is in force than the one it was to replace.
    """
    if instead_of is None:
        raise PolicyPreconditionMissing
    require_whole(policy, province)
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
    raise ServiceUnavailable  # someone else's change was under way, and failed


def require_whole(policy: Policy, province: Province) -> None:
    """Raise `InvalidInput` with every problem of a policy for this province."""
    if found := problems(policy, province.units_list):
        raise InvalidInput(found)
