"""Days that are asked for, and whether they were counted."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.models.statistics.errors import PeriodInFuture, PeriodReversed, PeriodTooLong
from chalicelib.models.statistics.periods import Coverage, Period, coverage, period

TODAY = date(2021, 7, 22)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MIDNIGHT = datetime(2021, 7, 22, tzinfo=ZONE)


def test_without_an_end_the_period_ends_today_and_without_a_beginning_it_is_one_day() -> None:
    assert period(None, None, today=TODAY, most=3) == Period(TODAY, TODAY)
    assert period(date(2021, 7, 20), None, today=TODAY, most=3).days == [date(2021, 7, day) for day in (20, 21, 22)]
    assert period(None, date(2021, 7, 20), today=TODAY, most=3).days == [date(2021, 7, 20)]
    assert period(None, None, today=TODAY, most=31, usual=7) == Period(date(2021, 7, 16), TODAY)
    assert period(None, date.min, today=TODAY, most=31, usual=7) == Period(date.min, date.min)


@pytest.mark.parametrize(
    ("first", "last", "error"),
    [
        (date(2021, 7, 21), date(2021, 7, 20), PeriodReversed),
        (date(2021, 7, 23), None, PeriodReversed),
        (None, date(2021, 7, 23), PeriodInFuture),
        (date(2021, 7, 19), None, PeriodTooLong),
        (date.min, date.max, PeriodInFuture),
        (date.min, None, PeriodTooLong),
    ],
)
def test_other_periods_have_no_answer(first: date | None, last: date | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        period(first, last, today=TODAY, most=3)


@pytest.mark.parametrize(
    ("since", "covered"),
    [
        (None, Coverage.NOT_COUNTED),
        (MIDNIGHT + timedelta(days=1), Coverage.NOT_COUNTED),
        (MIDNIGHT + timedelta(hours=23), Coverage.PARTLY),
        (MIDNIGHT, Coverage.COUNTED),
        (datetime(2021, 7, 21, 17, tzinfo=ZoneInfo("UTC")), Coverage.COUNTED),
    ],
)
def test_a_day_is_counted_whole_in_part_or_not(since: datetime | None, covered: Coverage) -> None:
    assert coverage(TODAY, since, ZONE) is covered
