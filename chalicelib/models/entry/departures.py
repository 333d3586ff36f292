"""The departure: a pass's holder left the province.

It is a fact beside the declaration, whatever was recorded on the way in.
"""

from enum import StrEnum
from typing import Literal

from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.entry.crossings import CrossingForm, Decision, Direction, IdentityHeld, Offline
from chalicelib.models.staff.recorded import Recorded


class Entered(StrEnum):
    """What was on record of the way in when someone left."""

    ADMITTED = "admitted"
    ISOLATED = "isolated"
    REFUSED = "refused"
    """Only of a departure that was recorded without network."""
    UNKNOWN = "unknown"
    """No crossing was on record."""

    @classmethod
    def by(cls, decision: Decision | None) -> "Entered":
        """`decision` is the one that held."""
        return cls.UNKNOWN if decision is None else _ENTERED[decision]


_ENTERED = {
    Decision.ADMIT: Entered.ADMITTED,
    Decision.ISOLATE: Entered.ISOLATED,
    Decision.REFUSE: Entered.REFUSED,
}


class Departure(Recorded):
    """The record that a pass's holder left. If a pass has several, the one with the earliest time holds."""

    direction: Literal[Direction.OUT] = Direction.OUT
    """Always `out`."""
    code: TypedCode
    """The pass's code."""
    checkpoint: str
    """Where they left."""
    entered: Entered
    """What was on record of the way in at that moment."""
    identity_held: IdentityHeld | None = None
    """Their identity card, if it was kept until then."""
    identity_returned: bool = False
    """Whether it was given back."""
    offline: Offline | None = None
    """How it came to us, if it was recorded without network."""

    def is_of(self, form: CrossingForm, staff: str) -> bool:
        """Whether this is the record of that form, sent by that member of staff."""
        sent = (form.code, form.checkpoint, form.identity_returned, staff)
        return (self.code, self.checkpoint, self.identity_returned, self.recorded_by) == sent
