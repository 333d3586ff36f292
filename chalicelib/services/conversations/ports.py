"""What conversations need from outside."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

SendReply = Callable[[str, str], str]
"""Hand a text to Zalo, for a user's id: `send_reply(user_id, text)`. Gives Zalo's id of the message.

Raises `TemporaryFailure`, `RequestRejected` or `PermanentRefusal`, of which `TokenUnavailable` is one."""


class Replies(Protocol):
    """Which events were answered, by a keyed hash of their ids."""

    def claim(self, event: str, *, now: datetime) -> bool:
        """Claim the right to answer an event, for longer than a worker can live. False if it was answered.

        Raises `TemporaryFailure` if another worker has it.
        """

    def settle(self, event: str) -> None:
        """Record that nobody needs to answer it any more."""

    def release(self, event: str) -> None:
        """Release the claim: no answer was sent."""
