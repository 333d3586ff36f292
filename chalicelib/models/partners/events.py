"""The events of partners: what the webhooks queue carries beside the events of entry."""

from typing import NamedTuple, Self

from chalicelib.models.enums import StrEnum
from chalicelib.models.events import Event

MANIFEST_KEPT = "manifest_kept"
"""The kind of the event that asks for the messages to the passengers of a bus. Its subject is the manifest's code."""


class PartnerEventKind(StrEnum):
    EXPIRY_DUE = "expiry_due"
    """A declaration's passes have ended, or the event waits until then. The subject is a code."""
    ATTEMPT_DUE = "attempt_due"
    """A delivery is to be tried. The subject is a `Turn`."""
    REPLAY_ASKED = "replay_asked"
    """A partner wants a delivery again. The subject is a `Turn`."""
    FATE_DUE = "fate_due"
    """In a sandbox: what its plate stands for happens to a declaration now. The subject is a code."""


class PartnerEvent(Event):
    kind: PartnerEventKind
    subject: str


class Turn(NamedTuple):
    """One attempt at a delivery: which delivery of which partner, and the attempt's number, from 0.

    The number makes an event that comes twice harmless: once the attempt is on record, it is not made again.
    """

    partner: str
    id: str
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `ValueError` for a text that is none."""
        partner, delivery, number = text.split("/")
        return cls(partner, delivery, int(number))

    def __str__(self) -> str:
        return f"{self.partner}/{self.id}/{self.number}"
