"""What the services of every capability need from outside. `wiring` gives the real ones, tests their own."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

Clock = Callable[[], datetime]
"""Now, with its time zone."""


class KeyedHash(Protocol):
    """Hashes under a secret key: keys of tables hold them instead of phone and identity numbers."""

    def bits(self, count: int, *parts: str) -> int: ...

    def text(self, *parts: str) -> str: ...
