"""The page of objectives names nothing that the system does not have: routes, log fields, metrics, alarms."""

import json
import re
from typing import Any

import app
from chalicelib.http.routes import operations
from infra import ROOT
from tests.unit.infra.template import TEMPLATE

assert app.app  # it adds the routes

PAGE = (ROOT / "docs" / "operations" / "slos.md").read_text(encoding="utf-8")
RESOURCES = TEMPLATE["Resources"]
ALARMS = {name: each for name, each in RESOURCES.items() if each.get("Type") == "AWS::CloudWatch::Alarm"}
OF_ONE_METRIC = [each["Properties"] for each in ALARMS.values() if "MetricName" in each["Properties"]]
"""Others ask a query."""
DASHBOARD = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

LINE_OF_REQUESTS = {"message", "status", "route", "code", "milliseconds", "outcome", "request_id"}
"""Fields of a function's line; `tests/unit/http` has their tests."""
OF_THE_LANGUAGE = {
    *("filter", "fields", "stats", "by", "as", "in", "and", "count", "avg", "sum", "pct", "floor", "bin", "1d"),
    *("ispresent", "invocation", "failed", "throttled", "requests", "failed_percent", "throttled_percent"),
    *("sent", "refused", "late", "over_budget", "rejected", "tries_that_failed"),
}
"""Words of Logs Insights, and names that the queries give themselves."""


def fences(kind: str) -> list[str]:
    return [text for of, text in re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) if of == kind]


def metrics_of_the_template() -> set[tuple[str, str]]:
    of_alarms = {(each["Namespace"], each["MetricName"]) for each in OF_ONE_METRIC}
    shown: Any = json.loads(DASHBOARD)
    on_dashboard = set()
    for widget in shown["widgets"]:
        last = ["", ""]
        for metric in widget["properties"]["metrics"]:
            if isinstance(metric[0], str) and metric[0] != "...":
                last = [before if now == "." else now for now, before in zip(metric[:2], last, strict=True)]
            on_dashboard.add((last[0], last[1]))
    return of_alarms | on_dashboard


def test_its_routes_are_routes() -> None:
    named = set(re.findall(r"\b(?:GET|POST|PUT|DELETE) /[\w/{}.-]+", PAGE))
    assert named
    assert named <= {f"{each.method} {each.path}" for each in operations()}


def test_its_metrics_are_those_of_an_alarm_or_of_the_dashboard() -> None:
    queries = [query for text in fences("json") for query in json.loads(text)]
    used = [query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query]
    assert {each["Namespace"] for each in used} == {"AWS/ApiGateway", "AWS/SQS"}
    assert {(each["Namespace"], each["MetricName"]) for each in used} <= metrics_of_the_template()
    dimensions = {each["MetricName"]: [one["Name"] for one in each.get("Dimensions", [])] for each in OF_ONE_METRIC}
    for each in used:
        assert [one["Name"] for one in each["Dimensions"]] == dimensions[each["MetricName"]]


def test_its_log_fields_are_written() -> None:
    """By the gateway, by a function for each request, or by a worker, whose line has the metrics that it counts."""
    written = RESOURCES["RestAPI"]["Properties"]["AccessLogSetting"]["Format"]
    fields = set(re.findall(r'"(\w+)": ', written)) | LINE_OF_REQUESTS
    counted = {name for namespace, name in metrics_of_the_template() if namespace == "TayNinhPass"}
    inline = [each for each in re.findall(r"`([^`\n]+)`", PAGE) if each.startswith("filter ")]
    words = set(re.findall(r"\b[a-zA-Z_]\w*\b", re.sub(r'"[^"]*"', "", "\n".join([*fences(""), *inline]))))
    assert words - OF_THE_LANGUAGE <= fields | counted


def test_its_alarms_and_queues_are_there() -> None:
    named = set(re.findall(r"`(\w+Alarm)`", PAGE))
    assert len(named) > 10
    assert named <= ALARMS.keys()
    queues = set(re.findall(r"`(\w+Queue)`", PAGE))
    assert queues == {"DeclaredQueue", "MessagesQueue", "TracingQueue"}
    assert queues <= RESOURCES.keys()
    assert set(re.findall(r"`/tay-ninh-pass/<stage>/([\w-]+)`", PAGE)) == {"gateway"}
