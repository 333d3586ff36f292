"""Deliver: a delivery is handed to its partner's endpoint, and tried again until it is taken.

At least once: a worker may die after the endpoint took a request and before that is on record. The next attempt has the
same id. The next attempt is sent to the queue before this one is put on record, so none is lost in between.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.models.events import LONGEST_DELAY
from chalicelib.models.partners.deliveries import (
    Answered,
    Attempt,
    AttemptOutcome,
    Delivery,
    DeliveryRecord,
    is_id,
    pause_after,
)
from chalicelib.models.partners.endpoints import SLOW, Endpoint, Reliability, signed_headers
from chalicelib.models.partners.errors import DeliveryUnknown
from chalicelib.models.partners.events import PartnerEvent, PartnerEventKind, Turn
from chalicelib.services.pages import Page, cursor_unknown
from chalicelib.services.partners.ports import Deliveries, FindEndpoint, Post, SendLater, Spread
from chalicelib.services.ports import Clock, KeyedHash


@dataclass(frozen=True, slots=True)
class Courier:
    """What delivering needs. `keyed_hash` makes the secrets of endpoints."""

    find_endpoint: FindEndpoint
    deliveries: Deliveries
    send_later: SendLater
    post: Post
    keyed_hash: KeyedHash
    spread: Spread
    clock: Clock


def attempt(turn: Turn, kind: PartnerEventKind, *, courier: Courier) -> AttemptOutcome | None:
    """Make one attempt at a delivery. None if there was none: it has been made, is no longer wanted, or must wait."""
    record = courier.deliveries.find(turn.partner, turn.id)
    endpoint = courier.find_endpoint(turn.partner)
    now = courier.clock()
    if record is None or endpoint is None or turn.number < record.next_number:
        return None
    is_replay = kind is PartnerEventKind.REPLAY_ASKED
    if not is_replay and (record.is_delivered or now >= record.delivery.tried_until):
        return None
    reliability = courier.deliveries.reliability(turn.partner)
    if reliability.is_paused(now):
        assert reliability.paused_until is not None  # it is paused
        left = round((reliability.paused_until - now).total_seconds()) + 1
        _send_again(turn, kind, left + round(left * courier.spread()), courier)
        return None
    answered = _request(turn.partner, record.delivery, endpoint, now, courier)
    delivered = answered.outcome is AttemptOutcome.DELIVERED
    pause = max(pause_after(turn.number, courier.spread()), answered.retry_after)
    if not (delivered or record.is_delivered) and now + timedelta(seconds=pause) < record.delivery.tried_until:
        following = turn._replace(number=turn.number + 1)
        _send_again(following, PartnerEventKind.ATTEMPT_DUE, pause, courier)
    made = Attempt(
        number=turn.number,
        at=now,
        outcome=answered.outcome,
        status=answered.status,
        milliseconds=round(answered.seconds * 1000),
    )
    courier.deliveries.append_attempt(turn.partner, record.delivery, made)
    _note_reliability(turn.partner, reliability, answered, courier)
    return answered.outcome


def list_deliveries(partner: str, *, cursor: str | None, limit: int, deliveries: Deliveries) -> Page[DeliveryRecord]:
    """A page of a partner's deliveries, the latest first. The cursor is the id of the last one.

    Raises `InvalidInput` (`cursor_unknown`) if it is no id.
    """
    if cursor is not None and not is_id(cursor):
        raise cursor_unknown()
    found = deliveries.latest(partner, cursor, limit + 1)
    shown = found[:limit]
    return Page(shown, shown[-1].delivery.id if len(found) > limit else None)


def replay(partner: str, delivery: str, *, deliveries: Deliveries, send_later: SendLater) -> DeliveryRecord:
    """Have a delivery tried once more, whatever came of it. Raises `DeliveryUnknown`."""
    record = deliveries.find(partner, delivery) if is_id(delivery) else None
    if record is None:
        raise DeliveryUnknown(id=delivery[:40])
    turn = Turn(partner, delivery, record.next_number)
    send_later([PartnerEvent(kind=PartnerEventKind.REPLAY_ASKED, subject=str(turn))], 0)
    return record


def endpoint_secret(partner: str, version: int, keyed_hash: KeyedHash) -> bytes:
    """The secret of a partner's endpoint, 32 bytes. It is computed, so that it need not be stored."""
    return keyed_hash.raw(32, "webhook", partner, str(version))


def _send_again(turn: Turn, kind: PartnerEventKind, seconds: int, courier: Courier) -> None:
    courier.send_later([PartnerEvent(kind=kind, subject=str(turn))], min(seconds, LONGEST_DELAY))


def _request(partner: str, delivery: Delivery, endpoint: Endpoint, now: datetime, courier: Courier) -> Answered:
    body = json.dumps(delivery.content, separators=(",", ":")).encode()
    secrets = [endpoint_secret(partner, each, courier.keyed_hash) for each in endpoint.versions(now)]
    headers = {"content-type": "application/json", **signed_headers(delivery.id, now, body, secrets)}
    return courier.post(endpoint.url, headers, body)


def _note_reliability(partner: str, before: Reliability, answered: Answered, courier: Courier) -> None:
    if answered.outcome is not AttemptOutcome.DELIVERED or answered.seconds > SLOW.total_seconds():
        courier.deliveries.put_reliability(partner, before.after_miss(courier.clock()))
    elif before.misses:
        courier.deliveries.put_reliability(partner, Reliability())
