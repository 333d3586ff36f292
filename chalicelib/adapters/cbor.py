"""A reader of CBOR (RFC 8949) for untrusted input.

`cbor2` reads all of CBOR: numbers of any size, room for as many entries as a length announces, objects that contain
themselves, nesting until the stack ends. A certificate needs little of that. This reads that little: every value costs
its own bytes, so the length of the text bounds time and memory.
"""

import struct
from collections.abc import Iterator
from typing import Any

DEEPEST = 16
"""Levels of nesting. A certificate has six."""

TRANSPARENT_TAGS = frozenset({0, 1, 1004})
"""Dates. The caller knows which fields are dates, so a tag adds nothing."""

_BYTES, _TEXT, _ARRAY, _MAP, _TAG, _OTHER = 2, 3, 4, 5, 6, 7
_ARGUMENT_FOLLOWS, _INDEFINITE = 24, 31
_BREAK = 0xFF
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}


class NotReadable(Exception):
    """Not well formed, or more of CBOR than is read here."""


def read(raw: bytes, *, tags: frozenset[int] = TRANSPARENT_TAGS) -> Any:
    """The one value that these bytes are. The value of one of `tags` is read as if there were no tag."""
    reader = _Reader(raw, tags)
    value = reader.value(DEEPEST)
    if reader.at != len(raw):
        raise NotReadable
    return value


class _Reader:
    def __init__(self, raw: bytes, tags: frozenset[int]) -> None:
        self.raw, self.tags, self.at = raw, tags, 0

    def value(self, levels: int) -> Any:
        if levels == 0:
            raise NotReadable
        kind, low = divmod(self._take(1)[0], 32)
        if kind == _OTHER:
            return self._other(low)
        argument = self._argument(low)
        if kind < _BYTES:
            if argument is None:
                raise NotReadable
            return -1 - argument if kind else argument
        if kind in (_BYTES, _TEXT):
            return self._string(kind, argument)
        if kind == _ARRAY:
            return [self.value(levels - 1) for _ in self._entries(argument)]
        if kind == _MAP:
            return self._map(argument, levels - 1)
        if argument not in self.tags:
            raise NotReadable
        return self.value(levels - 1)

    def _take(self, length: int) -> bytes:
        taken = self.raw[self.at : self.at + length]
        if len(taken) != length:
            raise NotReadable
        self.at += length
        return taken

    def _argument(self, low: int) -> int | None:
        """What a head says: a number, a length, a tag; None for a length that is left open."""
        if low < _ARGUMENT_FOLLOWS:
            return low
        if low == _INDEFINITE:
            return None
        if low > _ARGUMENT_FOLLOWS + 3:
            raise NotReadable
        return int.from_bytes(self._take(1 << (low - _ARGUMENT_FOLLOWS)), "big")

    def _entries(self, announced: int | None) -> Iterator[None]:
        """One turn for each entry, as many as are announced, or up to the break."""
        count = 0
        while count != announced:
            if announced is None and self.raw[self.at : self.at + 1] == bytes([_BREAK]):
                self.at += 1
                return
            yield
            count += 1

    def _map(self, announced: int | None, levels: int) -> dict[int | str, Any]:
        found: dict[int | str, Any] = {}
        for _ in self._entries(announced):
            key = self.value(levels)
            # A key that is there twice would be read one way here and another way elsewhere.
            if type(key) not in (int, str) or key in found:
                raise NotReadable
            found[key] = self.value(levels)
        return found

    def _string(self, kind: int, length: int | None) -> bytes | str:
        raw = self._take(length) if length is not None else b"".join(self._chunks(kind))
        try:
            return raw if kind == _BYTES else raw.decode()
        except UnicodeDecodeError:
            raise NotReadable from None

    def _chunks(self, kind: int) -> Iterator[bytes]:
        for _ in self._entries(None):
            chunk_kind, low = divmod(self._take(1)[0], 32)
            length = self._argument(low)
            if chunk_kind != kind or length is None:
                raise NotReadable
            yield self._take(length)

    def _other(self, low: int) -> Any:
        if low in _FLOATS:
            form = _FLOATS[low]
            return struct.unpack(form, self._take(struct.calcsize(form)))[0]
        if low in _SIMPLE:
            return _SIMPLE[low]
        raise NotReadable
