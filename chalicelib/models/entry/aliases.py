"""The alias: a person's second identity number."""

from chalicelib.models.staff.recorded import Recorded


class Alias(Recorded):
    """Staff scanned the card of a pass's holder, and it shows a second number in addition to the declared one. One for
    each pass."""

    other: str
    """The keyed hash of the other number, as exposures have it."""
