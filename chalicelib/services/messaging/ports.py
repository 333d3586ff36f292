"""What messaging needs from outside."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from chalicelib.models.messaging.messages import Claim, DeliveryOutcome
from chalicelib.models.messaging.notices import Notice


class Messages(Protocol):
    """Which notices were sent, by their `about` and `event`."""

    def claim(self, notice: Notice, *, now: datetime) -> Claim:
        """Claim the right to send a notice, for longer than a worker can live."""

    def settle(self, notice: Notice, *, outcome: DeliveryOutcome, reference: str) -> None:
        """Record what became of it: nobody may send it again. `reference` is the provider's, empty without one."""

    def release(self, notice: Notice) -> None:
        """Give the claim back: it was not sent, and may be claimed again at once. What is settled stays so."""


SendSms = Callable[[str, str], str]
"""Hand a text to the provider, who answers with its reference: `send_sms(phone, text)`.

Raises `TemporaryFailure` or `PermanentRefusal`.
"""
