"""Dependencies of stays."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.people.province import province
from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.models.staff.roles import Principal
    from chalicelib.models.stays.events import StayChange
    from chalicelib.services.stays.admissions import Register
    from chalicelib.services.stays.communes import HealthStation
    from chalicelib.services.stays.notices import StayNotices
    from chalicelib.services.stays.permits import PermitRegister
    from chalicelib.storage.stays.stays import Stays


@cache
def stays() -> Stays:
    from chalicelib.storage.stays.stays import StayRow, Stays

    return Stays(
        wiring.table(StayRow, "stays_table"),
        retention=settings().stay_retention,
        time_zone=province(settings().province).time_zone,
    )


@cache
def register() -> Register:
    """Dependencies of the worker that begins and ends stays."""
    from chalicelib.services.stays.admissions import Register
    from chalicelib.wiring.entry import entries
    from chalicelib.wiring.policy import in_force

    return Register(
        find_record=entries().find,
        find_policy=in_force().policy,
        stays=stays(),
        keyed_hash=wiring.keyed_hash(),
        zone=wiring.zone(),
        clock=wiring.clock,
    )


@cache
def permit_register() -> PermitRegister:
    """Dependencies of the stays of permits' holders."""
    from chalicelib.services.stays.permits import PermitRegister
    from chalicelib.wiring.permits import permits
    from chalicelib.wiring.policy import in_force

    source = in_force()
    return PermitRegister(
        permits=permits(),
        stays=stays(),
        policy=lambda: source.current().policy,
        units_list=province(settings().province).units_list,
        zone=wiring.zone(),
        clock=wiring.clock,
    )


def station(staff: Principal) -> HealthStation:
    """Dependencies of a commune's routes."""
    from chalicelib.services.stays.communes import HealthStation
    from chalicelib.wiring.entry import entries
    from chalicelib.wiring.staff import postings

    return HealthStation(
        staff=staff,
        province=province(settings().province),
        stays=stays(),
        postings=postings(),
        restricted=entries().restricted_passes,
        announce=_announce,
        clock=wiring.clock,
    )


def notice_sources() -> StayNotices:
    from chalicelib.services.stays.notices import StayNotices
    from chalicelib.wiring.entry import entries

    return StayNotices(
        stays=stays(),
        restricted=entries().restricted_passes,
        keep_until=stays().keep_until,
        hotline=province(settings().province).hotline.dialled,
    )


def _announce(change: StayChange) -> None:
    """Raises `ServiceUnavailable`."""
    from chalicelib.models.stays.events import StayEvent
    from chalicelib.wiring.queues import AFTER_REQUEST, send_within_request

    send_within_request("stays", [StayEvent.about(change).model_dump_json()], delay=AFTER_REQUEST)
