"""Messages on their way: claims, outcomes, receipts, and how sending can fail."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import ClassVar, NamedTuple

from chalicelib.models.enums import StrEnum


class Channel(StrEnum):
    """How a message reaches a phone."""

    ZALO = "zalo"
    """A template message of the province's Official Account (ZNS)."""
    SMS = "sms"


class Outgoing(NamedTuple):
    """A message that is ready to send, for any channel."""

    phone: str
    """E.164."""
    text: str
    """One part of an SMS."""
    tracking: str
    """At most 48 characters: identifies the message to a provider, who returns it in receipts."""
    template_id: str = ""
    """The id of the template at Zalo. Empty: the notice has no template there in its language."""
    template_data: Mapping[str, str] = {}

    def __repr__(self) -> str:
        """Without the person's data."""
        return f"Outgoing({self.tracking})"


class DeliveryState(StrEnum):
    """The state in a provider's receipt. Receipts may be late, repeated and in any order: the later state counts."""

    SENT = "sent"
    """The provider has accepted it."""
    FAILED = "failed"
    """It could not reach the phone."""
    DELIVERED = "delivered"
    """It is on the phone."""
    SEEN = "seen"
    """It was opened."""

    @property
    def earlier(self) -> "list[DeliveryState]":
        """The states that this state replaces."""
        states = list(DeliveryState)
        return states[: states.index(self)]


class Receipt(NamedTuple):
    """A provider's receipt about a message that it accepted."""

    channel: Channel
    tracking: str
    state: DeliveryState
    at: datetime


class ReceiptOutcome(StrEnum):
    """The outcome of one receipt."""

    TAKEN = "taken"
    REPEATED = "repeated"
    """It is no later than the recorded state, or not from the channel that sent the message."""
    UNKNOWN = "unknown"
    """No message has its tracking; the message may have been erased."""

    def metric(self, receipt: Receipt) -> str:
        """The metric that counts it: by the message's new state, if it is new."""
        return f"Receipt_{receipt.state if self is ReceiptOutcome.TAKEN else self}"


class ClaimState(Enum):
    """The answer to a worker that wants to send a message."""

    GRANTED = auto()
    HELD = auto()
    """Another worker is sending it, or died while it was: ask again later."""
    SETTLED = auto()
    """It was sent, or will never be sent."""


class Claim(NamedTuple):
    """The answer, and the number of temporary failures of the first of several channels with this message."""

    state: ClaimState
    tries: int = 0


class DeliveryOutcome(StrEnum):
    """What became of one message."""

    SENT = "sent"
    REFUSED = "refused"
    REPEATED = "repeated"
    """It was settled before, and was not sent again."""
    OVER_BUDGET = "over_budget"
    """The stage's budget of the day is spent."""
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
    """The outcome of a message, for its record. Only a sent message has a channel and a price."""

    outcome: DeliveryOutcome
    reference: str = ""
    """The provider's reference, or the code of its refusal."""
    channel: Channel | None = None
    price: int = 0
    """VND."""


class Message(NamedTuple):
    """A message on record, without phone and text."""

    event: str
    channel: Channel | None
    """None: it was not sent."""
    outcome: DeliveryOutcome | None
    """None: it is not settled yet."""
    state: DeliveryState | None
    sent_at: datetime | None
    state_at: datetime | None
    settled_at: datetime | None = None
    """When it was sent; for one that was not sent, when a worker last took it. None: it is not settled."""


class TemporaryFailure(Exception):
    """The provider did not take the message now; later it may."""


class Throttled(TemporaryFailure):
    """The provider takes no more texts at the moment, to any phone."""


class ClaimHeld(TemporaryFailure):
    """Another worker is sending the message, or failed while sending it."""


class OutOfTime(TemporaryFailure):
    """The worker has too little time left to start another text."""


class PermanentRefusal(Exception):
    """The provider never accepts messages to this number; the next channel may."""

    warning: ClassVar[str] = ""
    """The metric that counts it, if operators need to see it."""


class QuotaUsedUp(PermanentRefusal):
    """The provider accepts no more of our messages today, to any phone."""

    warning = "Quota_used_up"


class RequestRejected(Exception):
    """The provider rejects the request itself: the template, its values, or our access. An operator must fix that
    first. The exception's text is the provider's code."""
