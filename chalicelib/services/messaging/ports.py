"""What messaging needs from outside."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from chalicelib.models.messaging.messages import Claim, DeliveryOutcome, Receipt
from chalicelib.models.messaging.notices import Notice


class Messages(Protocol):
    """Which notices were sent, by their `about` and `event`."""

    def claim(self, notice: Notice, *, now: datetime) -> Claim:
        """Claim the right to send a notice, for longer than a worker can live."""

    def settle(self, notice: Notice, *, outcome: DeliveryOutcome, reference: str) -> None:
        """Record what became of it: nobody may send it again. `reference` is the provider's, empty without one."""

    def release(self, notice: Notice) -> None:
        """Release the claim: the text was not sent, and may be claimed again at once. A settled row does not change."""


class Receipts(Protocol):
    """The messages that receipts are about."""

    def take_receipt(self, receipt: Receipt) -> object:
        """Record what a provider says about a message, if that is later than what is on record."""


class Budgets(Protocol):
    """How many texts may still be sent on a day of the province."""

    def take_for_phone(self, phone_hash: str, about: str, *, day: date, most: int) -> bool:
        """Count a notice about something to a phone, unless `most` others are counted. Whether it is counted now.

        A notice that is counted already stays so, and is not counted twice.
        """

    def take_for_stage(self, *, day: date, most: int, event: str = "") -> bool:
        """Count one more text, unless `most` are counted. Whether it is counted.

        With an `event`, the texts of that event are counted by themselves.
        """

    def give_back_for_stage(self, *, day: date, event: str = "") -> None:
        """Count one text less: it was not sent."""


SendSms = Callable[[str, str], str]
"""Hand a text to the provider, who answers with its reference: `send_sms(phone, text)`.

Raises `TemporaryFailure`, of which `Throttled` is one, or `PermanentRefusal`.
"""
