"""Checkpoints: the gates on the border of the province."""

from dataclasses import dataclass

from chalicelib.models.policies import Policy
from chalicelib.models.strict import Strict


class Checkpoint(Strict):
    """A gate: its id, name and place. `commune` is a code of the province's list of units."""

    id: str
    name: str
    name_en: str
    road: str
    place: str
    commune: str
    latitude: float
    longitude: float
    lanes: int
    open: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """What is looked up for every declaration and changes a few times a day at most."""

    policy: Policy
    checkpoints: dict[str, Checkpoint]
    """By id."""
