"""Which notices were sent, in memory, and a provider that sends them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.models.messaging.messages import Claim, DeliveryOutcome
from chalicelib.models.messaging.notices import Notice
from tests.forms import NOW


@dataclass
class Messages:
    lease: timedelta = timedelta(seconds=30)
    rows: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)

    def claim(self, notice: Notice, *, now: datetime) -> Claim:
        outcome, until = self.rows.get((notice.about, notice.event), ("", now))
        if outcome not in ("", "claimed"):
            return Claim.SETTLED
        if outcome == "claimed" and until >= now:
            return Claim.HELD
        self.rows[notice.about, notice.event] = ("claimed", now + self.lease)
        return Claim.GRANTED

    def settle(self, notice: Notice, *, outcome: DeliveryOutcome, reference: str) -> None:
        self.rows[notice.about, notice.event] = (outcome, NOW)

    def release(self, notice: Notice) -> None:
        del self.rows[notice.about, notice.event]


@dataclass
class Provider:
    """An SMS provider that takes texts, or raises what `failures` holds next."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def __call__(self, phone: str, text: str) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((phone, text))
        return f"message-{len(self.sent)}"
