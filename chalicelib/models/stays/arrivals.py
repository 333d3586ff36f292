"""The arrival of a person who stays, as found by the commune."""

from chalicelib.models.enums import StrEnum
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
    """A note for colleagues, for example where the person is."""


class Arrival(Recorded, ArrivalForm):
    """The record that a commune looked for a person. The last one counts, until the person is moved."""

    changes: int
    """How many changes the stay had at that time."""
