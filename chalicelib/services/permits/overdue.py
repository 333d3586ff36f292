"""How many requests for permits wait longer than the policy allows."""

from chalicelib.models.permits.permits import PermitState
from chalicelib.services.permits.offices import decided_within
from chalicelib.services.permits.ports import Permits
from chalicelib.services.policy.ports import InForceSource
from chalicelib.services.ports import Clock

_MOST = 1000
"""More are counted as so many."""


def count_overdue(*, permits: Permits, in_force: InForceSource, clock: Clock) -> int:
    """Of all requests that are not decided. One query."""
    now = clock()
    return len(permits.listed(PermitState.ASKED, now, None, _MOST, asked_until=now - decided_within(in_force)))
