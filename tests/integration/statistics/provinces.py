"""Figures of an invented province, in the real table."""

from datetime import date, datetime, timedelta
from itertools import count

from chalicelib.models.statistics.figures import Counted, Family, Figure
from chalicelib.wiring.statistics import figures
from tests.integration.conftest import Clock

_ids = count()


def start(clock: Clock, days_ago: int = 20) -> None:
    """Count since the midnight of so many days ago."""
    figures().start(midnight(clock) - timedelta(days=days_ago))


def midnight(clock: Clock) -> datetime:
    return clock().replace(hour=0, minute=0, second=0)


def happen(clock: Clock, day: date, family: Family, series: str, *cell: str, times: int = 1) -> None:
    figure = Figure(day, family, series, cell, times)
    figures().append([Counted(f"fact-{next(_ids)}", [figure], clock())])
