"""What can go wrong with the policy."""

from chalicelib.models.errors import DomainError


class PolicyVersionUnknown(DomainError):
    code = "policy_version_unknown"


class DryRunMoved(DomainError):
    """A change was sent with `dry_run`: policies are tried out at a route of their own."""

    code = "policy_dry_run_moved"


class PolicyPreconditionMissing(DomainError):
    """A change must name the version that it replaces."""

    code = "policy_precondition_missing"


class PolicyChanged(DomainError):
    """Another version is in force than the one that the change replaces."""

    code = "policy_changed"
    member_schemas = {"in_force": {"type": "string", "description": "the version in force."}}

    def __init__(self, in_force: str) -> None:
        super().__init__(in_force=in_force)
        self.members = {"in_force": in_force}
