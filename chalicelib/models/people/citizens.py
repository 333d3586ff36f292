"""A citizen: somebody whose phone answered a one-time code, and the token that says so."""

from datetime import datetime
from typing import NamedTuple

PHONE = "phone"
"""What a phone number (E.164) is hashed with, in a citizen token as in exposures."""


class Citizen(NamedTuple):
    """The caller whose phone is proven. `phone_hash` is the keyed hash of `PHONE` and the number."""

    phone_hash: str


class CitizenToken(NamedTuple):
    """A token of a citizen, as text that only we read."""

    text: str
    expires_at: datetime
