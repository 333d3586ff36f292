"""Keyed hashes (HMAC-SHA-256): for phone and identity numbers in keys, and to recognise a repeated request."""

from functools import lru_cache
from hashlib import sha256
from typing import Any


class KeyedHash:
    """The key is made once for a stage by `python -m infra keys make` and never changes: stored keys depend on it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def bits(self, count: int, *parts: str) -> int:
        """The first `count` (at most 256) bits of the parts' hash."""
        return int.from_bytes(self.raw(32, *parts), "big") >> 256 - count

    def text(self, *parts: str) -> str:
        """The parts' hash as 32 hexadecimal digits (128 bits)."""
        return self.raw(16, *parts).hex()

    def raw(self, length: int, *parts: str) -> bytes:
        """The first `length` (at most 32) bytes of the parts' hash. No two lists of parts have the same input."""
        message = b"".join([len(encoded := part.encode()).to_bytes(4, "big") + encoded for part in parts])
        return hmac_sha256(self._key, message)[:length]


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) with a key that is used again: both of its hashes have begun already. `hmac` takes twice
    as long, and the three hashes of a declaration are a fiftieth of it."""
    begun = _begun(key)
    inner, outer = begun[0].copy(), begun[1].copy()
    inner.update(message)
    outer.update(inner.digest())
    digest: bytes = outer.digest()
    return digest


@lru_cache(maxsize=8)
def _begun(key: bytes) -> tuple[Any, Any]:
    """The inner and the outer hash after the key, whose block is 64 bytes."""
    block = (sha256(key).digest() if len(key) > sha256().block_size else key).ljust(sha256().block_size, b"\0")
    return sha256(bytes(each ^ 0x36 for each in block)), sha256(bytes(each ^ 0x5C for each in block))
