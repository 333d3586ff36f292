"""What messaging needs from outside."""

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple, Protocol

from chalicelib.models.messaging.messages import Channel, Claim, DeliveryOutcome, Outgoing, Receipt
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.tokens import TokenPair
from chalicelib.services.messaging.paces import Pace


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


SendMessage = Callable[[Outgoing], str]
"""Hand a message to a provider, who answers with its reference, empty without one.

Raises `PermanentRefusal` (of which `QuotaUsedUp` is one), `TemporaryFailure` (of which `Throttled` is one), or
`RequestRejected`.
"""


class Gateway(NamedTuple):
    """A way to send messages."""

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
