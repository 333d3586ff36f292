"""Signing keys: one JSON document in a parameter, made and rotated by `python -m infra keys`.

Each key is a JWK (RFC 7517, EC P-256) with two members of ours: `use_from`, from when it signs, and `listed_until`,
until when its public half is published (null while it signs). The newest key whose `use_from` has come signs. A key
is listed before it is used, so that everyone who keeps the list for a few minutes has it in time.
"""

import base64
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import AwareDatetime, Field

from chalicelib.adapters.cose import SigningKey
from chalicelib.models.errors import Misconfigured, ServiceUnavailable
from chalicelib.models.records import Record

FRESH_FOR = timedelta(minutes=5)
"""How long a process keeps the document. A key is listed for longer than this before it signs."""


def _number(text: str) -> int:
    return int.from_bytes(_raw(text), "big")


@cache
def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class NoSigningKey(Misconfigured):
    """The document has no key that may sign now."""

    def __init__(self) -> None:
        super().__init__("no signing key may be used now: make one with `python -m infra keys make`")


@cache
def _private(d: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(_number(d), ec.SECP256R1())


@cache
def _public(x: str, y: str) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicNumbers(_number(x), _number(y), ec.SECP256R1()).public_key()


class ListedKey(Record):
    """One key of the document: a JWK whose private half `d` is gone once it signs no more."""

    kty: Literal["EC"] = "EC"
    crv: Literal["P-256"] = "P-256"
    kid: str
    x: str
    y: str
    d: str | None = Field(default=None, repr=False)
    use_from: AwareDatetime
    listed_until: AwareDatetime | None = None


class KeyRing(Record):
    """The keys of the document."""

    keys: list[ListedKey]

    def signing(self, now: datetime) -> SigningKey:
        """The key that signs now. Raises `NoSigningKey`."""
        usable = [key for key in self._listed(now) if key.d and key.use_from <= now]
        if not usable:
            raise NoSigningKey
        newest = max(usable, key=lambda key: key.use_from)
        return SigningKey(_raw(newest.kid), _private(str(newest.d)))

    def verifying(self, now: datetime) -> dict[bytes, ec.EllipticCurvePublicKey]:
        """All public keys listed now, by key id."""
        return {_raw(key.kid): _public(key.x, key.y) for key in self._listed(now)}

    def published(self, now: datetime) -> list[ListedKey]:
        """The keys listed now, without their private halves."""
        return [key.model_copy(update={"d": None}) for key in self._listed(now)]

    def _listed(self, now: datetime) -> list[ListedKey]:
        return [key for key in self.keys if key.listed_until is None or key.listed_until > now]


class KeyStore:
    """The document, read again when it is older than `FRESH_FOR`.

    If it cannot be read again, the known keys serve as long again: keys are listed well before they are used.
    """

    def __init__(self, first: str, read: Callable[[], str], now: datetime) -> None:
        self._ring, self._read, self._read_at = KeyRing.from_stored(first), read, now

    def ring(self, now: datetime) -> KeyRing:
        if now - self._read_at >= FRESH_FOR:
            self._read_at = now
            with suppress(ServiceUnavailable):
                self._ring = KeyRing.from_stored(self._read())
        return self._ring
