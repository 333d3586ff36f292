"""What keeps a policy from being put in force."""

from typing import Any

import pytest

from chalicelib.data import read_bytes
from chalicelib.models.policy.policies import Policy
from chalicelib.models.policy.problems import LARGEST, problems
from tests.unit.policy.drafts import SHIPPED, TAY_NINH, policy, ruled


@pytest.mark.parametrize("name", ["policy.json", "policies/2021-10-03.json"])
def test_the_policies_that_ship_may_be_put_in_force(name: str) -> None:
    shipped = Policy.model_validate_json(read_bytes("provinces", "tay-ninh", *name.split("/")))
    assert problems(shipped, TAY_NINH.units_list) == []


def found_in(judged: Policy) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in problems(judged, TAY_NINH.units_list)]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"version": "a/b"}, "/version", "policy_version_malformed"),
        ({"version": 'a"b'}, "/version", "policy_version_malformed"),
        ({"version": "bản 1"}, "/version", "policy_version_malformed"),
        ({"version": "..", "basis": "x"}, "/version", "policy_version_malformed"),
        ({"units_list": "1999"}, "/units_list", "unknown_list_version"),
        ({"areas": [{"risk": "low"}]}, "/areas/0", "place_ambiguous"),
        ({"areas": [{"unit": "79", "country": "KH", "risk": "low"}]}, "/areas/0", "place_ambiguous"),
        ({"areas": [{"unit": "999", "risk": "low"}]}, "/areas/0/unit", "unknown_administrative_unit"),
        ({"areas": [{"country": "XX", "risk": "low"}]}, "/areas/0/country", "country_unknown"),
        (
            {"areas": [{"unit": "79", "risk": "low", "from": "2021-07-02", "until": "2021-07-01"}]},
            "/areas/0/until",
            "period_ends_before_it_begins",
        ),
        ({"rules": [*SHIPPED["rules"], SHIPPED["rules"][0]]}, "/rules/0/id", "policy_rule_twice"),
        ({"instructions": {**SHIPPED["instructions"], "a/b~c": SHIPPED["instructions"]["test-at-gate"]}},
         "/instructions/a~1b~0c", "policy_name_unused"),
        ({"findings": {**SHIPPED["findings"], "idle": SHIPPED["findings"]["contact"]}},
         "/findings/idle", "policy_name_unused"),
        ({"papers": {**SHIPPED["papers"], "idle": SHIPPED["papers"]["negative-test-72"]}},
         "/papers/idle", "policy_name_unused"),
    ],
)  # fmt: skip
def test_each_problem_has_its_pointer_and_code(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert (pointer, code) in found_in(policy(**changes))
    # Of the duplicate rule both are shown, and nothing else is wrong with any.
    assert {each for _, each in found_in(policy(**changes))} == {code}


@pytest.mark.parametrize("doses", [[], [1], [2, 1], [0, 11], [-1, 0], [0, 1, 2]])
def test_doses_are_a_range(doses: list[int]) -> None:
    assert found_in(ruled(*EVERYTHING, {"when": {"doses": doses}})) == [
        ("/rules/1/when/doses", "doses_range_malformed")
    ]


EVERYTHING: list[dict[str, Any]] = [{"when": {}, "finding": "say", "instructions": ["do"], "papers": ["show"]}]


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"finding": "x"}, "/rules/1/finding"),
        ({"instructions": ["do", "x"]}, "/rules/1/instructions/1"),
        ({"papers": ["x"]}, "/rules/1/papers/0"),
    ],
)
def test_a_rule_names_only_what_is_defined(rule: dict[str, Any], pointer: str) -> None:
    assert found_in(ruled(*EVERYTHING, {"when": {}, **rule})) == [(pointer, "policy_name_unknown")]


@pytest.mark.parametrize(
    ("periods", "twice"),
    [
        ([(None, None), (None, None)], [1]),
        ([(None, "2021-07-10"), ("2021-07-10", None)], [1]),
        ([(None, "2021-07-10"), ("2021-07-11", None)], []),
        ([("2021-07-11", None), (None, "2021-07-10")], []),
        ([("2021-07-01", "2021-07-31"), ("2021-07-02", "2021-07-03"), ("2021-07-05", "2021-07-06")], [1, 2]),
        ([("2021-08-01", None), ("2021-07-01", "2021-07-31"), ("2021-07-31", "2021-07-31")], [2]),
    ],
)
def test_the_days_of_an_area_never_overlap(periods: list[tuple[str | None, str | None]], twice: list[int]) -> None:
    areas = [{"unit": "79", "risk": "low", "from": first, "until": last} for first, last in periods]
    areas += [{"unit": "760", "risk": "low"}, {"country": "KH", "risk": "low"}]
    assert found_in(policy(areas=areas)) == [(f"/areas/{index}", "policy_area_twice") for index in twice]


def test_a_policy_that_does_not_fit_into_a_row_is_refused() -> None:
    long = {"level": "notice", "vi": "ệ" * (LARGEST // 3 - 6000), "en": "x"}  # three bytes each
    assert found_in(policy(findings={**SHIPPED["findings"], "contact": long})) == []
    longer = {**long, "vi": "ệ" * (LARGEST // 3)}
    assert found_in(policy(findings={**SHIPPED["findings"], "contact": longer})) == [("", "policy_too_large")]


def test_a_list_of_units_that_the_province_does_not_use_is_refused() -> None:
    areas = [{"unit": "80", "risk": "low"}]
    assert found_in(policy(units_list="2025", areas=areas)) == [("/units_list", "wrong_list_version")]


def test_all_problems_of_a_policy_are_found_at_once() -> None:
    wrong = policy(
        version="a b",
        areas=[{"unit": "999", "risk": "low"}, {"risk": "low"}, {"country": "KH", "risk": "low"}] * 2,
        rules=[{"id": "x", "when": {"doses": [3]}, "finding": "nobody"}],
    )
    codes = {code for _, code in found_in(wrong)}
    assert codes == {
        "policy_version_malformed",
        "unknown_administrative_unit",
        "place_ambiguous",
        "policy_area_twice",
        "doses_range_malformed",
        "policy_name_unknown",
        "policy_name_unused",
    }


@pytest.mark.parametrize("days", [[0], [15], [7, 1], [1, 1], [1, 7, 20]])
def test_the_days_of_tests_are_days_of_the_watch_in_their_order(days: list[int]) -> None:
    watch = {"days": 14, "report_daily": True, "tests_on": days, "place": "home"}
    judged = policy(instructions={**SHIPPED["instructions"]})
    assert found_in(judged) == []
    changed = {**SHIPPED["instructions"], "test-at-gate": {**SHIPPED["instructions"]["test-at-gate"], "watch": watch}}
    assert found_in(policy(instructions=changed)) == [
        ("/instructions/test-at-gate/watch/tests_on", "watch_tests_malformed")
    ]


def test_a_policy_of_a_former_release_has_no_watch_and_is_read() -> None:
    former = {
        name: {key: value for key, value in each.items() if key != "watch"}
        for name, each in SHIPPED["instructions"].items()
    }
    judged = policy(instructions=former)
    assert found_in(judged) == []
    assert judged.watch_of(former) is None
    assert '"watch"' not in judged.as_stored()
