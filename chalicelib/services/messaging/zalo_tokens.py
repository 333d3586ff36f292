"""The tokens of the Official Account: every function uses the same pair, and only one at a time renews it.

A refresh token is valid for one exchange. If two functions exchanged it, one of them would get nothing, and the pair of
the other might become invalid, too. So a function renews under a lease, reads the stored pair after it has the lease,
and stores both new tokens before it uses them. If a function fails between Zalo's answer and the write, the new pair is
lost. Zalo refuses the next exchange, and an operator stores a new pair (docs/operations/sms-and-zalo.md). Until the
access token expires, messages still go out with it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.messaging.messages import TemporaryFailure
from chalicelib.models.messaging.tokens import (
    RefreshRefused,
    TokenPair,
    TokenRefused,
    TokensMissing,
    TokenUnavailable,
)

if TYPE_CHECKING:
    from chalicelib.services.messaging.ports import Lease, TokenStore
    from chalicelib.services.ports import Clock

    Answer = TypeVar("Answer")
    IsGood = Callable[[TokenPair], bool]

EARLY = timedelta(hours=2)
"""The scheduled function renews a pair that has less than this left. If that fails, there is time to fix it."""
LATE = timedelta(minutes=5)
"""Any other function renews a pair that has less than this left."""

_PAUSES = (0.3, 0.7, 1.5)
"""Seconds between checks while another function renews."""
_REST = timedelta(seconds=30)
"""After a failure a process does not try again for this time: otherwise each message would wait for an attempt."""
_WRITES, _TOKENS = 3, 3


class ZaloTokens:
    """The access token, for one process. `report_lost` is called when only an operator can help."""

    def __init__(
        self,
        *,
        store: TokenStore,
        lease: Lease,
        refresh: Callable[[str], TokenPair],
        report_lost: Callable[[], None],
        clock: Clock,
        sleep: Callable[[float], None],
    ) -> None:
        self._store, self._lease, self._refresh = store, lease, refresh
        self._report_lost, self._clock, self._sleep = report_lost, clock, sleep
        self._pair: TokenPair | None = None
        self._renewed_token = ""
        self._failed: tuple[TemporaryFailure | TokenUnavailable, datetime] | None = None

    def use(self, call: Callable[[str], Answer]) -> Answer:
        """The result of a call with the access token. If Zalo refuses the token, the call is repeated with the stored
        token, and then with a new one.

        Raises `TokenUnavailable` or `TemporaryFailure` if there is no token, and what the call raises.
        """
        token = self.current()
        # The token of this process, then the stored one, then a new one.
        for tried in range(_TOKENS):
            try:
                return call(token)
            except TokenRefused:
                if tried and token == self._renewed_token:
                    break
                token = self.refused(token)
        self._report_lost()
        raise TokenUnavailable("Zalo refuses a new token")

    def current(self) -> str:
        """The access token. Raises `TokenUnavailable` or `TemporaryFailure`."""
        if self._pair is None or not self._lasts(self._pair, LATE):
            pair = self._read()
            if not self._lasts(pair, LATE):
                pair = self._renewed_or(pair)
            self._pair = pair
        return self._pair.access_token

    def refused(self, token: str) -> str:
        """The access token after Zalo refused this one. Raises `TokenUnavailable` or `TemporaryFailure`."""
        self._pair = None
        pair = self._read()
        if pair.access_token == token:
            pair = self._renewed(lambda each: each.access_token != token)
        self._pair = pair
        return pair.access_token

    def renew_early(self) -> bool:
        """Renew the pair if it ends soon. Whether it was renewed. Raises `TokenUnavailable` or `TemporaryFailure`."""
        if self._lasts(self._read(), EARLY):
            return False
        self._pair = self._renewed(lambda each: self._lasts(each, EARLY))
        return True

    def _lasts(self, pair: TokenPair, time: timedelta) -> bool:
        return pair.expires_at - self._clock() >= time

    def _renewed_or(self, old: TokenPair) -> TokenPair:
        """A new pair, or the old one if it cannot be renewed and has not ended."""
        try:
            return self._renewed(lambda each: self._lasts(each, LATE))
        except (TemporaryFailure, TokenUnavailable):
            if old.expires_at <= self._clock():
                raise
            return old

    def _renewed(self, is_good: IsGood) -> TokenPair:
        """A valid pair, renewed if necessary. After a failure a process waits before it tries again."""
        now = self._clock()
        if self._failed is not None and now - self._failed[1] < _REST:
            raise self._failed[0].with_traceback(None)
        try:
            pair = self._renewed_in_turn(is_good)
        except (TemporaryFailure, TokenUnavailable) as failure:
            self._failed = failure, now
            raise
        self._failed = None
        return pair

    def _renewed_in_turn(self, is_good: IsGood) -> TokenPair:
        for pause in (0.0, *_PAUSES):
            self._sleep(pause)
            try:
                is_taken = self._lease.take(now=self._clock())
            except ServiceUnavailable:
                raise TemporaryFailure("lease") from None
            if is_taken:
                return self._renewed_alone(is_good)
            if is_good(pair := self._read()):
                return pair
        raise TemporaryFailure("another function renews the tokens")

    def _renewed_alone(self, is_good: IsGood) -> TokenPair:
        """Only for the holder of the lease. If Zalo refuses, the lease is kept: other functions would be refused as
        well."""
        try:
            # Another function may have renewed it a moment ago.
            if not is_good(pair := self._read()):
                pair = self._exchanged(pair)
        except TokenUnavailable:
            raise
        except BaseException:
            self._give_back()
            raise
        self._give_back()
        return pair

    def _exchanged(self, pair: TokenPair) -> TokenPair:
        try:
            renewed = self._refresh(pair.refresh_token)
        except RefreshRefused:
            self._report_lost()
            raise TokenUnavailable("Zalo refuses the refresh token") from None
        self._renewed_token = renewed.access_token
        for _ in range(_WRITES):
            with suppress(ServiceUnavailable):
                self._store.put(renewed)
                return renewed
        # The write may have succeeded. If not, Zalo refuses the next function, which reports it.
        raise TemporaryFailure("the new tokens could not be stored")

    def _give_back(self) -> None:
        with suppress(ServiceUnavailable):  # the lease expires by itself
            self._lease.give_back()

    def _read(self) -> TokenPair:
        try:
            return self._store.read()
        except TokensMissing:
            self._report_lost()
            raise TokenUnavailable("no tokens are stored") from None
        except ServiceUnavailable:
            raise TemporaryFailure("parameter store") from None
