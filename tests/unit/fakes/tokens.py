"""Where tokens are kept, the lease, and Zalo's exchange of tokens, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.messaging.tokens import RefreshRefused, TokenPair, TokensMissing
from tests.unit.fakes.clocks import Clock

LIFE = timedelta(hours=25)


@dataclass
class TokenStore:
    pair: TokenPair | None
    failures: int = 0
    """So many of the next writes fail."""
    writes: int = 0

    def read(self) -> TokenPair:
        if self.pair is None:
            raise TokensMissing
        return self.pair

    def put(self, pair: TokenPair) -> None:
        if self.failures:
            self.failures -= 1
            raise ServiceUnavailable
        self.writes += 1
        self.pair = pair


class Leases:
    """What several owners of one lease share."""

    def __init__(self) -> None:
        self.held_by: object = None
        self.held_until = 0
        self.lock = Lock()


@dataclass
class Lease:
    time: timedelta = timedelta(seconds=60)
    shared: Leases = field(default_factory=Leases)

    def take(self, *, now: datetime) -> bool:
        with self.shared.lock:
            if self.shared.held_by is not None and self.shared.held_until >= int(now.timestamp()):
                return False
            self.shared.held_by, self.shared.held_until = self, int((now + self.time).timestamp())
            return True

    def give_back(self) -> None:
        with self.shared.lock:
            if self.shared.held_by is self:
                self.shared.held_by = None


@dataclass
class Exchange:
    """Zalo's side: each refresh token is good once. `meanwhile` runs after an exchange, before its answer."""

    clock: Clock
    number: int = 1
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def first(self, life: timedelta = LIFE) -> TokenPair:
        return self._pair(life)

    def __call__(self, refresh_token: str) -> TokenPair:
        self.asked.append(refresh_token)
        if refresh_token != f"refresh-{self.number}":
            raise RefreshRefused("-14014")
        self.number += 1
        pair = self._pair(LIFE)
        self.meanwhile()
        return pair

    def _pair(self, life: timedelta) -> TokenPair:
        return TokenPair(
            access_token=f"access-{self.number}",
            refresh_token=f"refresh-{self.number}",
            expires_at=self.clock() + life,
        )
