"""Keyed hashes (HMAC-SHA-256): for phone and identity numbers in keys, and to recognise a repeated request."""

import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KeyedHash:
    """The key is made once for a stage by `python -m infra keys make` and never changes: stored keys depend on it."""

    key: bytes = field(repr=False)

    def bits(self, count: int, *parts: str) -> int:
        """The first `count` (at most 256) bits of the parts' hash."""
        return int.from_bytes(self.raw(32, *parts), "big") >> 256 - count

    def text(self, *parts: str) -> str:
        """The parts' hash as 32 hexadecimal digits (128 bits)."""
        return self.raw(16, *parts).hex()

    def raw(self, length: int, *parts: str) -> bytes:
        """The first `length` (at most 32) bytes of the parts' hash. No two lists of parts have the same input."""
        message = b"".join(len(encoded).to_bytes(4, "big") + encoded for encoded in (part.encode() for part in parts))
        return hmac.digest(self.key, message, "sha256")[:length]
