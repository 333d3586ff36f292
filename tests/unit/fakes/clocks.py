"""A clock that stands still."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.forms import NOW


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **passed: float) -> None:
        self.now += timedelta(**passed)
