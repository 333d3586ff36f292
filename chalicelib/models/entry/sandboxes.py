"""Sandboxes: stages in which apps are tried out. Some plates stand for what happens to a pass."""

from datetime import timedelta

from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.enums import StrEnum


class Fate(StrEnum):
    """What happens to all passes of a declaration."""

    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


PLATES = {"70A00001": Fate.USED, "70A00002": Fate.REVOKED, "70A00003": Fate.EXPIRED}
"""By the plate of the trip, as it is stored."""

FULFILLED_AFTER = timedelta(minutes=1)
"""After the declaration."""


def fate_of(form: DeclarationForm) -> Fate | None:
    return PLATES.get(form.trip.transport.plate or "")
