"""Change the policy: put a new version in force, and try one out on today's declarations before that."""

from typing import Protocol

from chalicelib.models.errors import InvalidInput
from chalicelib.models.people.province import Province
from chalicelib.models.policy.errors import PolicyChanged, PolicyPreconditionMissing, PolicyVersionUnknown
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.models.policy.problems import problems
from chalicelib.models.staff.roles import Principal
from chalicelib.services import versions
from chalicelib.services.ports import Clock
from chalicelib.services.versions import Versions


class Policies(Versions[Policy, PolicyChange], Protocol):
    """The versions of the policy as they are now, to be changed."""


def version_of(version: str | None, *, policies: Policies) -> Policy:
    """The policy in force, or an old version of it. Raises `PolicyVersionUnknown`."""
    return versions.version_of(version, versions=policies, unknown=lambda name: PolicyVersionUnknown(version=name))


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
    return versions.put_in_force(policy, change, versions=policies, changed=PolicyChanged, taken="policy_version_taken")


def require_whole(policy: Policy, province: Province) -> None:
    """Raise `InvalidInput` with every problem of a policy for this province."""
    if found := problems(policy, province.units_list):
        raise InvalidInput(found)
