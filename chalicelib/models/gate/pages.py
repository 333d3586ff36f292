"""Where the next page of a list begins."""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from chalicelib.models.entry.codes import Code
from chalicelib.models.tracing.exposures import Position, Side

_FORM = struct.Struct(">?II10s")
"""Side, two times in seconds since 1970, code. Without a position its time is 0."""

_SIDES = list(Side)
_NO_CODE = bytes(10)


@dataclass(frozen=True, slots=True)
class PageStart:
    """`begun` is when the first page was asked for, in whole seconds. The page goes on after `before`; without one it
    begins at the head of its side."""

    begun: datetime
    side: Side
    before: Position | None = None

    def to_bytes(self) -> bytes:
        """In 19 bytes."""
        at, code = (0, _NO_CODE) if self.before is None else (_seconds(self.before.at), _bytes_of(self.before.code))
        return _FORM.pack(_SIDES.index(self.side), _seconds(self.begun), at, code)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """The inverse of `to_bytes`."""
        side, begun, at, code = _FORM.unpack(raw)
        before = Position(datetime.fromtimestamp(at, UTC), str(Code.from_bytes(code))) if at else None
        return cls(datetime.fromtimestamp(begun, UTC), _SIDES[side], before)


PAGE_START_LENGTH = _FORM.size


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _bytes_of(code: str) -> bytes:
    return Code.parse(code).to_bytes()
