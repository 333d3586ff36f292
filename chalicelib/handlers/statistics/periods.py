"""The period that a query asks for."""

from pydantic import Field

from chalicelib import wiring
from chalicelib.http.queries import Query
from chalicelib.models.fields import Day
from chalicelib.models.statistics.errors import PeriodInFuture, PeriodReversed, PeriodTooLong
from chalicelib.models.statistics.periods import Period, period

PERIOD_ERRORS = (PeriodReversed, PeriodInFuture, PeriodTooLong)

MOST_DAYS = 92
MOST_DAYS_BY_HOUR = 14
MOST_PUBLIC_DAYS = 31
"""Of one answer."""

_WEEK = 7


class PeriodQuery(Query):
    """The days, both included."""

    from_: Day | None = Field(None, alias="from", examples=["2021-07-20"])
    """The first day; the last one by default."""
    to: Day | None = Field(None, examples=["2021-07-22"])
    """The last day; today by default."""


class PublicPeriodQuery(Query):
    """The days, both included."""

    from_: Day | None = Field(None, alias="from", examples=["2021-07-20"])
    """The first day; six days before the last one by default."""
    to: Day | None = Field(None, examples=["2021-07-22"])
    """The last day; today by default, which is never published yet."""


def period_of(query: PeriodQuery, most: int) -> Period:
    """Raises `PERIOD_ERRORS`."""
    return period(query.from_, query.to, today=wiring.clock().date(), most=most)


def public_period_of(query: PublicPeriodQuery) -> Period:
    """Raises `PERIOD_ERRORS`."""
    return period(query.from_, query.to, today=wiring.clock().date(), most=MOST_PUBLIC_DAYS, usual=_WEEK)
