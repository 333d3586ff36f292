"""Keyed hashes (HMAC-SHA-256): for phone and identity numbers in keys, and to recognise a repeated request."""

import hmac
from functools import lru_cache


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
        encoded = [part.encode() for part in parts]
        message = b"".join([len(each).to_bytes(4, "big") + each for each in encoded])
        return hmac_sha256(self._key, message)[:length]


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 with a key that is used again. `hmac.digest` looks for the algorithm in OpenSSL and prepares the key
    each time: with three hashes a warm declaration took a fortieth longer."""
    prepared = _prepared(key).copy()
    prepared.update(message)
    return prepared.digest()


@lru_cache(maxsize=8)
def _prepared(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")
