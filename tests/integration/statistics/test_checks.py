"""Verdicts of checks become figures by the lines that a gate's function writes for its requests."""

import base64
import gzip
import json
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.handlers.workers.audit import keep_audit
from chalicelib.models.statistics.figures import Family
from chalicelib.models.statistics.series import SERIES, Part
from infra.operation import counted_logs
from infra.operation.recount import TABLES, recount
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.statistics.conftest import Counting
from tests.integration.statistics.provinces import start
from tests.integration.statistics.test_recount import Account
from tests.tables import client, template

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CHECKS = "/v1/checkpoint/checks"
GROUP = "/tay-ninh-pass/test/gate"


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def lines_of(logged: StringIO, at: datetime) -> list[dict[str, Any]]:
    """All lines, as CloudWatch hands them over."""
    messages = logged.getvalue().splitlines()
    return [{"id": f"{n}", "timestamp": milliseconds(at), "message": each} for n, each in enumerate(messages)]


def check_line(id: str, at: datetime, **members: Any) -> dict[str, Any]:  # noqa: A002 - a line's word
    line = {
        "message": "invocation",
        "outcome": "answered",
        "status": 200,
        "staff": "staff-1",
        "read_as": "token",
        "verdict": "valid",
        **members,
    }
    return {"id": id, "timestamp": milliseconds(at), "message": json.dumps(line)}


def hand_over(lines: list[dict[str, Any]]) -> None:
    packed = gzip.compress(json.dumps({"messageType": "DATA_MESSAGE", "logEvents": lines}).encode())
    keep_audit({"awslogs": {"data": base64.b64encode(packed).decode()}}, None)


