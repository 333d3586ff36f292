"""Announcements: messages from staff to the holders of many passes, sent as a wave."""

from typing import Annotated

from pydantic import Field

from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Whole
from chalicelib.models.messaging.waves import FASTEST, RATE, SLOWEST, WaveReason
from chalicelib.models.records import Record

ANNOUNCED = "announced"
"""The kind of a wave's events."""

MOST_PASSES = 2_000
"""The most passes of one announcement: as many records as a request can read."""


class AnnouncementText(StrEnum):
    """What can be announced."""

    GATE_CLOSED = "gate_closed"
    """A checkpoint is closed; another one is open instead."""


class GateClosed(Record):
    """The content of `gate_closed`."""

    checkpoint: Annotated[str, Field(max_length=40, examples=["an-hoa"])]
    """The id of the closed checkpoint."""
    instead: Annotated[str, Field(max_length=40, examples=["loc-giang"])]
    """The id of the checkpoint to use instead."""


class AnnouncementForm(WaveReason):
    """A text, and the passes whose holders get it."""

    text: AnnouncementText
    """The text."""
    values: GateClosed
    """The checkpoints in the text."""
    codes: list[TypedCode] | None = Field(default=None, min_length=1, max_length=MOST_PASSES)
    """The passes, 2,000 at most. Left out: all passes whose holders declared that they will pass the closed
    checkpoint."""
    rate: Annotated[int, Whole(SLOWEST, FASTEST)] = RATE
    """The most messages a minute."""
