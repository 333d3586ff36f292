"""A citizen: somebody whose phone answered a one-time code, and the token that says so."""

from datetime import datetime
from typing import NamedTuple


class Citizen(NamedTuple):
    """A caller with a proven phone. `phone_hash` is the keyed hash of `hashed.PHONE` and the number."""

    phone_hash: str


class CitizenToken(NamedTuple):
    """A token of a citizen, as text that only we read."""

    text: str
    expires_at: datetime
