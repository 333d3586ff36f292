"""What can go wrong with the policy."""

from chalicelib.models.errors import DomainError


class PolicyVersionUnknown(DomainError):
    code = "policy_version_unknown"


class DryRunMoved(DomainError):
    """A change was sent with `dry_run`: policies are tried out at a route of their own."""

    code = "policy_dry_run_moved"


class PolicyPreconditionMissing(DomainError):
    """Whoever changes the policy says which version they think is in force."""

    code = "policy_precondition_missing"


class PolicyChanged(DomainError):
    """Another version is in force than the one that was to be replaced."""

    code = "policy_changed"

    def __init__(self, in_force: str) -> None:
        super().__init__(in_force=in_force)
        self.members = {"in_force": in_force}
