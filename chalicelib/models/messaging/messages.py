"""Messages on their way: claims, outcomes, receipts, and how sending can fail."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import NamedTuple


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


class Receipt(NamedTuple):
    """What a provider says about a message that it took."""

    channel: Channel
    tracking: str
    state: DeliveryState
    at: datetime


class Message(NamedTuple):
    """What is on record of a message: neither its text nor the phone."""

    event: str
    """The notice's: with what the message is about, it names the message."""
    channel: Channel | None
    """None: no channel has taken it, or the release that sent it did not keep the channel."""
    outcome: "DeliveryOutcome | None"
    """None: a worker is sending it."""
    state: DeliveryState | None
    """The latest that is known of a message that was sent."""
    sent_at: datetime | None
    """When it was handed to the provider."""
    state_at: datetime | None
    """Since when the state is known."""


class Claim(Enum):
    """The answer to a worker that wants to send a message."""

    GRANTED = auto()
    HELD = auto()
    """Another worker is sending it, or died while it was: ask again later."""
    SETTLED = auto()
    """It was sent, or refused for good."""


class DeliveryOutcome(StrEnum):
    """What became of one message."""

    SENT = "sent"
    REFUSED = "refused"
    REPEATED = "repeated"
    """It was settled before, and was not sent again."""
    OVER_BUDGET = "over_budget"
    """The stage has sent its texts of the day."""
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


class TemporaryFailure(Exception):
    """The provider did not take the message now; later it may."""


class Throttled(TemporaryFailure):
    """The provider takes no more texts at the moment, to any phone."""


class OutOfTime(TemporaryFailure):
    """The worker has too little time left to start another text."""


class PermanentRefusal(Exception):
    """The provider will never take a message to this number: the next channel may."""


class QuotaUsedUp(PermanentRefusal):
    """The provider takes no more messages of ours today, to any phone."""


class RequestRejected(Exception):
    """The provider rejects the request itself: the template, its values, or our access. Somebody must mend that first.
    The message is the provider's code."""
