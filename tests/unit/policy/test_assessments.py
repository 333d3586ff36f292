"""What a policy finds about a person, instructs and asks for."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.data import read_bytes
from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.policy.assessments import Assessment, evaluate
from chalicelib.models.policy.policies import Policy
from tests.forms import HEALTHY, form, person
from tests.unit.policy.drafts import LOCAL_NOW, TAY_NINH, policy, ruled
from tests.unit.world import unit


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


def test_in_october_everyone_is_asked_for_a_test_and_visitors_of_a_day_for_their_papers() -> None:
    october = Policy.model_validate_json(read_bytes("provinces", "tay-ninh", "policies", "2021-10-03.json"))
    visit = outcome(october, origin=unit("04"), stay_until="2021-07-22")
    assert visit.papers == ["negative-test-72", "identity-document"]
    assert visit.instructions == ["test-at-gate", "leave-identity-document", "report-to-commune"]
    tested = {**HEALTHY, "test": {"kind": "antigen", "result": "negative", "taken_at": "2021-07-20T14:00:00+07:00"}}
    assert outcome(october, health=tested, origin=unit("04")).findings == []
