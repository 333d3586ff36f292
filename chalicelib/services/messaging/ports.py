"""What messaging needs from outside."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

from chalicelib.models.messaging.messages import Channel, Claim, Message, Outgoing, Receipt, ReceiptOutcome, Settlement
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.tokens import TokenPair
from chalicelib.models.messaging.waves import Wave, WaveEvent, WaveFact, WaveRecord, WaveStep
from chalicelib.services.messaging.paces import Pace


class Messages(Protocol):
    """Which notices were sent, by their `about` and `event`."""

    def claim(self, notice: Notice, *, now: datetime) -> Claim:
        """Claim the right to send a notice, for longer than a worker can live."""

    def settle(self, notice: Notice, settlement: Settlement, *, now: datetime) -> None:
        """Record the outcome: nobody may send the message again. A state from a receipt does not change, and an erased
        row is not recreated."""

    def release(self, notice: Notice, *, tries: int, now: datetime) -> None:
        """Release the claim: the message was not sent, and may be claimed again at once. The next claim has `tries`.
        A settled row does not change."""

    def take_receipt(self, receipt: Receipt) -> ReceiptOutcome:
        """Record a receipt of a message, if its state is later than the recorded one. A message that is not settled yet
        becomes sent."""

    def about(self, code: str) -> list[Message]:
        """The records of messages about something, by event. They include messages that were not sent. Strongly
        consistent."""

    def of_event(self, event: str, subjects: Sequence[str]) -> dict[str, Message]:
        """The records of one event, by `about`. They may be a second old."""


class Receipts(Protocol):
    """The messages with receipts."""

    def take_receipt(self, receipt: Receipt) -> object:
        """Record a receipt of a message, if its state is later than the recorded one."""


class Budgets(Protocol):
    """Counts of texts to a phone, and of VND spent by the stage, on a day of the province."""

    def take_for_phone(self, phone_hash: str, about: str, *, day: date, most: int, kind: str = "") -> bool:
        """Count a notice about something to a phone, unless `most` others are counted. Whether it is counted now.

        A notice that is counted already stays so, and is not counted twice. Notices of a `kind` have a separate count.
        """

    def take_for_stage(self, *, day: date, price: int, most: int, event: str = "") -> bool:
        """Count a price, unless the sum would exceed `most`. Returns whether it was counted.

        With an `event`, the spending on that event has a separate sum.
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
    """The store of the tokens of the Official Account. Its methods raise `ServiceUnavailable`."""

    def read(self) -> TokenPair:
        """The pair stored last. Raises `TokensMissing`."""

    def put(self, pair: TokenPair) -> None:
        """Store both tokens in one write. They replace any stored pair."""


class Lease(Protocol):
    """An exclusive right, for longer than a function can run. Its methods raise `ServiceUnavailable`."""

    def take(self, *, now: datetime) -> bool:
        """Acquire it, unless somebody holds it. Returns whether it was acquired."""

    def give_back(self) -> None:
        """Release it before it expires. Nothing happens if somebody else holds it."""


class Waves(Protocol):
    """Waves and the actions of officers, append-only, and the progress of each wave. They expire as messages do."""

    def append(self, wave: Wave, subjects: Sequence[str]) -> Wave | None:
        """Store a wave in one write. If its id exists, nothing is written, and the stored wave is returned."""

    def append_fact(self, wave: Wave, number: int, fact: WaveFact) -> bool:
        """Store the fact of a wave with this number. False if the number is taken."""

    def append_taking_back(
        self, wave: Wave, number: int, fact: WaveFact, taking_back: Wave, subjects: Sequence[str]
    ) -> bool:
        """The same, together with the wave that takes this one back, in one write."""

    def find(self, wave: str) -> WaveRecord | None:
        """Strongly consistent."""

    def subjects(self, wave: str, begins: int, ends: int) -> list[str]:
        """The subjects of a wave from one index to another, without the last."""

    def set_handed_over(self, wave: str, number: int) -> None:
        """Store the progress of a wave, unless the stored progress is greater."""

    def made_since(self, moment: datetime) -> list[str]:
        """The ids of waves made since then, the latest first."""


HandOver = Callable[[Sequence[WaveEvent]], None]
"""Put all events into the queue of messages, or raise an error."""

QueueStep = Callable[[WaveStep, timedelta], None]
"""Put a step into the queue of waves, delayed. Raises `ServiceUnavailable`."""
