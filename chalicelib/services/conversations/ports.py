"""The ports of conversations."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

SendReply = Callable[[str, str], str]
"""Send a text to a user through Zalo: `send_reply(user_id, text)`. Returns Zalo's id of the message.

Raises `TemporaryFailure`, `RequestRejected` or `PermanentRefusal`, of which `TokenUnavailable` is one."""


class Replies(Protocol):
    """Which events were answered, by a keyed hash of their ids."""

    def claim(self, event: str, *, now: datetime) -> bool:
        """Claim the right to answer an event, for longer than a worker can live. False if it was answered.

        Raises `TemporaryFailure` if another worker has it.
        """

    def settle(self, event: str) -> None:
        """Record that the event is settled and needs no answer."""

    def release(self, event: str) -> None:
        """Release the claim: no answer was sent."""
