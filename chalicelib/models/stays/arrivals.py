"""The arrival of someone who stays, as their commune found it."""

from enum import StrEnum

from chalicelib.models.fields import Text
from chalicelib.models.records import Record
from chalicelib.models.staff.recorded import Recorded


class ArrivalOutcome(StrEnum):
    """What the commune found."""

    CONFIRMED = "confirmed"
    """The person is there."""
    NOT_FOUND = "not_found"
    """Nobody knows where they are."""
    ELSEWHERE = "elsewhere"
    """They are known to be somewhere else."""


class ArrivalForm(Record):
    """What the commune found."""

    outcome: ArrivalOutcome
    """What it is."""
    note: Text | None = None
    """What colleagues should know, for example where the person is."""


class Arrival(Recorded, ArrivalForm):
    """The fact that a commune looked for someone. The last one holds, until the person is moved."""

    changes: int
    """How many changes of the stay there were."""