def test_each_verdict_is_counted_once_by_gate_hour_and_what_was_read(
    api: Api, submitted: Submit, counting: Counting, clock: Clock, logged: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    issued = submitted()["passes"][0]
    logged.truncate(0)
    logged.seek(0)
    for text in (issued["token"], issued["token"], issued["code"], "0" * 16, "0" * 15 + "1", "TNP1:X", "hello"):
        assert api("POST", CHECKS, {"qr": text}, role="checkpoint").status_code == 200
    assert api("GET", f"/v1/checkpoint/passes/{issued['code']}", role="hotline", subject="nobody").status_code == 200
    assert api("POST", CHECKS, {}, role="checkpoint").status_code == 422
    lines = lines_of(logged, clock())
    capsys.readouterr()
    for _ in range(2):
        hand_over(lines)
    kept = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert {each["message"] for each in kept} == {"audit"}
    bodies = counting.waiting()
    assert not [each for each in bodies if "staff-1" in each or issued["code"].replace("-", "") in each]
    assert counting.count(bodies) == []
    hour = f"{clock():%H}"
    assert counting.of(Family.CHECKS, "checks", clock().date()) == {
        ("an-hoa", hour, "token", "valid"): 2,
        ("an-hoa", hour, "code", "valid"): 1,
        ("none", hour, "code", "valid"): 1,
        ("an-hoa", hour, "code", "unknown"): 1,
        ("an-hoa", hour, "code", "mistyped"): 1,
        ("an-hoa", hour, "token", "unreadable"): 1,
        ("an-hoa", hour, "other", "unreadable"): 1,
    }
    answer = api("GET", "/v1/statistics/checks?by=gate,verdict", role="committee").json_body
    (checks,) = [each for each in answer["series"] if each["name"] == "checks"]
    assert (checks["days"][0]["total"], checks["by"]) == (8, ["gate", "verdict"])


def test_a_verdict_counts_for_the_gate_of_its_moment(api: Api, counting: Counting, clock: Clock) -> None:
    before = clock()
    clock.now = before + timedelta(minutes=10)
    posted = api("PUT", "/v1/staff/staff-1/posting", {"checkpoint": "an-tinh"}, role="supervisor", subject="boss")
    assert posted.status_code == 200, posted.body
    after = clock() + timedelta(minutes=1)
    hand_over([check_line("1", before), check_line("2", after), check_line("3", after, staff="nobody")])
    assert counting.count(counting.waiting()) == []
    gates = {cell[0]: count for cell, count in counting.of(Family.CHECKS, "checks", before.date()).items()}
    assert gates == {"an-hoa": 1, "an-tinh": 1, "none": 1}


@pytest.mark.parametrize(
    "members",
    [
        {"outcome": "failed", "status": 500},
        {"status": 503},
        {"verdict": None},
        {"verdict": "x|y"},
        {"read_as": 1},
        {"read_as": "Token"},
    ],
)
def test_a_line_without_a_verdict_that_was_answered_counts_nothing_and_is_not_kept(
    counting: Counting, clock: Clock, aws: dict[str, str], capsys: pytest.CaptureFixture[str], members: dict[str, Any]
) -> None:
    hand_over([check_line("1", clock(), **members)])
    assert (counting.waiting(), capsys.readouterr().out) == ([], "")


def test_what_is_no_line_of_a_request_is_kept(aws: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Rather too much than an audit line too few."""
    for text in ("no json", "[]", '"verdict"', '{"message": "audit"}'):
        hand_over([{"id": "1", "timestamp": 1, "message": text}])
        assert capsys.readouterr().out == f"{text}\n"


def test_an_event_that_is_no_check_is_counted_nowhere(counting: Counting, aws: dict[str, str], clock: Clock) -> None:
    body = json.dumps({"kind": "checked", "subject": "1", "fact": "x an-hoa token valid"})
    assert counting.count([body]) == []
    assert counting.figures(Family.CHECKS, clock().date()) == []


def test_the_log_is_filtered_by_what_is_counted() -> None:
    events = template()["Resources"]["KeepAudit"]["Properties"]["Events"]
    assert events["GateAudit"]["Properties"]["FilterPattern"] == counted_logs.WANTED
    groups = {each["Properties"]["LogGroupName"]["Ref"] for each in events.values()}
    assert groups == {f"{each.capitalize()}Logs" for each in counted_logs.FUNCTIONS}


def test_no_cell_of_a_check_has_a_part_that_somebody_wrote() -> None:
    assert SERIES[Family.CHECKS, "checks"].parts == (Part.GATE, Part.HOUR, Part.READ_AS, Part.VERDICT)


@pytest.fixture
def day(counting: Counting, clock: Clock) -> date:
    """A day whose looks and checks were counted, and are in the log."""
    start(clock, days_ago=3)
    day = clock().date() - timedelta(days=1)
    noon = datetime.combine(day, time(12), ZONE)
    look = json.dumps({"message": "audit", "action": "search passes", "codes": ["X"], "staff": "s"})
    lines = [
        *(check_line(f"{n}", noon, staff="nobody", verdict=("valid", "expired")[n % 2]) for n in range(8)),
        check_line("9", noon + timedelta(days=1)),
        {"id": "10", "timestamp": milliseconds(noon), "message": look},
        {"id": "11", "timestamp": milliseconds(noon), "message": json.dumps({"message": "invocation"})},
    ]
    hand_over(lines)
    assert counting.count(counting.waiting()) == []
    logs = client("logs")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="one")
    events = sorted(({"timestamp": each["timestamp"], "message": each["message"]} for each in lines), key=_time)
    logs.put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=events)
    return day


def _time(event: dict[str, Any]) -> int:
    moment: int = event["timestamp"]
    return moment


def compared(day: date) -> tuple[int, list[str]]:
    names = {table: table.lower() for table in (*TABLES, "Statistics", "Reference")}
    groups = counted_logs.groups_of("test")
    cells, differences = recount(Account(), names, day, ZONE, groups=groups)  # type: ignore[arg-type]
    return cells, [str(each) for each in differences]


def test_the_log_gives_the_same_looks_and_checks_for_as_long_as_it_is_kept(day: date) -> None:
    assert compared(day) == (3, [])


def test_a_line_that_was_not_handed_over_is_found(day: date) -> None:
    line = check_line("", datetime.combine(day, time(15), ZONE), staff="nobody")
    event = {"timestamp": line["timestamp"], "message": line["message"]}
    client("logs").put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=[event])
    assert compared(day) == (4, ["checks checks none 15 token valid: counted 0, records 1"])


@pytest.mark.parametrize(("days_ago", "kept"), [(1, True), (29, True), (30, False), (60, False)])
def test_a_log_has_a_day_until_its_first_line_leaves(days_ago: int, kept: bool) -> None:
    day = datetime.now(ZONE).date() - timedelta(days=days_ago)
    assert counted_logs.are_kept(day, 30, ZONE) is kept
