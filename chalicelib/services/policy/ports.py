"""What the services of the policy need from outside."""

from typing import Protocol

from chalicelib.models.policy.in_force import InForce
from chalicelib.models.policy.policies import KeptPolicy, Policy, PolicyChange


class InForceSource(Protocol):
    """What is in force, at most a minute old; and every policy there was."""

    def current(self) -> InForce: ...

    def policy(self, version: str) -> Policy: ...


class Policies(Protocol):
    """The versions of the policy as they are now, to be changed."""

    def in_force(self) -> Policy: ...

    def find(self, version: str) -> KeptPolicy | None: ...

    def put_in_force(self, policy: Policy, change: PolicyChange) -> bool:
        """Keep a new version and put it in force: both in one write, or neither.

        Returns whether it was done: not if the version exists, and not if `change.instead_of` is not in force.
        """

    def changes(self, at_most: int) -> list[PolicyChange]:
        """The newest first."""
