"""What the gate needs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.settings import settings
from chalicelib.wiring.certificates import read_certificate
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.staff import postings
from chalicelib.wiring.tracing import exposures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chalicelib.models.staff.staff import Principal
    from chalicelib.services.gate.desks import Desk
    from chalicelib.services.gate.queues import Queue
    from chalicelib.services.gate.searches import Finder
    from chalicelib.services.gate.waiting_times import WaitingTime


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


def queue() -> Queue:
    from chalicelib.services.gate.queues import Queue

    return Queue(arrivals=entries(), crossed=exposures())


def finder() -> Finder:
    from chalicelib.services.gate.searches import Finder

    return Finder(
        lifetime=settings().pass_lifetime,
        records=entries(),
        exposures=exposures(),
        keyed_hash=wiring.keyed_hash(),
        clock=wiring.clock,
    )


@lru_cache(maxsize=1)
def waiting_times(checkpoints: tuple[str, ...], minute: datetime) -> Sequence[WaitingTime]:
    """Read once a minute, however many requests come: the route is public, and each gate costs a query or two."""
    from chalicelib.services.gate.waiting_times import waiting_times as times_of

    return times_of(checkpoints, now=minute, waits=exposures())
