"""The `messages` table: which notices were sent, so that none is sent twice.

One row for each notice's `about` and `event`. No phone number and no text: the record they come from has them. The
table's other rows are those of `budgets`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import time

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.messaging.messages import (
    Channel,
    Claim,
    DeliveryOutcome,
    DeliveryState,
    Message,
)
from chalicelib.models.messaging.notices import Notice
from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Table

_CLAIMED = "claimed"


class MessageRow(Row):
    """`code` is what the notice is about. `outcome` is `claimed` until it is settled; until `claimed_until` (seconds
    since 1970) nobody else may claim."""

    code = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    outcome = UnicodeAttribute()
    claimed_until = NumberAttribute()
    reference = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class Messages:
    """`services.messaging.ports.Messages` on DynamoDB. `lease` is longer than a worker can live."""

    def __init__(self, table: Table[MessageRow], *, lease: timedelta) -> None:
        self._table, self._lease = table, lease

    def claim(self, notice: Notice, *, now: datetime) -> Claim:
        row = MessageRow(
            notice.about,
            notice.event,
            outcome=_CLAIMED,
            claimed_until=epoch(now + self._lease),
            expires_at=epoch(notice.keep_until),
        )
        left_behind = (MessageRow.outcome == _CLAIMED) & (MessageRow.claimed_until < epoch(now))
        stored = self._table.put_if(MessageRow.code.does_not_exist() | left_behind, row)
        if stored is None:
            return Claim.GRANTED
        return Claim.HELD if stored.outcome == _CLAIMED else Claim.SETTLED

    def settle(self, notice: Notice, *, outcome: DeliveryOutcome, reference: str) -> None:
        actions = [MessageRow.outcome.set(outcome), MessageRow.reference.set(reference)]
        # Not a row that was erased meanwhile: it would have no expiry.
        self._table.update_if(MessageRow.code.exists(), MessageRow(notice.about, notice.event), actions)

    def release(self, notice: Notice) -> None:
        self._table.delete_if(MessageRow.outcome == _CLAIMED, MessageRow(notice.about, notice.event))

    def about(self, code: str) -> list[Message]:
        rows = self._table.query(code, consistent_read=True)
        return [self._message(row) for row in rows if row.expires_at > time()]

    def of_event(self, event: str, subjects: Sequence[str]) -> dict[str, Message]:
        """100 rows a call."""
        rows = self._table.batch_get((subject, event) for subject in subjects)
        return {row.code: self._message(row) for row in rows if row.expires_at > time()}

    def _message(self, row: MessageRow) -> Message:
        if row.outcome == _CLAIMED:
            return Message(row.event, None, None, None, None, None)
        outcome = DeliveryOutcome(row.outcome)
        if outcome is not DeliveryOutcome.SENT:
            return Message(row.event, None, outcome, None, None, None)
        # It is sent within the lease: this is some seconds early at most.
        claimed_at = datetime.fromtimestamp(row.claimed_until, UTC) - self._lease
        return Message(row.event, Channel.SMS, outcome, DeliveryState.SENT, claimed_at, claimed_at)
