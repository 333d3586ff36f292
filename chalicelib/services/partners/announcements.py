"""Announce: events of entry become deliveries to the partner whose declaration it was.

There is no event when an hour has ended. So the event of a declaration waits in the queue until then. A message can be
delayed by 15 minutes at most, so it is sent again up to five times: each time before the former one is done with,
so it is never lost. No table is searched for passes that have ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.models.events import LONGEST_DELAY
from chalicelib.models.partners.deliveries import Delivery, WebhookType
from chalicelib.models.partners.events import PartnerEvent, PartnerEventKind, Turn
from chalicelib.services.entry.ports import FindRecord
from chalicelib.services.partners.ports import Deliveries, FindEndpoint, SendLater
from chalicelib.services.ports import Clock


@dataclass(frozen=True, slots=True)
class Announcer:
    """What announcing needs."""

    find_record: FindRecord
    find_endpoint: FindEndpoint
    deliveries: Deliveries
    send_later: SendLater
    clock: Clock


def announce(event: EntryEvent, *, announcer: Announcer) -> None:
    """Make the delivery that an event asks for. The same event again makes no second one.

    Nothing is made for a declaration that no partner sent, or whose partner has no endpoint; and nothing about a person
    whose data is restricted.
    """
    record, partner = _of_partner(event.code, announcer)
    if record is None or partner is None:
        return
    if event.kind is EntryEventKind.DECLARATION_SUBMITTED:
        _wait_for_expiry(event.code, record, announcer)
    elif not ((held := HeldPass(event.code, record)).issued.is_erased or held.is_restricted):
        _deliver(partner, list(_of_fact(event.kind, held, announcer.clock())), announcer)


def expire(code: Code, *, announcer: Announcer) -> None:
    """Make deliveries of the declaration's passes that ended unused, or wait until they all have: some may hold longer,
    as their holders wait at a gate."""
    record, partner = _of_partner(code, announcer)
    if record is None or partner is None:
        return
    now = announcer.clock()
    if now < _ends_at(code, record, now):
        _wait_for_expiry(code, record, announcer)
        return
    passes = [each for each in record.passes(code.declaration) if not each.is_restricted]
    unused = [each for each in passes if each.verdict(now) is Verdict.EXPIRED]
    _deliver(
        partner,
        [
            Delivery(type=WebhookType.EXPIRED, code=str(each.code), happened_at=each.expires_at, made_at=now)
            for each in unused
        ],
        announcer,
    )


def _of_partner(code: Code, announcer: Announcer) -> tuple[DeclarationRecord | None, str | None]:
    """The record, and its partner if that has an endpoint."""
    record = announcer.find_record(code)
    partner = record.declaration.partner if record else None
    return record, partner if partner and announcer.find_endpoint(partner) else None


def _wait_for_expiry(code: Code, record: DeclarationRecord, announcer: Announcer) -> None:
    now = announcer.clock()
    left = (_ends_at(code, record, now) - now).total_seconds()
    delay = min(max(0, ceil(left)), LONGEST_DELAY)
    announcer.send_later([PartnerEvent(kind=PartnerEventKind.EXPIRY_DUE, subject=str(code))], delay)


def _ends_at(code: Code, record: DeclarationRecord, now: datetime) -> datetime:
    """When the hour has ended, and the last pass that still waits to be decided."""
    waiting = (each.expires_at for each in record.passes(code.declaration) if each.verdict(now) is Verdict.VALID)
    return max([record.declaration.expires_at, *waiting])


def _of_fact(kind: EntryEventKind, held: HeldPass, now: datetime) -> Iterator[Delivery]:
    if kind is EntryEventKind.CROSSING_RECORDED and held.crossing:
        at = held.crossing.recorded_at
        yield Delivery(type=WebhookType.USED, code=str(held.code), happened_at=at, made_at=now)
    elif kind is EntryEventKind.PASS_REVOKED and held.revocation:
        at = held.revocation.recorded_at
        yield Delivery(type=WebhookType.REVOKED, code=str(held.code), happened_at=at, made_at=now)


def _deliver(partner: str, deliveries: list[Delivery], announcer: Announcer) -> None:
    for each in deliveries:
        announcer.deliveries.append(partner, each)
    turns = [str(Turn(partner, each.id, 0)) for each in deliveries]
    if turns:
        announcer.send_later([PartnerEvent(kind=PartnerEventKind.ATTEMPT_DUE, subject=each) for each in turns], 0)
