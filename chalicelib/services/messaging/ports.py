"""What messaging needs from outside."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

from chalicelib.models.messaging.messages import Channel, Claim, Message, Outgoing, Receipt, ReceiptOutcome, Settlement
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.tokens import TokenPair
from chalicelib.services.messaging.paces import Pace


class Messages(Protocol):
    """Which notices were sent, by their `about` and `event`."""

    def claim(self, notice: Notice, *, now: datetime) -> Claim:
        """Claim the right to send a notice, for longer than a worker can live."""

    def settle(self, notice: Notice, settlement: Settlement, *, now: datetime) -> None:
        """Record what became of it: nobody may send it again. What a receipt has recorded does not change, and a row
        that was erased does not come back."""

    def release(self, notice: Notice, *, tries: int, now: datetime) -> None:
        """Release the claim: the message was not sent, and may be claimed again at once. The next claim has `tries`.
        A settled row does not change."""

    def take_receipt(self, receipt: Receipt) -> ReceiptOutcome:
        """Record what a provider says about a message, if that is later than what is on record. A message that is not
        settled yet becomes sent."""

    def about(self, code: str) -> list[Message]:
        """What is on record of the messages about something, by their events. None of them may have been sent.
        Strongly consistent."""

    def of_event(self, event: str, subjects: Sequence[str]) -> dict[str, Message]:
        """Those of one event, by what they are about. They may be a second old."""


class Receipts(Protocol):
    """The messages that receipts are about."""

    def take_receipt(self, receipt: Receipt) -> object:
        """Record what a provider says about a message, if that is later than what is on record."""


class Budgets(Protocol):
    """How many texts a phone may still get, and how many VND the stage may still spend, on a day of the province."""

    def take_for_phone(self, phone_hash: str, about: str, *, day: date, most: int) -> bool:
        """Count a notice about something to a phone, unless `most` others are counted. Whether it is counted now.

        A notice that is counted already stays so, and is not counted twice.
        """

    def take_for_stage(self, *, day: date, price: int, most: int, event: str = "") -> bool:
        """Count a price, unless the sum would exceed `most`. Whether it is counted.

        With an `event`, what is spent on that event is counted by itself.
        """

    def give_back_for_stage(self, *, day: date, price: int, event: str = "") -> None:
        """Take a price off the sum: the message was not sent."""


SendMessage = Callable[[Outgoing], str]
"""Hand a message to a provider, who answers with its reference, which is empty if it has none.

Raises `TemporaryFailure`, of which `Throttled` is one, `PermanentRefusal`, of which `QuotaUsedUp` is one, or
`RequestRejected`.
"""


class Gateway(NamedTuple):
    """A channel, and the provider that takes its messages. All workers share the provider's rate: see `Pace`."""

    channel: Channel
    send: SendMessage
    pace: Pace


class TokenStore(Protocol):
    """Where the tokens of the Official Account are kept. Its methods raise `ServiceUnavailable`."""

    def read(self) -> TokenPair:
        """The pair that was stored last. Raises `TokensMissing`."""

    def put(self, pair: TokenPair) -> None:
        """Store both tokens at once, whatever is there."""


class Lease(Protocol):
    """The right to do something alone, for longer than a function can live. Its methods raise `ServiceUnavailable`."""

    def take(self, *, now: datetime) -> bool:
        """Take it, unless somebody has it. Whether it is taken now."""

    def give_back(self) -> None:
        """Give it back before its time. It stays if somebody else has it."""
