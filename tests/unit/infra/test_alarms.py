"""The alarms of the template, as CloudWatch evaluates them: a day of a stage, minute by minute."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.unit.infra.template import TEMPLATE

ALARMS: dict[str, dict[str, Any]] = {
    name: each["Properties"]
    for name, each in TEMPLATE["Resources"].items()
    if each.get("Type") == "AWS::CloudWatch::Alarm"
}
HOUR, NIGHT = 60, 8 * 60
"""Minutes."""


class Minute(NamedTuple):
    requests: int
    failed: int


QUIET = Minute(0, 0)


def goes_off(alarm: dict[str, Any], minutes: list[Minute]) -> bool:
    """Whether an alarm of the share of failed requests goes off at any time."""
    assert (alarm["MetricName"], alarm["Statistic"]) == ("5XXError", "Average")
    assert alarm["TreatMissingData"] == "notBreaching"
    breaching = [share > alarm["Threshold"] for share in _shares(minutes, alarm["Period"] // 60)]
    length = alarm["EvaluationPeriods"]
    windows = (breaching[max(0, end - length) : end] for end in range(1, len(breaching) + 1))
    return any(sum(window) >= alarm["DatapointsToAlarm"] for window in windows)


def _shares(minutes: list[Minute], period: int) -> Iterator[float]:
    for start in range(0, len(minutes), period):
        together = minutes[start : start + period]
        requests = sum(each.requests for each in together)
        yield sum(each.failed for each in together) / requests if requests else 0  # no data: not breaching


def night(*, every: int, failing: bool) -> list[Minute]:
    """One request in so many minutes."""
    return [Minute(1, int(failing)) if minute % every == 0 else QUIET for minute in range(NIGHT)]


@pytest.mark.parametrize("every", [2, 5, 10, 15, 30])
def test_a_quiet_night_in_which_every_request_fails_raises_an_alarm(every: int) -> None:
    minutes = night(every=every, failing=True)
    assert goes_off(ALARMS["QuietFailuresAlarm"], minutes)
    assert not goes_off(ALARMS["FailuresAlarm"], minutes) or every < 3


@pytest.mark.parametrize("name", ["FailuresAlarm", "QuietFailuresAlarm"])
def test_an_idle_stage_a_quiet_one_and_a_single_failure_raise_no_alarm(name: str) -> None:
    assert not goes_off(ALARMS[name], [QUIET] * NIGHT)
    assert not goes_off(ALARMS[name], night(every=10, failing=False))
    once = [Minute(1, 1), *night(every=10, failing=False)[1:]]
    assert not goes_off(ALARMS[name], once)
    assert not goes_off(ALARMS[name], [Minute(6_000, 3)] * HOUR)


@pytest.mark.parametrize("name", ["FailuresAlarm", "QuietFailuresAlarm"])
def test_a_busy_hour_in_which_one_request_in_fifty_fails_is_heard(name: str) -> None:
    assert goes_off(ALARMS[name], [Minute(6_000, 120)] * HOUR)


def test_no_alarm_goes_off_for_want_of_data() -> None:
    assert {name: each["TreatMissingData"] for name, each in ALARMS.items()} == {
        name: "ignore" if name == "SmsSpendingAlarm" else "notBreaching" for name in ALARMS
    }
    # One that goes off below a threshold would, by a metric that is 0 when nothing happens. That of SMS is then absent.
    above = {"GreaterThanThreshold", "GreaterThanOrEqualToThreshold"}
    below = [name for name, each in ALARMS.items() if each["ComparisonOperator"] not in above]
    assert below == ["UndeliveredSmsAlarm"]
    assert [name for name, each in ALARMS.items() if isinstance(each["Threshold"], int) and each["Threshold"] < 0] == []


@pytest.mark.parametrize(
    ("rehearsals", "off"),
    [([], False), ([0] * 9, False), ([0, 1, 0, 1, 0], False), ([0, 1, 1, 0], True), ([2, 2], True)],
    ids=["switched off", "well", "one at a time", "two in a row", "both places"],
)
def test_two_rehearsals_in_a_row_that_fail_raise_an_alarm(rehearsals: list[int], off: bool) -> None:
    alarm = ALARMS["RehearsalAlarm"]
    assert (alarm["MetricName"], alarm["Period"], alarm["Statistic"]) == ("Rehearsal_failed", 300, "Sum")
    rule = TEMPLATE["Resources"]["Rehearse"]["Properties"]["Events"]["RehearseEvent"]["Properties"]
    assert rule == {"State": {"Fn::If": ["Rehearsed", "ENABLED", "DISABLED"]}}
    failed = [each > alarm["Threshold"] for each in rehearsals]
    length = alarm["EvaluationPeriods"]
    windows = (failed[start : start + length] for start in range(len(failed)))
    assert any(sum(window) >= alarm["DatapointsToAlarm"] for window in windows) is off


def test_a_cold_start_alone_is_no_slowness() -> None:
    alarm = ALARMS["SlownessAlarm"]
    assert alarm["EvaluateLowSampleCountPercentile"] == "ignore"
    # 200 requests are enough for a p95: in five minutes those of a small province's hour.
    assert alarm["Period"] == 300


def test_each_alarm_also_reports_its_end() -> None:
    someone = {"Fn::If": ["SomeoneToTell", [{"Ref": "Alarms"}], {"Ref": "AWS::NoValue"}]}
    for name, each in ALARMS.items():
        assert each["AlarmActions"] == each["OKActions"] == someone, name
