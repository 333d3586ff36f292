"""The telling of messages: claims on it, and how it can fail."""

from enum import Enum, StrEnum, auto


class Claim(Enum):
    """The answer to whoever wants to tell something."""

    GRANTED = auto()
    HELD = auto()
    """Someone else is telling it, or died while they were: ask again later."""
    SETTLED = auto()
    """It was told, or refused for good."""


class Outcome(StrEnum):
    """What became of one message."""

    SENT = "sent"
    REFUSED = "refused"
    REPEATED = "repeated"
    """It had been told before."""


class TemporaryFailure(Exception):
    """The provider did not take the message now; later it may."""


class PermanentRefusal(Exception):
    """The provider will never take a message to this number."""
