"""What the policy needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.people.province import province
from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.storage.policy.policies import InForceSource, Policies


@cache
def in_force() -> InForceSource:
    from chalicelib.storage.policy.policies import InForceSource

    return InForceSource(wiring.reference_table(), hotline=province(settings().province).hotline, clock=wiring.clock)


@cache
def policies() -> Policies:
    from chalicelib.storage.policy.policies import Policies

    return Policies(wiring.reference_table(), changed=in_force().forget)
