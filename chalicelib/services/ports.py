"""What services of several capabilities need from outside."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

Clock = Callable[[], datetime]
"""Now, with its time zone."""


class KeyedHash(Protocol):
    """Hashes under a secret of the stage."""

    def bits(self, count: int, *parts: str) -> int:
        """The first `count` bits of the parts' hash. No two lists of parts have the same input."""

    def text(self, *parts: str) -> str:
        """The parts' hash as text, fit for a key."""

    def raw(self, length: int, *parts: str) -> bytes:
        """The first `length` bytes of the parts' hash."""
