"""Dependencies of permits."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.people.province import province
from chalicelib.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.models.permits.events import PermitEvent
    from chalicelib.models.staff.roles import Principal
    from chalicelib.services.permits.crossings import PermitGate
    from chalicelib.services.permits.notices import PermitNotices
    from chalicelib.services.permits.offices import PermitOffice
    from chalicelib.storage.permits.permits import Permits


@cache
def permits() -> Permits:
    from chalicelib.storage.permits.permits import PermitRow, Permits

    return Permits(wiring.table(PermitRow, "permits_table"), retention=settings().permit_retention, zone=wiring.zone())


@cache
def permit_office() -> PermitOffice:
    """Dependencies of requests and decisions."""
    from chalicelib.services.permits.offices import PermitOffice
    from chalicelib.wiring.entry import sign
    from chalicelib.wiring.policy import in_force

    return PermitOffice(
        province=province(settings().province),
        permits=permits(),
        in_force=in_force(),
        keyed_hash=wiring.keyed_hash(),
        sign=sign,
        announce=_announce,
        zone=wiring.zone(),
        clock=wiring.clock,
    )


def permit_notices() -> PermitNotices:
    """Dependencies of the messages to holders."""
    from chalicelib.services.permits.notices import PermitNotices
    from chalicelib.wiring.entry import text_link

    return PermitNotices(
        permits=permits(),
        text_link=text_link,
        hotline=province(settings().province).hotline.dialled,
        zone=wiring.zone(),
        retention=settings().permit_retention,
    )


def overdue_requests() -> int:
    """How many requests should have been decided by now."""
    from chalicelib.services.permits.overdue import count_overdue
    from chalicelib.wiring.policy import in_force

    return count_overdue(permits=permits(), in_force=in_force(), clock=wiring.clock)


def permit_gate(staff: Principal) -> PermitGate:
    """Dependencies of the crossings that a member of staff records."""
    from chalicelib.services.permits.crossings import PermitGate
    from chalicelib.wiring.policy import in_force
    from chalicelib.wiring.staff import postings

    return PermitGate(
        staff=staff,
        permits=permits(),
        in_force=in_force(),
        postings=postings(),
        announce=_announce,
        zone=wiring.zone(),
        clock=wiring.clock,
    )


def _announce(events: Sequence[PermitEvent]) -> None:
    """Raises `ServiceUnavailable`."""
    from chalicelib.models.events import by_queue
    from chalicelib.models.permits.events import RECEIVED_BY
    from chalicelib.wiring.queues import AFTER_REQUEST, send_within_request

    for queue, received in by_queue(events, RECEIVED_BY).items():
        if received:
            send_within_request(queue, [each.model_dump_json() for each in received], delay=AFTER_REQUEST)
