"""The `webhooks` table: deliveries to partners and the attempts at them, append-only, and how endpoints answer.

A partition for each partner, named by the keyed hash of its key. A delivery is `DELIVERY#<id>`, an attempt at it
`DELIVERY#<id>#<number>`, so that one query reads both in the order of their ids, which is that of time. `RELIABILITY`
is how the partner's endpoint has answered lately. The partition `CODE#<code>` names the deliveries about one pass, by
which they are found when a person asks for their data.
"""

from itertools import groupby
from time import time

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.partners.deliveries import KEPT_FOR, Attempt, Delivery, DeliveryRecord
from chalicelib.models.partners.endpoints import Reliability
from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Put, Table

DELIVERY, RELIABILITY, CODE = "DELIVERY", "RELIABILITY", "CODE"
_PAGE = 200
"""Rows that a query reads at once."""


class WebhookRow(Row):
    """One row. `code` is the pass that a delivery and its attempts are about."""

    partner = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute(null=True)
    code = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


_NEW = WebhookRow.partner.does_not_exist()


class Deliveries:
    """`services.partners.ports.Deliveries` on DynamoDB."""

    def __init__(self, table: Table[WebhookRow]) -> None:
        self._table = table

    def append(self, partner: str, delivery: Delivery) -> None:
        name = f"{DELIVERY}#{delivery.id}"
        leads_to_it = WebhookRow(f"{CODE}#{delivery.code}", f"{partner}#{delivery.id}", expires_at=_leaves(delivery))
        row = WebhookRow(
            partner, name, body=delivery.model_dump_json(), code=delivery.code, expires_at=_leaves(delivery)
        )
        self._table.transact([Put(row, _NEW), Put(leads_to_it)])

    def find(self, partner: str, delivery: str) -> DeliveryRecord | None:
        rows = self._table.query(partner, WebhookRow.row.startswith(f"{DELIVERY}#{delivery}"), consistent_read=True)
        return _record([row for row in rows if row.expires_at > time()])

    def append_attempt(self, partner: str, delivery: Delivery, attempt: Attempt) -> None:
        row = WebhookRow(
            partner,
            f"{DELIVERY}#{delivery.id}#{attempt.number:03d}",
            body=attempt.model_dump_json(exclude_none=True),
            code=delivery.code,
            expires_at=_leaves(delivery),
        )
        self._table.put_if(_NEW, row)

    def latest(self, partner: str, before: str | None, at_most: int) -> list[DeliveryRecord]:
        """Read page by page, until there are as many as are wanted."""
        last = f"{DELIVERY}#{before}" if before else f"{DELIVERY}#~"
        rows = self._table.query(
            partner,
            WebhookRow.row.between(f"{DELIVERY}#", last),
            consistent_read=True,
            scan_index_forward=False,
            page_size=_PAGE,
        )
        found: list[DeliveryRecord] = []
        for name, own in groupby((row for row in rows if row.expires_at > time()), key=_delivery_of):
            record = _record(list(own)) if name != before else None
            if record:
                found.append(record)
            if len(found) == at_most:
                break
        return found

    def reliability(self, partner: str) -> Reliability:
        row = self._table.get(partner, RELIABILITY)
        return Reliability() if row is None else Reliability.from_stored(row.body)

    def put_reliability(self, partner: str, reliability: Reliability) -> None:
        leaves = int(time() + KEPT_FOR.total_seconds())
        self._table.put(WebhookRow(partner, RELIABILITY, body=reliability.model_dump_json(), expires_at=leaves))


def _record(rows: list[WebhookRow]) -> DeliveryRecord | None:
    """The delivery in its rows. None if there are only attempts: it was erased during the last attempt."""
    bodies = {row.row.count("#"): row.body for row in rows if row.row.count("#") == 1}
    attempts = sorted((row for row in rows if row.row.count("#") > 1), key=lambda row: str(row.row))
    if not bodies:
        return None
    return DeliveryRecord(
        Delivery.from_stored(bodies[1]),
        [Attempt.from_stored(row.body) for row in attempts],
    )


def _delivery_of(row: WebhookRow) -> str:
    return str(row.row).split("#")[1]


def _leaves(delivery: Delivery) -> int:
    return epoch(delivery.made_at + KEPT_FOR)
