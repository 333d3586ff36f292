"""What the policy needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.storage.policy.policies import References

from chalicelib import wiring
from chalicelib.wiring import place


@cache
def references() -> References:
    from chalicelib.storage.policy.policies import References
    from chalicelib.storage.reference_rows import ReferenceRow

    place(ReferenceRow, "reference_table")
    return References(clock=wiring.clock)
