"""What partners and their webhooks need."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.settings import settings
from chalicelib.wiring.entry import entries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.models.entry.codes import Code
    from chalicelib.models.partners.deliveries import Answered
    from chalicelib.models.partners.events import PartnerEvent
    from chalicelib.services.partners.announcements import Announcer
    from chalicelib.services.partners.deliveries import Courier
    from chalicelib.services.partners.manifests import ManifestDesk
    from chalicelib.services.partners.seat_links import SeatLinkSources
    from chalicelib.storage.partners.deliveries import Deliveries
    from chalicelib.storage.partners.endpoints import Endpoints
    from chalicelib.storage.partners.manifests import Manifests


@cache
def deliveries() -> Deliveries:
    from chalicelib.storage.partners.deliveries import Deliveries, WebhookRow

    return Deliveries(wiring.table(WebhookRow, "webhooks_table"))


@cache
def manifests() -> Manifests:
    from chalicelib.storage.entry.drafts import DraftRow
    from chalicelib.storage.partners.manifests import Manifests

    return Manifests(wiring.table(DraftRow, "drafts_table"))


@cache
def manifest_desk() -> ManifestDesk:
    """What manifests need."""
    from chalicelib.services.partners.manifests import ManifestDesk
    from chalicelib.wiring.entry import office

    return ManifestDesk(office(), manifests(), _ask_for_seat_links)


def seat_link_sources() -> SeatLinkSources:
    from chalicelib.models.people.province import province
    from chalicelib.services.partners.seat_links import SeatLinkSources

    return SeatLinkSources(
        find_manifest=manifests().find,
        keyed_hash=wiring.keyed_hash(),
        declare_url=settings().declare_url,
        province=province(settings().province),
    )


def _ask_for_seat_links(code: Code) -> None:
    """Raises `ServiceUnavailable`."""
    from chalicelib.models.events import Event
    from chalicelib.models.partners.events import MANIFEST_KEPT
    from chalicelib.wiring.queues import AFTER_REQUEST, send_within_request

    event = Event(kind=MANIFEST_KEPT, subject=str(code))
    send_within_request("declared", [event.model_dump_json()], delay=AFTER_REQUEST)


@cache
def announcer() -> Announcer:
    from chalicelib.services.partners.announcements import Announcer

    return Announcer(
        find_record=entries().find,
        find_endpoint=_endpoints().find,
        deliveries=deliveries(),
        send_later=send_later,
        clock=wiring.clock,
    )


@cache
def courier() -> Courier:
    from random import random

    from chalicelib.adapters import aws
    from chalicelib.adapters.keyed_hash import KeyedHash
    from chalicelib.services.partners.deliveries import Courier

    # Now: several threads will need it at once, and botocore cannot make clients in several threads.
    aws.client("sqs", settings().aws_region)
    return Courier(
        find_endpoint=_endpoints().find,
        deliveries=deliveries(),
        send_later=send_later,
        post=post,
        keyed_hash=KeyedHash(bytes.fromhex(wiring.secret("webhook_key_parameter"))),
        spread=random,
        clock=wiring.clock,
    )


def send_later(events: Sequence[PartnerEvent], seconds: int) -> None:
    """Put events into the webhooks queue. Raises `ServiceUnavailable`."""
    from chalicelib.wiring.queues import send_within_request

    send_within_request("webhooks", [each.model_dump_json() for each in events], delay=seconds)


def post(url: str, headers: Mapping[str, str], body: bytes) -> Answered:
    from chalicelib.adapters.webhooks import post

    return post(url, headers, body, on_this_machine=settings().webhooks_to_this_machine)


@cache
def _endpoints() -> Endpoints:
    from chalicelib.storage.partners.endpoints import Endpoints

    return Endpoints(wiring.reference_table())
