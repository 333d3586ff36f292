"""What the services of the policy need from outside."""

from typing import Protocol

from chalicelib.models.policy.in_force import InForce
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.services.versions import Versions


class InForceSource(Protocol):
    """What is in force, at most a minute old; and every policy there was."""

    def current(self) -> InForce: ...

    def policy(self, version: str) -> Policy: ...

    def known(self, version: str) -> Policy | None:
        """The same for a version that a client names; None if there was none."""


class Policies(Versions[Policy, PolicyChange], Protocol):
    """The versions of the policy as they are now, to be changed."""
