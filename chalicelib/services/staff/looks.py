"""Count the looks of each member of staff, and enforce an hourly limit."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.staff.errors import TooManyLooks
from chalicelib.services.ports import Clock
from chalicelib.services.staff.ports import LookCounts

TOGETHER = 20
"""Looks that a process counts by itself before it writes them down. So a write is paid for every twenty looks, and each
process may let pass nineteen that the others do not know of."""

UNUSUAL = 0.5
"""Share of the bound. A guard at a full gate looks a few hundred times an hour."""

_MOST_REMEMBERED = 1_000
"""Members of staff."""

_HOUR = timedelta(hours=1)


class _Counted:
    """The looks of one member of staff in an hour, as far as this process knows."""

    def __init__(self, hour: datetime) -> None:
        self.hour = hour
        self.elsewhere = 0
        """Stored, from all processes."""
        self.own = 0
        """Counted by this process, not stored yet."""


class Looks:
    """The looks of this hour. `unusual` is called once for each member of staff who looks unusually often."""

    def __init__(self, bound: int, counts: LookCounts, *, clock: Clock, unusual: Callable[[], None]) -> None:
        self._bound, self._counts, self._clock, self._unusual = bound, counts, clock, unusual
        self._known: dict[str, _Counted] = {}

    def count(self, subject: str) -> None:
        """Count a look before it is answered. Raises `TooManyLooks` where the hour has had too many.

        A look that is refused is not counted. If the looks cannot be written down, this process still knows its own.
        """
        now = self._clock()
        hour = now.replace(minute=0, second=0, microsecond=0)
        counted = self._known.get(subject)
        if counted is None or counted.hour != hour:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            counted = self._known[subject] = _Counted(hour)
        if counted.elsewhere + counted.own >= self._bound:
            raise TooManyLooks(bound=self._bound, wait=hour + _HOUR - now + timedelta(seconds=1))
        counted.own += 1
        if counted.own % TOGETHER == 0:
            self._write_down(subject, counted)

    def _write_down(self, subject: str, counted: _Counted) -> None:
        try:
            total = self._counts.add(subject, counted.hour, counted.own)
        except ServiceUnavailable:
            return  # the next write includes it
        threshold = round(self._bound * UNUSUAL)
        if total - counted.own < threshold <= total:
            self._unusual()
        counted.elsewhere, counted.own = total, 0
