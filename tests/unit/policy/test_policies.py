"""The policy: what it finds, what keeps one from being put in force, and who may replace it."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.data import read_bytes
from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.errors import FieldProblem, InvalidInput, ServiceUnavailable
from chalicelib.models.people.administrative_units import units
from chalicelib.models.policy.assessments import Assessment, evaluate
from chalicelib.models.policy.errors import PolicyChanged, PolicyPreconditionMissing, PolicyVersionUnknown
from chalicelib.models.policy.policies import KeptPolicy, Policy, PolicyChange
from chalicelib.models.policy.problems import LARGEST, problems
from chalicelib.models.records import STORED
from chalicelib.models.staff.staff import Principal
from chalicelib.services.policy.policies import put_in_force, version_of
from tests.forms import HEALTHY, NOW, form, person
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.policy import Policies
from tests.unit.gsm import GSM_7
from tests.unit.policy.drafts import ADMINISTRATOR, LOCAL_NOW, NEXT, SHIPPED, TAY_NINH, policy
from tests.unit.world import unit


def ruled(*rules: dict[str, Any], **changes: Any) -> Policy:
    """A policy with these rules alone; `say` is a finding, `do` an instruction, `show` a paper."""
    told = {"vi": "x", "en": "x"}
    return policy(
        rules=[{"id": f"rule-{number}", **rule} for number, rule in enumerate(rules)],
        findings={"say": {"level": "stop", **told}},
        instructions={"do": {**told, "sms": "x"}},
        papers={"show": {"document": "test_result", "test_within_hours": 72, **told}},
        **changes,
    )


def outcome(judged: Policy, at: datetime = LOCAL_NOW, health: dict[str, Any] | None = None, **trip: Any) -> Assessment:
    body = {**form(at, **trip), "traveller": person(health=health or HEALTHY)}
    declared = DeclarationForm.model_validate_json(json.dumps(body))
    return evaluate(judged, declared.traveller, declared.trip, at)


def findings(areas: list[dict[str, Any]], origin: dict[str, Any], day: str = "2021-07-22", hour: int = 14) -> list[str]:
    """The risks found for an origin on a day: a finding for each risk."""
    risks = ("low", "medium", "high", "very_high")
    told = {"level": "notice", "vi": "x", "en": "x"}
    judged = policy(
        areas=areas,
        rules=[{"id": risk, "when": {"risk": [risk]}, "finding": risk} for risk in risks],
        findings=dict.fromkeys(risks, told),
    )
    at = datetime.fromisoformat(day).replace(hour=hour, tzinfo=ZoneInfo(TAY_NINH.time_zone))
    return outcome(judged, at, origin=origin).findings


def test_the_smallest_unit_in_force_counts() -> None:
    areas = [
        {"unit": "79", "risk": "medium"},
        {"unit": "760", "risk": "high"},
        {"unit": "26734", "risk": "very_high", "from": "2021-07-20", "until": "2021-07-22"},
    ]
    assert findings(areas, unit("26734"), "2021-07-19") == ["high"]
    assert findings(areas, unit("26734"), "2021-07-20") == ["very_high"]
    assert findings(areas, unit("26734"), "2021-07-22") == ["very_high"]
    assert findings(areas, unit("26734"), "2021-07-23") == ["high"]
    assert findings(areas, unit("79"), "2021-07-20") == ["medium"]
    assert findings(areas, unit("01"), "2021-07-20") == ["medium"]


def test_a_country_has_its_days_too() -> None:
    areas = [
        {"country": "KH", "risk": "high", "until": "2021-07-21"},
        {"country": "KH", "risk": "low", "from": "2021-07-25"},
    ]
    days = ("2021-07-21", "2021-07-22", "2021-07-24", "2021-07-25")
    found = [findings(areas, {"country": "KH"}, day) for day in days]
    assert found == [["high"], ["very_high"], ["very_high"], ["low"]]  # between them as for any country


@pytest.mark.parametrize("hour", [0, 6, 23])
def test_a_day_is_the_provinces_own_and_not_that_of_greenwich(hour: int) -> None:
    areas = [{"unit": "79", "risk": "high", "from": "2021-07-22", "until": "2021-07-22"}]
    assert findings(areas, unit("79"), "2021-07-22", hour) == ["high"]


@pytest.mark.parametrize(
    ("trip", "holds"),
    [
        ({"stay_until": "2021-07-22"}, True),
        ({"stay_until": "2021-07-23"}, False),
        ({}, False),
        # 17:30 in Greenwich is tomorrow here.
        ({"stay_until": "2021-07-22", "expected_arrival": "2021-07-22T17:30:00Z"}, False),
        ({"stay_until": "2021-07-23", "expected_arrival": "2021-07-22T17:30:00Z"}, True),
    ],
)
def test_a_visit_of_one_day_ends_on_the_local_day_of_arrival(trip: dict[str, Any], holds: bool) -> None:
    judged = ruled({"when": {"same_day": True}, "papers": ["show"]}, {"when": {"same_day": False}, "finding": "say"})
    assert outcome(judged, **trip) == Assessment([] if holds else ["say"], [], ["show"] if holds else [])


def test_a_rule_may_ask_for_the_purpose() -> None:
    judged = ruled({"when": {"purpose": ["work", "visit"]}, "instructions": ["do"]})
    assert outcome(judged, purpose="visit").instructions == ["do"]
    assert outcome(judged, purpose="medical").instructions == []


def test_a_paper_that_several_rules_ask_for_is_asked_for_once() -> None:
    judged = ruled({"when": {}, "papers": ["show"]}, {"when": {"contact": False}, "papers": ["show"]})
    assert outcome(judged).papers == ["show"]


def test_a_policy_of_before_these_fields_is_still_read() -> None:
    old = {name: value for name, value in SHIPPED.items() if name != "papers"}
    old["rules"] = [rule for rule in SHIPPED["rules"] if "papers" not in rule]
    assert Policy.model_validate_json(json.dumps(old), context=STORED).papers == {}


@pytest.mark.parametrize("name", ["policy.json", "policies/2021-10-03.json"])
def test_the_policies_that_ship_may_be_put_in_force(name: str) -> None:
    shipped = Policy.model_validate_json(read_bytes("provinces", "tay-ninh", *name.split("/")))
    assert problems(shipped, TAY_NINH.units_list) == []


def test_in_october_everyone_is_asked_for_a_test_and_visitors_of_a_day_for_their_papers() -> None:
    october = Policy.model_validate_json(read_bytes("provinces", "tay-ninh", "policies", "2021-10-03.json"))
    visit = outcome(october, origin=unit("04"), stay_until="2021-07-22")
    assert visit.papers == ["negative-test-72", "identity-document"]
    assert visit.instructions == ["test-at-gate", "leave-identity-document", "report-to-commune"]
    tested = {**HEALTHY, "test": {"kind": "antigen", "result": "negative", "taken_at": "2021-07-20T14:00:00+07:00"}}
    assert outcome(october, health=tested, origin=unit("04")).findings == []


def told(judged: Policy) -> list[tuple[str, str]]:
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
    assert (pointer, code) in told(policy(**changes))
    # Of the duplicate rule both are shown, and nothing else is wrong with any.
    assert {each for _, each in told(policy(**changes))} == {code}


@pytest.mark.parametrize("doses", [[], [1], [2, 1], [0, 11], [-1, 0], [0, 1, 2]])
def test_doses_are_a_range(doses: list[int]) -> None:
    assert told(ruled(*EVERYTHING, {"when": {"doses": doses}})) == [("/rules/1/when/doses", "doses_range_malformed")]


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
    assert told(ruled(*EVERYTHING, {"when": {}, **rule})) == [(pointer, "policy_name_unknown")]


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
    assert told(policy(areas=areas)) == [(f"/areas/{index}", "policy_area_twice") for index in twice]


def test_a_policy_that_does_not_fit_into_a_row_is_refused() -> None:
    long = {"level": "notice", "vi": "ệ" * (LARGEST // 3 - 3000), "en": "x"}  # three bytes each
    assert told(policy(findings={**SHIPPED["findings"], "contact": long})) == []
    longer = {**long, "vi": "ệ" * (LARGEST // 3)}
    assert told(policy(findings={**SHIPPED["findings"], "contact": longer})) == [("", "policy_too_large")]


def test_a_list_of_units_that_the_province_does_not_use_is_refused() -> None:
    areas = [{"unit": "80", "risk": "low"}]
    assert told(policy(units_list="2025", areas=areas)) == [("/units_list", "wrong_list_version")]


def test_all_problems_of_a_policy_are_found_at_once() -> None:
    wrong = policy(
        version="a b",
        areas=[{"unit": "999", "risk": "low"}, {"risk": "low"}, {"country": "KH", "risk": "low"}] * 2,
        rules=[{"id": "x", "when": {"doses": [3]}, "finding": "nobody"}],
    )
    codes = {code for _, code in told(wrong)}
    assert codes == {
        "policy_version_malformed",
        "unknown_administrative_unit",
        "place_ambiguous",
        "policy_area_twice",
        "doses_range_malformed",
        "policy_name_unknown",
        "policy_name_unused",
    }


def put(policies: Policies, changed: Policy, instead_of: str | None, staff: Principal = ADMINISTRATOR) -> Any:
    return put_in_force(
        changed,
        instead_of=instead_of,
        staff=staff,
        province=TAY_NINH,
        policies=policies,
        clock=Clock(),
    )


def test_a_change_names_who_put_which_version_in_place_of_which() -> None:
    policies = Policies()
    change = put(policies, policy(), SHIPPED["version"])
    assert change == PolicyChange(
        version=NEXT,
        instead_of=SHIPPED["version"],
        stored_at=NOW,
        stored_by="admin-1",
        stored_by_name="Quản trị viên thử",
    )
    assert policies.in_force().version == NEXT
    assert version_of(SHIPPED["version"], policies=policies).version == SHIPPED["version"]


def test_the_same_policy_again_is_the_first_answer_even_when_it_was_replaced_since() -> None:
    policies = Policies()
    first = put(policies, policy(), SHIPPED["version"])
    assert put(policies, policy(), SHIPPED["version"]) == first
    put(policies, policy(version="later"), NEXT)
    assert put(policies, policy(), SHIPPED["version"]) == first
    assert policies.source.version == "later"


def test_a_change_that_does_not_name_the_version_in_force_is_refused() -> None:
    policies = Policies()
    with pytest.raises(PolicyPreconditionMissing):
        put(policies, policy(), None)
    with pytest.raises(PolicyChanged) as raised:
        put(policies, policy(), "2021-07-01.1")
    assert raised.value.members["in_force"] == SHIPPED["version"]
    assert list(policies.source.kept) == [SHIPPED["version"]]


def test_of_two_changes_at_once_the_second_is_refused_with_what_is_in_force() -> None:
    policies = Policies()
    other = KeptPolicy(policy(version="other"), PolicyChange(version="other", stored_at=NOW, stored_by="admin-2"))

    def other_is_first() -> None:
        policies.source.kept["other"] = other
        policies.source.version = "other"

    policies.meanwhile = other_is_first
    with pytest.raises(PolicyChanged) as raised:
        put(policies, policy(), SHIPPED["version"])
    assert raised.value.members["in_force"] == "other"


@pytest.mark.parametrize(
    ("changes", "staff"), [({"basis": "another"}, ADMINISTRATOR), ({}, replace(ADMINISTRATOR, subject="admin-2"))]
)
def test_a_version_never_changes(changes: dict[str, Any], staff: Principal) -> None:
    policies = Policies()
    put(policies, policy(), SHIPPED["version"])
    with pytest.raises(InvalidInput) as raised:
        put(policies, policy(**changes), NEXT, staff)
    assert raised.value.problems == (FieldProblem("/version", "policy_version_taken", {"version": NEXT}),)
    assert policies.find(NEXT) == KeptPolicy(policy(), policies.changes(1)[0])


def test_a_change_that_met_another_which_came_to_nothing_may_be_sent_again() -> None:
    class Busy(Policies):
        def put_in_force(self, policy: Policy, change: PolicyChange) -> bool:
            return False

    with pytest.raises(ServiceUnavailable):
        put(Busy(), policy(), SHIPPED["version"])


@pytest.mark.parametrize("version", ["", "no-such", "x" * 2000, "bản 1", "../2"])
def test_a_version_there_never_was_is_unknown(version: str) -> None:
    with pytest.raises(PolicyVersionUnknown):
        version_of(version, policies=Policies())


def test_the_policy_that_ships_is_whole() -> None:
    policy = Policy.model_validate_json(read_bytes("provinces", "tay-ninh", "policy.json"))
    for instruction in policy.instructions.values():
        assert set(instruction.sms) <= GSM_7
    assert all(area.unit in units(policy.units_list) for area in policy.areas if area.unit)
