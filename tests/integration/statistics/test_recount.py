"""The command `recount`: it compares a day, says what differs, and changes nothing."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import one
from chalicelib.models.statistics.figures import Counted, Family
from chalicelib.wiring.statistics import figures
from infra.__main__ import FAILED, WRONG_USAGE, main
from infra.errors import CannotGoOn
from infra.operation import recount as command
from infra.operation.recount import TABLES, recount
from tests.integration.conftest import Clock
from tests.integration.statistics.conftest import Counting
from tests.integration.statistics.test_day import write
from tests.recounts.days import ZONE, random_story
from tests.recounts.worlds import seeded
from tests.tables import REGION, client, rows

NAMES = {table: table.lower() for table in (*TABLES, "Statistics", "Reference")}
OUTPUTS = {f"{table}TableName": name for table, name in NAMES.items()}


class CloudWatch:
    """moto has no `PutMetricData` in the protocol of botocore."""

    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []

    def put_metric_data(self, **request: Any) -> None:
        self.written.append(request)


class Account:
    """moto, as the commands know an account of the cloud."""

    region, endpoint, cloudwatch = REGION, None, CloudWatch()

    def client(self, service: str) -> Any:
        return self.cloudwatch if service == "cloudwatch" else client(service)


@pytest.fixture
def day(counting: Counting, clock: Clock) -> date:
    """A day that was counted as a whole, with six declarations."""
    day = datetime.now(ZONE).date() - timedelta(days=4)
    begins = datetime.combine(day, time(), ZONE)
    clock.now = begins - timedelta(hours=1)
    counting.stream("entries", write(random_story(seeded(3), begins, 6)))
    assert counting.count(counting.waiting()) == []
    return day


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command line, for the stage on moto."""

    def chosen(_parser: object, options: Any) -> tuple[Account, str]:
        return Account(), options.stage

    def outputs(_account: object, _name: str) -> Mapping[str, str]:
        return OUTPUTS

    monkeypatch.setattr(command, "chosen", chosen)
    monkeypatch.setattr(command, "outputs", outputs)
    monkeypatch.setattr(
        command, "parameters", lambda _account, _name: {"Province": "tay-ninh", "LogRetentionDays": "30"}
    )
    return lambda day: main(["recount", "--day", str(day), "--stage", "test"])


def test_figures_that_are_what_the_records_give_are_said_to_be(
    day: date, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows("statistics")
    assert run(day) == 0
    assert f"figures of {day} are what the records give." in capsys.readouterr().out
    assert rows("statistics") == before


def test_a_difference_is_printed_is_an_alarm_and_is_not_set_right(
    day: date, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = one(day, series.CROSSINGS_OUT, "an-tinh", "10", count=2)
    figures().append([Counted("a fault", [wrong], datetime.now(ZONE))])
    before = rows("statistics")
    assert run(day) == FAILED
    said = capsys.readouterr().err
    assert "gates crossings_out an-tinh 10: counted 2, records 0" in said
    assert rows("statistics") == before
    (written,) = Account.cloudwatch.written
    (metric,) = written["MetricData"]
    assert (written["Namespace"], metric["MetricName"], metric["Value"]) == ("TayNinhPass", "Figures_differ", 1)
    assert metric["Dimensions"] == [{"Name": "Stage", "Value": "test"}]


def test_a_fact_that_was_not_counted_is_found(day: date, counting: Counting) -> None:
    begins = datetime.combine(day, time(), ZONE)
    write(random_story(seeded(4), begins, 1, first=6))  # its events are lost
    _, differences = recount(Account(), NAMES, day, ZONE)  # type: ignore[arg-type]
    assert {each.figure.series for each in differences} >= {"declarations", "declared", "expected"}
    assert all(each.records > each.figure.count for each in differences)


@pytest.mark.parametrize("days", [0, 1])
def test_a_day_that_has_not_ended_cannot_be_compared(
    run: Callable[..., int], aws: dict[str, str], capsys: pytest.CaptureFixture[str], days: int
) -> None:
    assert run(datetime.now(ZONE).date() + timedelta(days=days)) == FAILED
    assert "That day has not ended" in capsys.readouterr().err


def test_a_day_that_was_not_counted_as_a_whole_cannot_be_compared(day: date) -> None:
    with pytest.raises(CannotGoOn, match="No series was counted"):
        recount(Account(), NAMES, day - timedelta(days=1), ZONE)  # type: ignore[arg-type]


def test_no_day_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["recount", "--day", "yesterday", "--stage", "test"])
    assert ended.value.code == WRONG_USAGE
    assert "a day as 2021-07-22" in capsys.readouterr().err


def test_without_the_log_looks_and_checks_are_not_compared(day: date) -> None:
    figures().append([Counted("look", [one(day, series.LOOKS, "search passes")], datetime.now(ZONE))])
    assert figures().read(Family.LOOKS, [day]).figures
    assert recount(Account(), NAMES, day, ZONE)[1] == []  # type: ignore[arg-type]
