"""Paces: when a worker begins its next text, so that all workers together stay within what the provider takes."""

from collections.abc import Callable


class Pace:
    """No text begins sooner than `interval` after the one before it, in one process. All times are in seconds.

    `now` is a clock that is never set back; `sleep` waits.
    """

    def __init__(self, interval: float, *, now: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._interval, self._now, self.sleep = interval, now, sleep
        self._next = 0.0

    def wait_for_turn(self) -> None:
        now = self._now()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + self._interval
