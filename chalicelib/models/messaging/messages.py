"""Messages on their way: claims, outcomes, receipts, and how sending can fail."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import ClassVar, NamedTuple


class Channel(StrEnum):
    """How a message reaches a phone."""

    ZALO = "zalo"
    """A template message of the province's Official Account (ZNS)."""
    SMS = "sms"


class Outgoing(NamedTuple):
    """A message that is ready to be sent, whichever channel takes it."""

    phone: str
    """E.164."""
    text: str
    """One part of an SMS."""
    tracking: str
    """At most 48 characters: names the message to a provider, who sends it back in receipts."""
    template_id: str = ""
    """Zalo's. Empty: the notice has no template there, in its language."""
    template_data: Mapping[str, str] = {}

    def __repr__(self) -> str:
        """Without the person's data."""
        return f"Outgoing({self.tracking})"


class DeliveryState(StrEnum):
    """What a provider's receipt says. Receipts come late, twice and in any order: the later state wins."""

    SENT = "sent"
    """The provider has taken it."""
    FAILED = "failed"
    """It could not reach the phone."""
    DELIVERED = "delivered"
    """It is on the phone."""
    SEEN = "seen"
    """It was opened."""

    @property
    def earlier(self) -> "list[DeliveryState]":
        """The states that this one replaces."""
        states = list(DeliveryState)
        return states[: states.index(self)]


class Receipt(NamedTuple):
    """What a provider says about a message that it took."""

    channel: Channel
    tracking: str
    state: DeliveryState
    at: datetime


class ReceiptOutcome(StrEnum):
    """What became of one receipt."""

    TAKEN = "taken"
    REPEATED = "repeated"
    """It says nothing later than what is on record, or is of another channel than the message went by."""
    UNKNOWN = "unknown"
    """No message has its tracking; it may have been erased."""

    def metric(self, receipt: Receipt) -> str:
        """The metric that counts it: by what became of the message, if that is news."""
        return f"Receipt_{receipt.state if self is ReceiptOutcome.TAKEN else self}"


class ClaimState(Enum):
    """The answer to a worker that wants to send a message."""

    GRANTED = auto()
    HELD = auto()
    """Another worker is sending it, or died while it was: ask again later."""
    SETTLED = auto()
    """It was sent, or will never be."""


class Claim(NamedTuple):
    """The answer, and how often the first of several channels has failed in passing with this message."""

    state: ClaimState
    tries: int = 0


class DeliveryOutcome(StrEnum):
    """What became of one message."""

    SENT = "sent"
    REFUSED = "refused"
    REPEATED = "repeated"
    """It was settled before, and was not sent again."""
    OVER_BUDGET = "over_budget"
    """The stage has spent its money of the day."""
    LIMITED = "limited"
    """The phone has had its texts of the day."""
    LATE = "late"
    """It is no longer useful (`Notice.useful_until`)."""
    FOREIGN = "foreign"
    """The province sends no texts to that country."""
    SANDBOX = "sandbox"
    """The stage is a sandbox, and sends no texts."""
    STOPPED = "stopped"
    """An officer stopped the wave that it is part of."""


class Settlement(NamedTuple):
    """What became of a message, for its record. Only a sent one has a channel and a price."""

    outcome: DeliveryOutcome
    reference: str = ""
    """The provider's, or the code of its refusal."""
    channel: Channel | None = None
    price: int = 0
    """VND."""


class Message(NamedTuple):
    """A message as it is on record. It has neither the phone nor the text."""

    event: str
    channel: Channel | None
    """None: it was not sent."""
    outcome: DeliveryOutcome | None
    """None: it is not settled yet."""
    state: DeliveryState | None
    sent_at: datetime | None
    state_at: datetime | None


class TemporaryFailure(Exception):
    """The provider did not take the message now; later it may."""


class Throttled(TemporaryFailure):
    """The provider takes no more texts at the moment, to any phone."""


class ClaimHeld(TemporaryFailure):
    """Another worker is sending the message, or died while it was."""


class OutOfTime(TemporaryFailure):
    """The worker has too little time left to start another text."""


class PermanentRefusal(Exception):
    """The provider will never take a message to this number: the next channel may."""

    warning: ClassVar[str] = ""
    """The metric that counts it, if an operator must learn of it."""


class QuotaUsedUp(PermanentRefusal):
    """The provider takes no more messages of ours today, to any phone."""

    warning = "Quota_used_up"


class RequestRejected(Exception):
    """The provider rejects the request itself: the template, its values, or our access. Somebody must mend that first.
    The message is the provider's code."""
