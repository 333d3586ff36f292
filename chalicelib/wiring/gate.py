"""What the gate needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.settings import settings
from chalicelib.wiring.certificates import read_certificate
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.staff import postings
from chalicelib.wiring.tracing import exposures

if TYPE_CHECKING:
    from chalicelib.models.staff.staff import Principal
    from chalicelib.services.gate.desks import Desk
    from chalicelib.services.gate.searches import Finder


def desk(staff: Principal) -> Desk:
    """The desk of a member of staff."""
    from chalicelib.services.gate.desks import Desk

    return Desk(
        staff=staff,
        entries=entries(),
        in_force=in_force(),
        postings=postings(),
        read_certificate=read_certificate,
        clock=wiring.clock,
    )


def finder() -> Finder:
    from chalicelib.services.gate.searches import Finder

    return Finder(
        lifetime=settings().pass_lifetime,
        records=entries(),
        exposures=exposures(),
        keyed_hash=wiring.keyed_hash(),
        clock=wiring.clock,
    )
