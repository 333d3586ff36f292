"""What the services need from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EventKind
from chalicelib.models.messaging.messages import Claim
from chalicelib.models.tracing.exposures import Exposure
from chalicelib.services.entry.ports import Records as Entries
from chalicelib.services.ports import Clock, KeyedHash

__all__ = ["Clock", "Entries", "Exposures", "KeyedHash", "Messages", "SendSms"]


class Exposures(Protocol):
    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None:
        """Store exposures. Storing the same ones again changes nothing."""


class Messages(Protocol):
    """What was told to whom."""

    def claim(self, code: Code, kind: EventKind, *, now: datetime, keep_until: datetime) -> Claim:
        """Take the telling of this event upon oneself, for as long as a worker can live."""

    def settle(self, code: Code, kind: EventKind, *, outcome: str, reference: str) -> None:
        """It was told (or refused for good): nobody may tell it again."""

    def release(self, code: Code, kind: EventKind) -> None:
        """It was not told, and may be claimed again at once."""


class SendSms(Protocol):
    def __call__(self, phone: str, text: str) -> str:
        """Hand a text to the provider, who answers with its reference.

        Raises `TemporaryFailure` or `PermanentRefusal`.
        """
