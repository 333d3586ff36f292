"""When a reminder is due, and until when it is useful."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.models.policy.reminders import ReminderRules

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2021, 7, 24)
USUAL = ReminderRules()


def at(text: str, days: int = 0) -> datetime:
    return datetime.fromisoformat(f"{DAY + timedelta(days=days)}T{text}").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("planned", "due"),
    [
        (None, at("07:00")),
        ("09:30", at("08:30")),
        ("07:00", at("06:00")),
        ("06:59", at("06:00")),
        ("06:00", at("06:00")),
        ("05:59", at("04:59")),
        ("00:30", at("23:30", -1)),
        ("22:00", at("21:00")),
        ("22:59", at("21:59")),
        ("23:30", at("22:30")),
    ],
)
def test_it_is_due_an_hour_before_and_wakes_nobody_whose_trip_is_by_day(planned: str | None, due: datetime) -> None:
    assert USUAL.due_at(DAY, planned, ZONE) == due


def test_a_later_arrival_is_never_due_earlier() -> None:
    for rules in (USUAL, ReminderRules(minutes_before=240), ReminderRules(quiet_from="12:00", quiet_until="13:30")):
        times = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(0, 60, 5)]
        dues = [rules.due_at(DAY, each, ZONE) for each in times]
        assert dues == sorted(dues)
        assert all(due <= at(each) for due, each in zip(dues, times, strict=True))


def test_without_quiet_hours_it_is_due_at_any_time() -> None:
    rules = ReminderRules(quiet_from="00:00", quiet_until="00:00")
    assert rules.due_at(DAY, "06:30", ZONE) == at("05:30")
    assert rules.useful_until(DAY, None, ZONE) == at("00:00", 1)


@pytest.mark.parametrize(("planned", "until"), [(None, at("22:00")), ("09:30", at("10:30")), ("23:30", at("00:30", 1))])
def test_it_is_useful_until_the_trip_is_over(planned: str | None, until: datetime) -> None:
    assert USUAL.useful_until(DAY, planned, ZONE) == until
