"""What a policy says about one person on a trip.

A rule holds if all its conditions hold; a condition that is left out always does. Each rule that holds adds its finding
for staff, and its instructions and papers for the traveller, in the order of the rules.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from chalicelib.models.people.administrative_units import lineage
from chalicelib.models.people.health import Health, TestResult
from chalicelib.models.people.persons import Person
from chalicelib.models.people.places import Place
from chalicelib.models.people.trips import Purpose, Trip
from chalicelib.models.policy.policies import Conditions, Policy, Risk, TestState


class Assessment(NamedTuple):
    """Ids of what a policy says about one person."""

    findings: list[str]
    instructions: list[str]
    papers: list[str]


class Situation(NamedTuple):
    """What a rule's conditions are held against."""

    risk: Risk
    test: TestState
    same_day: bool
    purpose: Purpose
    symptoms: bool
    contact: bool
    doses: int


def evaluate(policy: Policy, person: Person, trip: Trip, at: datetime) -> Assessment:
    """What the policy says about a person on a trip. `at` is on the province's clock."""
    places, health = (trip.origin, *trip.places_passed), person.health
    situation = Situation(
        risk=max((_risk_of(policy, place, at.date()) for place in places), key=lambda risk: risk.rank),
        test=_test_state(policy, health, at),
        same_day=trip.stay_until is not None and trip.stay_until == trip.expected_arrival.astimezone(at.tzinfo).date(),
        purpose=trip.purpose,
        symptoms=bool(health.symptoms),
        contact=health.contact_with_patient or health.contact_with_ill_person or health.contact_with_affected_area,
        doses=health.vaccination.doses if health.vaccination else 0,
    )
    if situation not in policy.assessed:
        policy.assessed[situation] = _assess(policy, situation)
    assessment: Assessment = policy.assessed[situation]
    return assessment


def _assess(policy: Policy, situation: Situation) -> Assessment:
    holding = [rule for rule in policy.rules if _holds(rule.when, situation)]
    return Assessment(
        findings=list(dict.fromkeys(rule.finding for rule in holding if rule.finding)),
        instructions=list(dict.fromkeys(step for rule in holding for step in rule.instructions)),
        papers=list(dict.fromkeys(paper for rule in holding for paper in rule.papers)),
    )


def _risk_of(policy: Policy, place: Place, day: date) -> Risk:
    if place.unit is None:
        return policy.risk_in(str(place.country), day) or policy.abroad_risk
    for unit in lineage(place.unit.list_version, place.unit.code):
        if risk := policy.risk_in(unit.code, day):
            return risk
    return policy.default_risk


def _test_state(policy: Policy, health: Health, at: datetime) -> TestState:
    test = health.test
    if test is None or test.result is TestResult.PENDING:
        return TestState.MISSING
    if test.result is TestResult.POSITIVE:
        return TestState.POSITIVE
    return TestState.NEGATIVE if at - test.taken_at <= timedelta(hours=policy.test_valid_hours) else TestState.MISSING


def _holds(when: Conditions, situation: Situation) -> bool:
    """Whether all conditions of a rule hold. A missing condition holds."""
    return (
        (when.risk is None or situation.risk in when.risk)
        and (when.symptoms is None or when.symptoms == situation.symptoms)
        and (when.contact is None or when.contact == situation.contact)
        and (when.doses is None or when.doses[0] <= situation.doses <= when.doses[1])
        and (when.test is None or situation.test in when.test)
        and (when.same_day is None or when.same_day == situation.same_day)
        and (when.purpose is None or situation.purpose in when.purpose)
    )
