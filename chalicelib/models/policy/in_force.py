"""What is in force: the policy and the checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # A check needs the policy's texts alone, a crossing those and the checkpoints.
    from chalicelib.models.policy.policies import Policy
    from chalicelib.models.staff.checkpoints import Checkpoint


class InForce(Protocol):
    """What is looked up for every declaration and changes a few times a day at most."""

    @property
    def policy(self) -> Policy: ...

    @property
    def checkpoints(self) -> Mapping[str, Checkpoint]:
        """By id."""
