"""The arrival: a pass's holder stood in the queue of a gate within the pass's hour.

From then on the pass does not expire while they wait, for as long as the policy allows.
"""

from datetime import datetime

from pydantic import AwareDatetime

from chalicelib.models.entry.codes import StoredCode
from chalicelib.models.entry.crossings import Offline
from chalicelib.models.enums import StrEnum
from chalicelib.models.records import Record


class ArrivalBy(StrEnum):
    """Who recorded an arrival."""

    STAFF = "staff"
    """A member of staff in the queue."""
    HOLDER = "holder"
    """The holder's phone, which read the board of the gate."""


class GateArrival(Record):
    """The fact that a pass's holder arrived: one for each pass."""

    checkpoint: str
    """Where they wait."""
    recorded_at: AwareDatetime
    """When they were there."""
    holds_until: AwareDatetime
    """Until when the pass holds, by the policy of that moment."""
    by: ArrivalBy
    """Who recorded it."""
    recorded_by: str | None = None
    """The member of staff: the subject of their token. Left out if the holder's phone recorded it."""
    recorded_by_name: str | None = None
    """The name their colleagues knew them by; left out if nobody had written it."""
    offline: Offline | None = None
    """How it came to us, if it was recorded without network."""

    @property
    def received_at(self) -> datetime:
        """When the server received it: gates ask for what came since their last sync."""
        return self.recorded_at if self.offline is None else self.offline.received_at


class ArrivedPass(Record):
    """What a gate must know of an arrival to admit its holder without network: nothing about the person."""

    code: StoredCode
    """The pass's."""
    arrived_at: AwareDatetime
    """When its holder was in the queue."""
    expires_at: AwareDatetime
    """When the pass ends now. It replaces the expiry in the token."""
