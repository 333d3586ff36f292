"""The board of a gate: a QR at the end of the queue, another one every five minutes.

A phone that read it was there a moment ago. Nobody can make the text of a later board, or of another gate's.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from chalicelib.models.entry.links import SECRET_LENGTH
from chalicelib.models.gate.errors import BoardWrong

STEP = timedelta(minutes=5)
"""How long a board shows one text."""

LABEL = "arrival board"
"""Of the keyed hash."""

_WRITTEN = re.compile(rf"TNB1:([a-z0-9-]{{1,40}}):(\d{{1,9}}):([0-9A-Z]{{{SECRET_LENGTH}}})", re.ASCII)


class Board(NamedTuple):
    """A gate and a step: the number of five minutes since 1970."""

    checkpoint: str
    step: int

    @classmethod
    def at(cls, checkpoint: str, moment: datetime) -> Self:
        return cls(checkpoint, int(moment.timestamp() // STEP.total_seconds()))

    @classmethod
    def parse(cls, text: str) -> tuple[Self, str]:
        """The board of a text, and its signature, which is not verified. Raises `BoardWrong`."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            raise BoardWrong
        checkpoint, step, signature = found.groups()
        return cls(checkpoint, int(step)), signature

    def text(self, signature: str) -> str:
        return f"TNB1:{self.checkpoint}:{self.step}:{signature}"

    @property
    def begins_at(self) -> datetime:
        return datetime.fromtimestamp(self.step * STEP.total_seconds(), UTC)

    @property
    def changes_at(self) -> datetime:
        """When the gate shows the next text."""
        return self.begins_at + STEP

    @property
    def ends_at(self) -> datetime:
        """When its text is not accepted any more: a phone may be slow."""
        return self.changes_at + STEP
