"""Deliveries: what a partner learns of its passes, and the attempts to hand it over.

A delivery has no state that could be overwritten: its state follows from the attempts beside it.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, NamedTuple

from pydantic import AwareDatetime

from chalicelib.models.entry.codes import Code
from chalicelib.models.enums import StrEnum
from chalicelib.models.events import LONGEST_DELAY
from chalicelib.models.records import Record

KEPT_FOR = timedelta(days=7)
"""After a delivery was made, it leaves."""
TRIED_FOR = timedelta(hours=12)
"""After a delivery was made, it is not tried any more, unless the partner asks for it."""

_PAUSES = (5, 30, 120, 300, 600)
"""Seconds between the first attempts; after these, the longest delay that a queue's message can have."""
_ID = re.compile(r"evt_[0-9a-f]{32}", re.ASCII)


WebhookState = Literal["used", "revoked", "expired"]
"""The state of a pass, as `GET /v1/passes/{code}` has it."""


class WebhookType(StrEnum):
    """What happened to a pass."""

    USED = "pass.used"
    """A crossing was recorded, whatever was decided: the decision may reveal health."""
    REVOKED = "pass.revoked"
    EXPIRED = "pass.expired"
    """Its hour ended, and it was neither used nor revoked."""

    @property
    def state(self) -> str:
        """The state of the pass, as `GET /v1/passes/{code}` has it."""
        return self.value.removeprefix("pass.")


class Delivery(Record):
    """A webhook to one partner about one pass."""

    type: WebhookType
    code: str
    """16 characters without hyphens."""
    happened_at: AwareDatetime
    made_at: AwareDatetime

    @property
    def id(self) -> str:
        """The same whenever it is made. In the order of the time when it happened."""
        digest = sha256(f"{self.type} {self.code}".encode()).hexdigest()
        return f"evt_{int(self.happened_at.timestamp()):010x}{digest[:22]}"

    @property
    def tried_until(self) -> datetime:
        return self.made_at + TRIED_FOR

    @property
    def content(self) -> dict[str, object]:
        """The body of the request. It has nothing of the person but the code."""
        return {
            "type": self.type.value,
            "timestamp": self.happened_at.isoformat(timespec="seconds"),
            "data": {"code": Code.parse(self.code).shown, "state": self.type.state},
        }


class AttemptOutcome(StrEnum):
    """What came of an attempt."""

    DELIVERED = "delivered"
    """The endpoint answered with a status from 200 to 299."""
    REFUSED = "refused"
    """It answered with another status. Redirects are not followed."""
    TIMED_OUT = "timed_out"
    """It did not answer within five seconds."""
    UNREACHABLE = "unreachable"
    """No connection: its name, its TLS certificate, its port."""
    UNREADABLE = "unreadable"
    """Its answer is no HTTP/1.1, or longer than 16 KiB."""
    FORBIDDEN = "forbidden"
    """Its name leads to an address that is not public."""


class Answered(NamedTuple):
    """What came of a request to an endpoint."""

    outcome: AttemptOutcome
    seconds: float
    status: int | None = None
    retry_after: int = 0
    """Seconds that the endpoint asks to wait."""


class Attempt(Record):
    """One attempt to deliver."""

    number: int
    at: AwareDatetime
    outcome: AttemptOutcome
    status: int | None = None
    milliseconds: int


class DeliveryState(StrEnum):
    """What a delivery has come to."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """It was tried for twelve hours. The partner may ask for it again."""


class DeliveryRecord(NamedTuple):
    """A delivery and its attempts, in their order."""

    delivery: Delivery
    attempts: Sequence[Attempt] = ()

    @property
    def next_number(self) -> int:
        return self.attempts[-1].number + 1 if self.attempts else 0

    @property
    def is_delivered(self) -> bool:
        return any(each.outcome is AttemptOutcome.DELIVERED for each in self.attempts)

    def state(self, now: datetime) -> DeliveryState:
        if self.is_delivered:
            return DeliveryState.DELIVERED
        return DeliveryState.PENDING if now < self.delivery.tried_until else DeliveryState.FAILED


def is_id(text: str) -> bool:
    """Whether a text can be the id of a delivery."""
    return _ID.fullmatch(text) is not None


def pause_after(number: int, spread: float) -> int:
    """Seconds from an attempt to the next one. `spread`, from 0 to 1, keeps many deliveries from coming at once."""
    pause = _PAUSES[number] if number < len(_PAUSES) else LONGEST_DELAY
    return round(pause * (0.8 + 0.2 * spread))
