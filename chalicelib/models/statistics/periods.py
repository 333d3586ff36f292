"""The days that somebody asks for."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from chalicelib.models.enums import StrEnum
from chalicelib.models.statistics.errors import PeriodInFuture, PeriodReversed, PeriodTooLong


class Coverage(StrEnum):
    """Whether a series was counted on a day."""

    COUNTED = "counted"
    """The whole day, or today so far."""
    PARTLY = "partly"
    """Counting began on this day: what happened earlier on it is missing."""
    NOT_COUNTED = "not_counted"
    """Counting began later. The figure is unknown, and not 0."""


class Period(NamedTuple):
    """Days, the first and the last one included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


def period(first: date | None, last: date | None, *, today: date, most: int, usual: int = 1) -> Period:
    """A period of at most so many days. A missing end is today; without a beginning it has the `usual` number of days.

    Raises `PeriodReversed`, `PeriodInFuture` or `PeriodTooLong`.
    """
    last = last or today
    first = first or last - timedelta(days=min(usual - 1, (last - date.min).days))
    if first > last:
        raise PeriodReversed(first=first, last=last)
    if last > today:
        raise PeriodInFuture(today=today)
    if (last - first).days >= most:
        raise PeriodTooLong(most=most)
    return Period(first, last)


def coverage(day: date, since: datetime | None, zone: tzinfo) -> Coverage:
    """Of a series that is counted since then, on a day of the province."""
    begins = datetime.combine(day, time(), zone)
    if since is None or since >= begins + timedelta(days=1):
        return Coverage.NOT_COUNTED
    return Coverage.COUNTED if since <= begins else Coverage.PARTLY
