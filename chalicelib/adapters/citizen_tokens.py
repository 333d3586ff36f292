"""Citizen tokens: a proven phone as short text, which is authenticated and holds no personal data.

`TNC1.` and 48 characters of base64url: the phone's keyed hash (16 bytes), the expiry (seconds since 1970, 4 bytes,
big-endian) and the first 16 bytes of an HMAC-SHA-256 over both. 36 bytes fill 48 characters to the last bit, so a token
has one text. The key is derived from the stage's hash key. Nobody but us reads the token, so it needs no standard
format.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.models.people.citizens import Citizen, CitizenToken
from chalicelib.models.people.errors import CitizenTokenExpired, CitizenTokenRefused

_PREFIX = "TNC1."
_FORM = re.compile(r"TNC1\.([A-Za-z0-9_-]{48})")
_HASH, _EXPIRY, _MAC = 16, 4, 16
"""Bytes."""


class CitizenTokens:
    """Issues and reads tokens. A token is good for `lifetime`."""

    def __init__(self, keyed_hash: KeyedHash, *, lifetime: timedelta) -> None:
        self._key = keyed_hash.raw(32, "citizen token")
        self._lifetime = lifetime

    def issue(self, phone_hash: str, now: datetime) -> CitizenToken:
        """The token of the phone that has this keyed hash (32 hexadecimal digits)."""
        expires = int((now + self._lifetime).timestamp())
        content = bytes.fromhex(phone_hash) + expires.to_bytes(_EXPIRY, "big")
        text = _PREFIX + urlsafe_b64encode(content + self._mac(content)).decode()
        return CitizenToken(text, datetime.fromtimestamp(expires, UTC).astimezone(now.tzinfo))

    def read(self, text: str, now: datetime) -> Citizen:
        """The citizen whose token this is. The text may be anything.

        Raises `CitizenTokenRefused` or `CitizenTokenExpired`.
        """
        form = _FORM.fullmatch(text)
        if form is None:
            raise CitizenTokenRefused
        raw = urlsafe_b64decode(form[1])
        content, mac = raw[: _HASH + _EXPIRY], raw[_HASH + _EXPIRY :]
        if not hmac.compare_digest(mac, self._mac(content)):
            raise CitizenTokenRefused
        if int.from_bytes(content[_HASH:], "big") <= now.timestamp():
            raise CitizenTokenExpired
        return Citizen(content[:_HASH].hex())

    def _mac(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")[:_MAC]
