"""Endpoints: where a partner wants its webhooks, and how they are signed.

The signature is that of Standard Webhooks 1.0.0 (https://www.standardwebhooks.com), symmetric: HMAC-SHA-256.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from pydantic import AwareDatetime

from chalicelib.models.records import Record

MISSES_UNTIL_PAUSE = 5
SLOW = timedelta(seconds=2)
"""An answer that takes longer counts as a miss, too: a worker that waits for it cannot deliver to others."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=15)


class Endpoint(Record):
    """A partner's endpoint, as the operator registered it."""

    name: str
    """The partner's."""
    url: str
    version: int = 1
    """Of the secret."""
    former_until: AwareDatetime | None = None
    """Until then requests are signed with the secret before this one, too."""

    def versions(self, now: datetime) -> list[int]:
        """The versions of the secrets that sign now, the current one first."""
        with_former = self.former_until is not None and now < self.former_until
        return [self.version, self.version - 1] if with_former else [self.version]


class Reliability(Record):
    """How an endpoint has answered lately."""

    misses: int = 0
    """In a row."""
    paused_until: AwareDatetime | None = None

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until

    def after_miss(self, now: datetime) -> "Reliability":
        """One miss more. From the fifth in a row on it is paused, each time for twice as long."""
        misses = self.misses + 1
        if misses < MISSES_UNTIL_PAUSE:
            return Reliability(misses=misses)
        # 2 ** 4 minutes are longer than the longest pause.
        pause = min(_FIRST_PAUSE * 2 ** min(misses - MISSES_UNTIL_PAUSE, 4), _LONGEST_PAUSE)
        return Reliability(misses=misses, paused_until=now + pause)


def problem_of(url: str, *, on_this_machine: bool = False) -> str | None:
    """Why a URL cannot be an endpoint; None if it can. `on_this_machine` allows http, and every port.

    Where its name leads to is judged at each request: it may lead elsewhere by then.
    """
    if not (url.isascii() and url.isprintable()) or " " in url or len(url) > 500:
        return "it must be a URL of at most 500 ASCII characters"
    address = urlsplit(url)
    try:
        port = address.port
    except ValueError:
        return "its port is none"
    if address.scheme != "https" and not (on_this_machine and address.scheme == "http"):
        return "it must begin with https://"
    if not address.hostname:
        return "it has no host"
    if address.username is not None or address.password is not None:
        return "it must not have a user name or a password"
    if address.fragment:
        return "it must not have a fragment"
    if port not in (None, 443) and not on_this_machine:
        return "it must use port 443"
    return None


def secret_text(secret: bytes) -> str:
    """A secret as partners get it."""
    return f"whsec_{b64encode(secret).decode()}"


def signed_headers(delivery: str, at: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The headers by which a partner verifies a request: signed with each of the secrets."""
    seconds = str(int(at.timestamp()))
    signed = f"{delivery}.{seconds}.".encode() + body
    signatures = [f"v1,{b64encode(hmac.digest(each, signed, 'sha256')).decode()}" for each in secrets]
    return {"webhook-id": delivery, "webhook-timestamp": seconds, "webhook-signature": " ".join(signatures)}
