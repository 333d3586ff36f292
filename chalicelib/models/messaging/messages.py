"""Messages on their way: claims, outcomes, and how sending can fail."""

from enum import Enum, StrEnum, auto


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


class TemporaryFailure(Exception):
    """The provider did not take the message now; later it may."""


class Throttled(TemporaryFailure):
    """The provider takes no more texts at the moment, to any phone."""


class OutOfTime(TemporaryFailure):
    """The worker has too little time left to start another text."""


class PermanentRefusal(Exception):
    """The provider will never take a message to this number."""
