"""The `messages` table: which notices were sent, so that none is sent twice.

One row for each notice's `about` and `event`. No phone number and no text: the record they come from has them. The
table's other rows are those of `budgets`.
"""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.messaging.messages import Claim, DeliveryOutcome, DeliveryState, Receipt
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
    state = UnicodeAttribute(null=True)
    state_at = NumberAttribute(null=True)
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

    def take_receipt(self, receipt: Receipt) -> None:
        about, _, event = receipt.tracking.partition(".")
        if not event:
            return
        states = list(DeliveryState)
        earlier = MessageRow.state.does_not_exist()
        for each in states[: states.index(receipt.state)]:
            earlier |= MessageRow.state == each
        actions = [MessageRow.state.set(receipt.state), MessageRow.state_at.set(epoch(receipt.at))]
        self._table.update_if(MessageRow.code.exists() & earlier, MessageRow(about, event), actions)
