"""The policy: risk by area, and the steps that each situation asks for. Data, not code; each version is kept.

A rule's conditions are joined by "and"; a condition that is left out always holds. Every rule that holds contributes
its finding for staff and its instructions for the traveller, in the order of the rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.administrative_units import LIST_VERSIONS, lineage
from chalicelib.models.declarations import Health, Person, Place, TestResult, Trip
from chalicelib.models.strict import STORED, Strict, Text

SMS_LENGTH = 160
"""Characters of one message part in the GSM 7-bit alphabet (3GPP TS 23.038)."""


_GSM_7 = r"""^[A-Za-z0-9 @!"#$%&'()*+,\-./:;<=>?_]*$"""
"""What every phone shows from one part: the GSM 7-bit alphabet without its national letters."""


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"

    @property
    def rank(self) -> int:
        return list(Risk).index(self)


class TestState(StrEnum):
    """What a person's test is worth: `missing` also stands for one that is pending or too old."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    MISSING = "missing"


class AreaRisk(Strict):
    """The risk of an administrative unit and all within it, or of a country."""

    unit: str | None = None
    country: str | None = None
    risk: Risk


class Conditions(Strict):
    """When a rule holds."""

    risk: list[Risk] | None = None
    symptoms: bool | None = None
    contact: bool | None = None
    doses: list[int] | None = None
    """From and to, both included."""
    test: list[TestState] | None = None


class Rule(Strict):
    id: str
    when: Conditions
    finding: str | None = None
    instructions: list[str] = []


class Level(StrEnum):
    """How much a finding asks of staff: to know, to look closer, not to admit without a reason."""

    NOTICE = "notice"
    ATTENTION = "attention"
    STOP = "stop"


class Finding(Strict):
    level: Level
    vi: str
    en: str


class Instruction(Strict):
    """A step for the traveller; `sms` is the short form without accents."""

    vi: str
    en: str
    sms: str = Field(max_length=SMS_LENGTH, pattern=_GSM_7)


class Policy(Strict):
    version: Text = Field(max_length=40)
    basis: Text
    """The decision it follows."""
    units_list: str
    """The list of administrative units its areas, and all declarations under it, use."""
    test_valid_hours: int = Field(ge=1, le=720)
    default_risk: Risk
    abroad_risk: Risk
    areas: list[AreaRisk]
    rules: list[Rule]
    findings: dict[str, Finding]
    instructions: dict[str, Instruction]

    @model_validator(mode="after")
    def _is_whole(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        if self.units_list not in LIST_VERSIONS:
            raise PydanticCustomError("unknown_list_version", "not a list that is known", {"at": "units_list"})
        for index, rule in enumerate(self.rules):
            named = {*rule.instructions} - self.instructions.keys()
            if rule.finding and rule.finding not in self.findings:
                named.add(rule.finding)
            if named:
                context = {"at": f"rules/{index}", "names": ", ".join(sorted(named))}
                raise PydanticCustomError("policy_name_unknown", "names what is not defined", context)
        return self


@dataclass(frozen=True, slots=True)
class Outcome:
    """Ids of what a policy says about one person."""

    findings: list[str]
    instructions: list[str]


def evaluate(policy: Policy, person: Person, trip: Trip, at: datetime) -> Outcome:
    """What the policy finds about a person on a trip, and tells them to do."""
    risk = max((_risk_of(policy, place) for place in (trip.origin, *trip.places_passed)), key=lambda risk: risk.rank)
    state = _test_state(policy, person.health, at)
    holding = [rule for rule in policy.rules if _holds(rule.when, risk, person.health, state)]
    return Outcome(
        findings=list(dict.fromkeys(rule.finding for rule in holding if rule.finding)),
        instructions=list(dict.fromkeys(step for rule in holding for step in rule.instructions)),
    )


def _risk_of(policy: Policy, place: Place) -> Risk:
    if place.unit is None:
        countries = {area.country: area.risk for area in policy.areas if area.country}
        return countries.get(str(place.country), policy.abroad_risk)
    units = {area.unit: area.risk for area in policy.areas if area.unit}
    for unit in lineage(place.unit.list_version, place.unit.code):
        if unit.code in units:
            return units[unit.code]
    return policy.default_risk


def _test_state(policy: Policy, health: Health, at: datetime) -> TestState:
    test = health.test
    if test is None or test.result is TestResult.PENDING:
        return TestState.MISSING
    if test.result is TestResult.POSITIVE:
        return TestState.POSITIVE
    return TestState.NEGATIVE if at - test.taken_at <= timedelta(hours=policy.test_valid_hours) else TestState.MISSING


def _holds(when: Conditions, risk: Risk, health: Health, test: TestState) -> bool:
    return all(_judged(when, risk, health, test))


def _judged(when: Conditions, risk: Risk, health: Health, test: TestState) -> Iterator[bool]:
    doses = health.vaccination.doses if health.vaccination else 0
    contact = health.contact_with_patient or health.contact_with_ill_person or health.contact_with_affected_area
    yield when.risk is None or risk in when.risk
    yield when.symptoms is None or when.symptoms == bool(health.symptoms)
    yield when.contact is None or when.contact == contact
    yield when.doses is None or when.doses[0] <= doses <= when.doses[1]
    yield when.test is None or test in when.test
