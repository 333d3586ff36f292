"""What is in force: the policy and the checkpoints."""

from typing import NamedTuple

from chalicelib.models.policy.policies import Policy
from chalicelib.models.staff.checkpoints import Checkpoint


class InForce(NamedTuple):
    """What is looked up for every declaration and changes a few times a day at most."""

    policy: Policy
    checkpoints: dict[str, Checkpoint]
    """By id."""
