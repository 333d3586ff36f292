"""An issuer's public keys: its JWK set over HTTP, fetched when it is needed and kept for five minutes."""

from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from threading import Lock
from urllib.parse import urlsplit

from chalicelib.adapters.http1 import Connection, Malformed
from chalicelib.adapters.jws import Key, read_keys
from chalicelib.models.errors import Misconfigured
from chalicelib.models.staff.errors import IssuerUnreachable

_KEPT = 300
"""Seconds that a key is trusted after it was last seen in the set."""
_PAUSE = 30
"""Seconds until the set is fetched again for a key that is not in it. Anyone can send tokens with unknown keys."""
_PAUSE_AFTER_FAILURE = 1
"""Seconds. Anyone can send tokens while the issuer is down, and each would wait for it."""

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
"""Hosts that may be used without TLS."""
_TIMEOUT = 3.0
"""Seconds: for a connection, between two pieces of an answer, and for all of it."""
_LARGEST = 65_536
"""Bytes of a set. Cognito's has 1,000."""


class IssuerKeys:
    """The keys at a URL. Threads may share it: one fetches, the others wait for it.

    It uses wall-clock time: a monotonic clock may stop while Lambda freezes the process.
    """

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        address = urlsplit(url)
        if address.scheme != "https" and address.hostname not in _THIS_MACHINE:
            raise Misconfigured("STAFF_KEYS_URL must begin with https://, unless it is on this machine")
        self._url, self._clock = url, clock
        self._keys: dict[str, Key] = {}
        self._fetched_at = self._failed_at = float("-inf")
        self._lock = Lock()

    def find(self, key_id: str) -> Key | None:
        """The key with this `kid`, or None. Raises `IssuerUnreachable`."""
        with self._lock:
            age = self._clock() - self._fetched_at
            # A clock that was set back makes an age below 0.
            if not 0 <= age < _KEPT or (key_id not in self._keys and age >= _PAUSE):
                self._fetch()
            return self._keys.get(key_id)

    def _fetch(self) -> None:
        now = self._clock()
        if 0 <= now - self._failed_at < _PAUSE_AFTER_FAILURE:
            raise IssuerUnreachable
        try:
            self._keys = read_keys(_get_with_retry(self._url))
        # Connection failed, timeout, invalid HTTP, or invalid JWK set.
        except (OSError, Malformed, ValueError) as error:
            self._failed_at = self._clock()
            raise IssuerUnreachable from error
        self._fetched_at = now


def _get_with_retry(url: str) -> bytes:
    """As `_get`, with a second attempt if there is no answer: one slow connection must not keep staff out."""
    try:
        return _get(url)
    except OSError:
        return _get(url)


def _get(url: str) -> bytes:
    """The body of a 200. Redirects are not followed. Raises `OSError` or `Malformed`."""
    address = urlsplit(url)
    secure = address.scheme == "https"
    port = address.port or (443 if secure else 80)
    host = address.hostname or ""
    with closing(
        Connection(host, port, secure=secure, connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT, longest=_TIMEOUT)
    ) as connection:
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        headers = {"host": address.netloc, "accept": "application/json", "user-agent": "tay-ninh-pass"}
        answer = connection.exchange("GET", target, headers, b"", most=_LARGEST)
    if answer.status != HTTPStatus.OK:
        raise Malformed(f"status {answer.status}")
    return answer.body
