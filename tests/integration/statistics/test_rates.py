"""The route that reads rates, on moto."""

from datetime import timedelta

import pytest

from chalicelib.models.staff.roles import Role
from chalicelib.models.statistics.figures import Family
from tests.integration.conftest import Api, Clock
from tests.integration.statistics.provinces import happen, start
from tests.integration.statistics.test_readings import READERS

RATES = "/v1/statistics/rates"


def test_each_rate_has_both_counts_and_its_definition(api: Api, clock: Clock) -> None:
    start(clock, days_ago=1)
    today = clock().date()
    happen(clock, today, Family.CHECKS, "checks", "an-hoa", "08", "token", "valid", times=30)
    happen(clock, today, Family.CHECKS, "checks", "an-tinh", "08", "code", "expired", times=10)
    path = f"{RATES}?from={today - timedelta(days=2)}&by=gate"
    answer = api("GET", path, role="committee")
    assert answer.status_code == 200, answer.body
    rates = {each["name"]: each for each in answer.json_body["rates"]}
    checks = rates["checks_valid"]
    assert checks["whole"] == {"numerator": 30, "denominator": 40, "rate": 0.75}
    assert [each["coverage"] for each in checks["days"]] == ["not_counted", "counted", "counted"]
    assert checks["days"][0].keys() == {"day", "coverage"}
    assert checks["days"][1]["denominator"] == 0
    assert "rate" not in checks["days"][1]
    assert checks["cells"] == [
        {"cell": "an-hoa", "numerator": 30, "denominator": 30, "rate": 1.0},
        {"cell": "an-tinh", "numerator": 0, "denominator": 10, "rate": 0.0},
    ]
    assert checks["definition"]["en"].startswith("Of the checks")
    assert answer.json_body["small_below"] == 10
    assert api("GET", path, role="committee", If_None_Match=answer.headers["ETag"]).status_code == 304


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("by=colour", "statistics_part_unknown"),
        ("by=gate,hour", "statistics_part_unknown"),
        ("from=2021-01-01&to=2021-02-01", "statistics_period_too_long"),
        ("from=2021-01-02&to=2021-01-01", "statistics_period_reversed"),
        ("to=2090-01-01", "statistics_period_in_future"),
        ("family=gates", "invalid_input"),
    ],
)
def test_questions_without_an_answer(api: Api, query: str, code: str) -> None:
    answer = api("GET", f"{RATES}?{query}", role="committee")
    assert (answer.status_code, answer.json_body["code"]) == (422, code)


def test_only_the_readers_read(api: Api) -> None:
    for role in Role:
        assert (api("GET", RATES, role=role).status_code == 200) == (role in READERS)
