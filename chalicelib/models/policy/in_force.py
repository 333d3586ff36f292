"""What is in force: the policy and the checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    # A check needs the policy alone.
    from chalicelib.models.policy.policies import Policy
    from chalicelib.models.staff.checkpoints import Checkpoint


class InForce(NamedTuple):
    """What is looked up for every declaration and changes a few times a day at most."""

    policy: Policy
    checkpoints: dict[str, Checkpoint]
    """By id."""
