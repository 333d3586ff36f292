"""The alias: a person's second identity number."""

from chalicelib.models.staff.recorded import Recorded


class Alias(Recorded):
    """The fact that staff scanned the card of a pass's holder, and that it names another number beside the one that was
    declared: one for each pass."""

    other: str
    """The keyed hash of the other number, as exposures have it."""
