"""The `messages` table: the notices that were sent, so that none is sent twice, and their outcomes.

One row for each notice's `about` and `event`. No phone number and no text: the record they come from has them. The
table's other rows are those of `budgets`.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import time

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.models.messaging.messages import (
    Channel,
    Claim,
    ClaimState,
    DeliveryOutcome,
    DeliveryState,
    Message,
    Receipt,
    ReceiptOutcome,
    Settlement,
)
from chalicelib.models.messaging.notices import Notice
from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Table

_CLAIMED = "claimed"
_CODE = re.compile(r"[0-9A-Z]{16}")
"""The codes that notices are about. A provider may send any tracking, so it must not lead to other kinds of rows. The
function for receipts has no right to those."""


class MessageRow(Row):
    """`code` is what the notice is about. `outcome` is `claimed` until it is settled; until `claimed_until` nobody else
    may claim. A released claim ends at once, but its row stays because of `tries`.

    Times are in seconds since 1970. Rows of the release that supported only SMS have neither channel nor state.
    """

    code = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    outcome = UnicodeAttribute()
    claimed_until = NumberAttribute()
    tries = NumberAttribute(null=True)
    """The number of temporary failures of the first of several channels."""
    reference = UnicodeAttribute(null=True)
    channel = UnicodeAttribute(null=True)
    """This and the following ones are only for a sent message."""
    price = NumberAttribute(null=True)
    """VND."""
    sent_at = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    state_at = NumberAttribute(null=True)
    expires_at = NumberAttribute()


class Messages:
    """`services.messaging.ports.Messages` on DynamoDB. `lease` is longer than a worker can live."""

    def __init__(self, table: Table[MessageRow], *, lease: timedelta) -> None:
        self._table, self._lease = table, lease

    def claim(self, notice: Notice, *, now: datetime) -> Claim:
        found = self._put(MessageRow.code.does_not_exist(), notice, now, tries=0)
        if found is None:
            return Claim(ClaimState.GRANTED)
        if found.outcome != _CLAIMED:
            return Claim(ClaimState.SETTLED)
        if found.claimed_until >= epoch(now):
            return Claim(ClaimState.HELD)
        # The claim is abandoned or released. If another worker claims it first, or a receipt settles it, this fails.
        unchanged = (MessageRow.outcome == _CLAIMED) & (MessageRow.claimed_until == found.claimed_until)
        tries = int(found.tries or 0)
        taken = self._put(unchanged, notice, now, tries=tries) is None
        return Claim(ClaimState.GRANTED, tries) if taken else Claim(ClaimState.HELD)

    def settle(self, notice: Notice, settlement: Settlement, *, now: datetime) -> None:
        actions = [MessageRow.outcome.set(settlement.outcome), MessageRow.reference.set(settlement.reference)]
        if settlement.channel is not None:
            actions += [
                MessageRow.channel.set(settlement.channel),
                MessageRow.price.set(settlement.price),
                MessageRow.sent_at.set(epoch(now)),
                MessageRow.state.set(DeliveryState.SENT),
                MessageRow.state_at.set(epoch(now)),
            ]
        # Do not recreate a row that was erased meanwhile: it would have no expiry. Do not change one that a receipt has
        # settled.
        unsettled = MessageRow.outcome.exists() & MessageRow.state.does_not_exist()
        self._table.update_if(unsettled, MessageRow(notice.about, notice.event), actions)

    def release(self, notice: Notice, *, tries: int, now: datetime) -> None:
        # Just expired. The previous release, too, reads it as an abandoned claim.
        actions = [MessageRow.claimed_until.set(epoch(now) - 1), MessageRow.tries.set(tries)]
        self._table.update_if(MessageRow.outcome == _CLAIMED, MessageRow(notice.about, notice.event), actions)

    def take_receipt(self, receipt: Receipt) -> ReceiptOutcome:
        about, _, event = receipt.tracking.partition(".")
        if not (_CODE.fullmatch(about) and event):
            return ReceiptOutcome.UNKNOWN
        actions = [
            MessageRow.outcome.set(DeliveryOutcome.SENT),
            MessageRow.channel.set(receipt.channel),
            MessageRow.sent_at.set(MessageRow.sent_at | epoch(receipt.at)),
            MessageRow.state.set(receipt.state),
            MessageRow.state_at.set(epoch(receipt.at)),
        ]
        found = self._table.update_or_find(_is_news(receipt), MessageRow(about, event), actions)
        if found is None:
            return ReceiptOutcome.TAKEN
        return ReceiptOutcome.UNKNOWN if found.outcome is None else ReceiptOutcome.REPEATED

    def about(self, code: str) -> list[Message]:
        rows = self._table.query(code, consistent_read=True)
        return [self._message(row) for row in rows if row.expires_at > time()]

    def of_event(self, event: str, subjects: Sequence[str]) -> dict[str, Message]:
        """100 rows a call."""
        rows = self._table.batch_get((subject, event) for subject in subjects)
        return {row.code: self._message(row) for row in rows if row.expires_at > time()}

    def _message(self, row: MessageRow) -> Message:
        outcome = None if row.outcome == _CLAIMED else DeliveryOutcome(row.outcome)
        channel = row.channel or (Channel.SMS if outcome is DeliveryOutcome.SENT else None)
        claimed_at = row.claimed_until - self._lease.total_seconds()
        return Message(
            row.event,
            None if channel is None else Channel(channel),
            outcome,
            None if row.state is None else DeliveryState(row.state),
            _moment(row.sent_at),
            _moment(row.state_at),
            None if outcome is None else _moment(row.sent_at or claimed_at),
        )

    def _put(self, condition: Condition, notice: Notice, now: datetime, *, tries: int) -> MessageRow | None:
        row = MessageRow(
            notice.about,
            notice.event,
            outcome=_CLAIMED,
            claimed_until=epoch(now + self._lease),
            tries=tries,
            expires_at=epoch(notice.keep_until),
        )
        return self._table.put_if(condition, row)


def _is_news(receipt: Receipt) -> Condition:
    """The record has only a claim, or an earlier state of the same channel."""
    state, channel = MessageRow.state, MessageRow.channel
    is_later: Condition = state.does_not_exist()
    if receipt.state.earlier:
        is_later |= state.is_in(*receipt.state.earlier)
    same_channel: Condition = channel.does_not_exist() | (channel == receipt.channel)
    condition: Condition = MessageRow.outcome.exists() & is_later & same_channel
    return condition


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
