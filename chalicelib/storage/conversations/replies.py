"""Rows of the `messages` table: the answered events of the Official Account, so that none is answered twice.

One row for each event, by the keyed hash of its id. No user's id and no text.
"""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.conversations.replies import KEPT_FOR
from chalicelib.models.messaging.messages import TemporaryFailure
from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Table

_CLAIMED, _SETTLED = "claimed", "settled"
_REPLY = "reply"


class ReplyRow(Row):
    """`code` is `CONVERSATION#` and the event's hash, `event` is `reply`. The table's keys have these names."""

    code = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    outcome = UnicodeAttribute()
    claimed_until = NumberAttribute()
    expires_at = NumberAttribute()


class Replies:
    """`services.conversations.ports.Replies` on DynamoDB. `lease` is longer than a worker can live."""

    def __init__(self, table: Table[ReplyRow], *, lease: timedelta) -> None:
        self._table, self._lease = table, lease

    def claim(self, event: str, *, now: datetime) -> bool:
        row = _row(event, outcome=_CLAIMED, claimed_until=epoch(now + self._lease), expires_at=epoch(now + KEPT_FOR))
        left_behind = (ReplyRow.outcome == _CLAIMED) & (ReplyRow.claimed_until < epoch(now))
        stored = self._table.put_if(ReplyRow.code.does_not_exist() | left_behind, row)
        if stored is None:
            return True
        if stored.outcome == _CLAIMED:
            raise TemporaryFailure("another worker holds the claim")
        return False

    def settle(self, event: str) -> None:
        self._table.update_if(ReplyRow.code.exists(), _row(event), [ReplyRow.outcome.set(_SETTLED)])

    def release(self, event: str) -> None:
        self._table.delete_if(ReplyRow.outcome == _CLAIMED, _row(event))


def _row(event: str, **attributes: str | int) -> ReplyRow:
    return ReplyRow(f"CONVERSATION#{event}", _REPLY, **attributes)
