"""Send each passenger of a bus the link of their seat.

The key of a message is the trip, the seat and the phone, and not the manifest: a company that sends the same list again
under another id causes no second message. Another phone on the same seat gets one.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple
from unicodedata import normalize
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import DECLARATION_BITS, Code
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.templates import LONGEST_SERVICE
from chalicelib.models.partners.manifests import MANIFEST, SEAT_LINK, Manifest, ManifestRecord, Passenger
from chalicelib.models.people.names import compared
from chalicelib.models.people.province import Province
from chalicelib.services.partners.manifests import secret_for
from chalicelib.services.ports import KeyedHash


class SeatLinkSources(NamedTuple):
    """What these notices need."""

    find_manifest: Callable[[Code], ManifestRecord | None]
    keyed_hash: KeyedHash
    declare_url: str
    """Where people declare; empty if the stage has no such page."""
    province: Province


def notices_of_manifest(code: Code, *, sources: SeatLinkSources) -> Iterator[Notice]:
    """The messages to the passengers who have not declared. None if the company hands the links on by itself, or if the
    manifest was not stored or is no longer on record."""
    record = sources.find_manifest(code)
    if record is None or not record.manifest.form.notify or not sources.declare_url:
        return
    for number, passenger in record.seats:
        if number not in record.confirmed:
            yield _notice(record.manifest, number, passenger, sources)


def link_to_seat(declare_url: str, manifest: str, number: int, secret: str) -> str:
    """The link: 16 characters of the manifest's code, 2 digits of the seat's number, 13 characters of its secret. A
    browser sends what stands behind the `#` to no server."""
    return f"{declare_url}#{manifest}{number:02d}{secret}"


def _notice(manifest: Manifest, number: int, passenger: Passenger, sources: SeatLinkSources) -> Notice:
    form, province = manifest.form, sources.province
    secret = secret_for(manifest.id, number, sources.keyed_hash)
    return Notice(
        recipient=passenger.phone,
        text_id=SEAT_LINK,
        values={
            "bus": _shown(form.service_number),
            "link": link_to_seat(sources.declare_url, manifest.id, number, secret),
        },
        about=str(_key(manifest, passenger, sources)),
        # Each partner has a share of its own.
        event=f"{SEAT_LINK}.{manifest.partner[:8]}",
        keep_until=manifest.leaves_at,
        useful_until=form.expected_arrival,
        share=province.partner_share,
        most_to_phone=province.seat_links_to_a_phone,
        language=passenger.language,
    )


def _key(manifest: Manifest, passenger: Passenger, sources: SeatLinkSources) -> Code:
    form = manifest.form
    day = _local(form.departs_at, sources.province).date().isoformat()
    trip = (manifest.partner, compared(form.service_number), form.plate, day)
    parts = (SEAT_LINK, *trip, passenger.seat.casefold(), passenger.phone)
    return Code.of(sources.keyed_hash.bits(DECLARATION_BITS, *parts), MANIFEST)


def _local(moment: datetime, province: Province) -> datetime:
    return moment.astimezone(ZoneInfo(province.time_zone))


def _shown(service: str) -> str:
    """The number of the service as a message has it. No company can write an address into it."""
    plain = re.sub(r"[^A-Za-z0-9-]", "", normalize("NFD", service))[:LONGEST_SERVICE]
    return plain or "-"
