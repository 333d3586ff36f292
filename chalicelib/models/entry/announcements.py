"""Announcements: what staff tell the holders of many passes at once, as a wave."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.fields import WHOLE
from chalicelib.models.messaging.waves import FASTEST, RATE, SLOWEST, WaveReason
from chalicelib.models.records import Record

ANNOUNCED = "announced"
"""The kind of a wave's events."""

MOST_PASSES = 2_000
"""Of one announcement: as many records can be read within a request."""


class AnnouncementText(StrEnum):
    """What can be announced."""

    GATE_CLOSED = "gate_closed"
    """A checkpoint is closed, and another one is open instead."""


class GateClosed(Record):
    """What `gate_closed` says."""

    checkpoint: Annotated[str, Field(max_length=40, examples=["an-hoa"])]
    """The id of the checkpoint that is closed."""
    instead: Annotated[str, Field(max_length=40, examples=["loc-giang"])]
    """The id of the one to go to."""


class AnnouncementForm(WaveReason):
    """A text, and the passes whose holders get it."""

    text: AnnouncementText
    """Which one."""
    values: GateClosed
    """What it is about."""
    codes: list[TypedCode] | None = Field(default=None, min_length=1, max_length=MOST_PASSES)
    """The passes, 2,000 at most. Left out: all passes whose holders mean to pass the checkpoint that is closed."""
    rate: Annotated[int, Field(ge=SLOWEST, le=FASTEST), WHOLE] = RATE
    """The most messages a minute."""
