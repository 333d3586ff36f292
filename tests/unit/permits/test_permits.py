"""When a permit is valid, and what its token says."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.models.entry.passes import StandingTimes
from chalicelib.models.permits.forms import PermitOutcome
from chalicelib.models.permits.permits import PermitRecord, PermitState, PermitVerdict, standing_times
from tests.unit.permits.made import NOW, ZONE, asked, decided, granted, revoked

NIGHT = {"from": "18:00", "until": "06:00"}
THURSDAY = datetime(2021, 7, 22, tzinfo=ZONE)


def judged(at: datetime, checkpoint: str | None = "an-hoa", **conditions: Any) -> PermitVerdict:
    return granted(**conditions).verdict(at, checkpoint, ZONE)


def test_it_is_valid_on_its_days_hours_and_gates() -> None:
    limits: dict[str, Any] = {"days": ["thursday"], "hours": {"from": "05:00", "until": "21:00"}, "checkpoints": ["x"]}
    noon = THURSDAY.replace(hour=12)
    assert judged(noon, "x", **limits) is PermitVerdict.VALID
    assert judged(noon, None, **limits) is PermitVerdict.VALID
    assert judged(noon + timedelta(days=1), "x", **limits) is PermitVerdict.NOT_TODAY
    assert judged(noon - timedelta(days=1), "x") is PermitVerdict.NOT_TODAY
    assert judged(THURSDAY.replace(hour=4, minute=59), "x", **limits) is PermitVerdict.NOT_AT_THIS_HOUR
    assert judged(THURSDAY.replace(hour=21), "x", **limits) is PermitVerdict.NOT_AT_THIS_HOUR
    assert judged(THURSDAY.replace(hour=20, minute=59), "x", **limits) is PermitVerdict.VALID
    assert judged(noon, "an-hoa", **limits) is PermitVerdict.NOT_AT_THIS_GATE


@pytest.mark.parametrize(
    ("day", "hour", "verdict"),
    [
        (22, 17, PermitVerdict.NOT_AT_THIS_HOUR),
        (22, 18, PermitVerdict.VALID),
        (23, 5, PermitVerdict.VALID),
        (23, 6, PermitVerdict.NOT_TODAY),
        (23, 19, PermitVerdict.NOT_TODAY),
        (22, 5, PermitVerdict.NOT_TODAY),
    ],
)
def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_begins(
    day: int, hour: int, verdict: PermitVerdict
) -> None:
    at = THURSDAY.replace(day=day, hour=hour)
    assert judged(at, days=["thursday"], hours=NIGHT) is verdict


def test_it_ends_with_its_last_day_or_the_last_shift() -> None:
    last = {"until": "2021-07-22"}
    midnight = THURSDAY + timedelta(days=1)
    assert judged(midnight - timedelta(seconds=1), **last) is PermitVerdict.VALID
    assert judged(midnight, **last) is PermitVerdict.ENDED
    assert judged(midnight.replace(hour=5), **last, hours=NIGHT) is PermitVerdict.VALID
    assert judged(midnight.replace(hour=6), **last, hours=NIGHT) is PermitVerdict.ENDED


def test_a_test_is_recent_enough_or_shown_now() -> None:
    record = granted(tests_every_days=7)
    assert record.verdict(NOW, "x", ZONE) is PermitVerdict.TEST_TOO_OLD
    tested = record._replace(tested_at=NOW - timedelta(days=7))
    assert tested.verdict(NOW, "x", ZONE) is PermitVerdict.VALID
    later = NOW + timedelta(seconds=1)
    assert tested.verdict(later, "x", ZONE) is PermitVerdict.TEST_TOO_OLD
    assert tested.verdict(later, "x", ZONE, tested_at=NOW) is PermitVerdict.VALID


def test_what_is_not_granted_revoked_or_ended_is_said_first() -> None:
    record = PermitRecord(asked())
    assert record.verdict(NOW, "x", ZONE) is PermitVerdict.NOT_GRANTED
    refused = record.with_decision(decided(outcome=PermitOutcome.REFUSE))
    assert (refused.verdict(NOW, "x", ZONE), refused.state(NOW, ZONE)) == (
        PermitVerdict.NOT_GRANTED,
        PermitState.REFUSED,
    )
    withdrawn = granted().with_revocation(revoked())
    assert withdrawn.verdict(NOW + timedelta(days=400), "x", ZONE) is PermitVerdict.REVOKED
    assert not any(each.may_be_overruled for each in (PermitVerdict.REVOKED, PermitVerdict.ENDED))


def test_a_request_is_overdue_after_the_time_of_the_policy_until_it_is_decided() -> None:
    day = timedelta(hours=24)
    record = PermitRecord(asked())
    assert not record.is_overdue(NOW + day - timedelta(seconds=1), day)
    assert record.is_overdue(NOW + day, day)
    assert not granted().is_overdue(NOW + day, day)


def test_a_token_carries_days_and_minutes() -> None:
    whole, some = granted().conditions, granted(days=["sunday", "monday"], hours=NIGHT).conditions
    assert whole is not None
    assert some is not None
    assert standing_times(whole) == StandingTimes(127, 0, 1440)
    assert standing_times(some) == StandingTimes(65, 18 * 60, 6 * 60)
