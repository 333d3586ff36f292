"""The `messages` table: what was told to whom, which is also what keeps a repeated event from telling twice.

One row for each pass and kind of event. No phone number and no text: the record they come from has them.
"""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEventKind
from chalicelib.models.messaging.messages import Claim
from chalicelib.storage.tables import answering, epoch, put_if

_CLAIMED = "claimed"


class MessageRow(Model):
    """`outcome` is `claimed` until it is settled; until `claimed_until` (seconds since 1970) nobody else may claim."""

    class Meta:
        table_name = "messages"

    code = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    outcome = UnicodeAttribute()
    claimed_until = NumberAttribute()
    reference = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class Messages:
    """`services.collaborators.Messages` on DynamoDB. `lease` is longer than a worker can live."""

    def __init__(self, *, lease: timedelta) -> None:
        self._lease = lease

    def claim(self, code: Code, kind: EntryEventKind, *, now: datetime, keep_until: datetime) -> Claim:
        row = MessageRow(
            str(code),
            kind.value,
            outcome=_CLAIMED,
            claimed_until=epoch(now + self._lease),
            expires_at=epoch(keep_until),
        )
        left_behind = (MessageRow.outcome == _CLAIMED) & (MessageRow.claimed_until < epoch(now))
        standing = put_if(MessageRow.code.does_not_exist() | left_behind, row)
        if standing is None:
            return Claim.GRANTED
        return Claim.HELD if standing["outcome"]["S"] == _CLAIMED else Claim.SETTLED

    def settle(self, code: Code, kind: EntryEventKind, *, outcome: str, reference: str) -> None:
        with answering():
            MessageRow(str(code), kind.value).update(
                actions=[MessageRow.outcome.set(outcome), MessageRow.reference.set(reference)]
            )

    def release(self, code: Code, kind: EntryEventKind) -> None:
        with answering():
            MessageRow(str(code), kind.value).delete(condition=MessageRow.outcome == _CLAIMED)
