"""The departure: a pass's holder left the province.

It is a fact of the declaration, independent of the record of the way in.
"""

from typing import Literal

from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.entry.crossings import CrossingForm, Decision, Direction, IdentityHeld, Offline
from chalicelib.models.enums import StrEnum
from chalicelib.models.staff.recorded import Recorded


class Entered(StrEnum):
    """The record of the way in at the time of a departure."""

    ADMITTED = "admitted"
    ISOLATED = "isolated"
    REFUSED = "refused"
    """Only for a departure that was recorded without network."""
    UNKNOWN = "unknown"
    """No crossing was on record."""

    @classmethod
    def by(cls, decision: Decision | None) -> "Entered":
        """`decision` is the decision in force."""
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
    """The record of the way in at that moment."""
    identity_held: IdentityHeld | None = None
    """Their identity card, if it was kept until then."""
    identity_returned: bool = False
    """Whether it was given back."""
    offline: Offline | None = None
    """Details of the later upload, if it was recorded without network."""

    def is_of(self, form: CrossingForm, staff: str) -> bool:
        """Whether this record has the content of that form from that member of staff."""
        sent = (form.code, form.checkpoint, form.identity_returned, staff)
        return (self.code, self.checkpoint, self.identity_returned, self.recorded_by) == sent
