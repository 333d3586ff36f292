"""What the services of the policy need from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # A crossing needs the policy's texts alone.
    from chalicelib.models.policy.in_force import InForce
    from chalicelib.models.policy.policies import Policy
    from chalicelib.models.policy.texts import Texts


class InForceSource(Protocol):
    """What is in force, at most a minute old; and every policy there was."""

    def current(self) -> InForce: ...

    def policy(self, version: str) -> Policy: ...

    def texts(self, version: str) -> Texts:
        """The texts of the same policy. Cold, they are read in half the time."""

    def known(self, version: str) -> Policy | None:
        """The same for a version that a client names; None if there was none."""
