"""How a declaration that a device took without network came to us."""

from pydantic import AwareDatetime

from chalicelib.models.records import Record


class FoundDifferently(Record):
    """What the server finds about one person by a policy, where the device that took the form found something else."""

    person: int
    """0 is the traveller, then the companions in the form's order."""
    policy_version: str
    """The policy by which the server judged: the device's, or the one in force when the form came in."""
    found: list[str]
    """Ids of what the server finds by it."""
    device_found: list[str]
    """Ids of what the device found."""


class DeclaredOffline(Record):
    """How a declaration without network came to us."""

    device: str
    """The device's own id."""
    id: str
    """The device's own number of the form."""
    said_at: AwareDatetime
    """When the form was taken, by the device's clock."""
    received_at: AwareDatetime
    """When the server received it."""
    clock_ahead_seconds: int = 0
    """How much the device's clock was ahead (negative: behind) when it sent this; 0 within a minute."""
    found_differently: list[FoundDifferently] = []
    """Where the server finds something else than the device did. The pass has what the server finds by the device's
    policy."""
