"""The policy: risk by area, and the steps that each situation asks for. Data, not code; each version is kept.

A rule's conditions are joined by "and"; a condition that is left out always holds. Every rule that holds contributes
its finding for staff, and its instructions and papers for the traveller, in the order of the rules.

While a policy is parsed, only its form is judged; whether it is whole is judged by `problems`, so that whoever changes
a policy reads all that is wrong with it at once.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from chalicelib.models.errors import FieldProblem
from chalicelib.models.fields import SMS_LENGTH, Day, Text
from chalicelib.models.people.administrative_units import LIST_VERSIONS, exists, lineage
from chalicelib.models.people.health import MOST_DOSES, Health, TestResult
from chalicelib.models.people.papers import Document
from chalicelib.models.people.persons import Person
from chalicelib.models.people.places import Place, countries
from chalicelib.models.people.trips import Purpose, Trip
from chalicelib.models.records import Record

LARGEST = 300 * 1024
"""Bytes of a policy as stored: an item of DynamoDB takes 400 KB, with all that is beside it."""

VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,39}")
"""A version's name: it stands in URLs and ETags as it is."""

_GSM_7 = r"""^[A-Za-z0-9 @!"#$%&'()*+,\-./:;<=>?_]*$"""
"""What every phone shows from one part: the GSM 7-bit alphabet without its national letters."""


class Risk(StrEnum):
    """How likely it is that someone from there is infected, as the authorities see it."""

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


class AreaRisk(Record):
    """The risk of an administrative unit and all within it, or of a country, on some days or always.

    Of the units that a place lies in, the smallest one in force on the day counts.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    unit: str | None = None
    """A code of the policy's list. Exactly one of `unit` and `country` is given."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    risk: Risk
    from_: Day | None = Field(default=None, alias="from")
    """The first day, on the province's calendar; left out, it was always so."""
    until: Day | None = None
    """The last day, included; left out, it has no end. The days of one area's entries never overlap."""

    @property
    def code(self) -> str:
        return self.unit or self.country or ""

    def is_in_force(self, day: date) -> bool:
        return (self.from_ or date.min) <= day <= (self.until or date.max)


class Conditions(Record):
    """When a rule holds."""

    risk: list[Risk] | None = None
    symptoms: bool | None = None
    contact: bool | None = None
    doses: list[int] | None = None
    """From and to, both included."""
    test: list[TestState] | None = None
    same_day: bool | None = None
    """Whether the stay ends on the day of the expected arrival. Without `stay_until` it does not."""
    purpose: list[Purpose] | None = None


class Rule(Record):
    """What follows where all its conditions hold: ids of the policy's finding, instructions and papers."""

    id: str
    when: Conditions
    finding: str | None = None
    instructions: list[str] = []
    papers: list[str] = []


class Level(StrEnum):
    """How much a finding asks of staff: to know, to look closer, not to admit without a reason."""

    NOTICE = "notice"
    ATTENTION = "attention"
    STOP = "stop"


class Finding(Record):
    """What staff are told about a person."""

    level: Level
    vi: str
    en: str


class Instruction(Record):
    """A step for the traveller; `sms` is the short form without accents."""

    vi: str
    en: str
    sms: str = Field(max_length=SMS_LENGTH, pattern=_GSM_7)


class Paper(Record):
    """A paper for the traveller to have ready, and for staff to see."""

    document: Document
    test_within_hours: int | None = Field(default=None, ge=1, le=720)
    """Of a test's result: how long ago the sample was taken at most."""
    vi: str
    en: str


class Policy(Record):
    """Risk by area, and the steps that each situation asks for."""

    version: Annotated[Text, Field(max_length=40)]
    """1 to 40 letters, digits, `.`, `_`, `~` and `-`. A version never changes: what changes gets a new one."""
    basis: Text
    """The decision it follows."""
    units_list: str
    """The list of administrative units its areas, and all declarations under it, use."""
    test_valid_hours: int = Field(ge=1, le=720)
    fever_from: float | None = Field(default=None, ge=36, le=42, allow_inf_nan=False)
    """°C. Whoever is this warm at the gate is admitted with a reason only."""
    default_risk: Risk
    abroad_risk: Risk
    areas: list[AreaRisk]
    rules: list[Rule]
    findings: dict[str, Finding]
    instructions: dict[str, Instruction]
    papers: dict[str, Paper] = {}

    @cached_property
    def _by_area(self) -> Mapping[str, list[AreaRisk]]:
        """The entries of each unit or country, by its code: there are thousands in an epidemic."""
        found: dict[str, list[AreaRisk]] = {}
        for area in self.areas:
            found.setdefault(area.code, []).append(area)
        return found

    def risk_in(self, code: str, day: date) -> Risk | None:
        """What is said of this very unit or country for this day, if anything is."""
        return next((area.risk for area in self._by_area.get(code, ()) if area.is_in_force(day)), None)

    def as_stored(self) -> str:
        return self.model_dump_json(exclude_none=True)


class PolicyChange(Record):
    """Who put which version of the policy in force, when, and in place of which."""

    version: str
    instead_of: str | None = None
    """Nothing for the first one there was."""
    stored_at: AwareDatetime
    stored_by: str
    """The member of staff: the subject of their token."""
    stored_by_name: str | None = None


@dataclass(frozen=True, slots=True)
class KeptPolicy:
    """A version of the policy as it was stored, and how it came to be."""

    policy: Policy
    change: PolicyChange


def problems(policy: Policy, units_list: str) -> list[FieldProblem]:
    """All that keeps a policy from being put in force in a province whose units come from `units_list`."""
    return [
        *_problems_of_the_whole(policy, units_list),
        *_problems_of_areas(policy),
        *_problems_of_periods(policy),
        *_problems_of_rules(policy),
        *_problems_of_names(policy),
    ]


def _problems_of_the_whole(policy: Policy, units_list: str) -> Iterator[FieldProblem]:
    if not VERSION.fullmatch(policy.version):
        yield FieldProblem("/version", "policy_version_malformed")
    if policy.units_list not in LIST_VERSIONS:
        yield FieldProblem("/units_list", "unknown_list_version", {"known": ", ".join(LIST_VERSIONS)})
    elif policy.units_list != units_list:
        # Whoever declares would have to name a commune of the province in a list that does not know the province.
        yield FieldProblem("/units_list", "wrong_list_version", {"in_force": units_list})
    size = len(policy.as_stored().encode())
    if size > LARGEST:
        yield FieldProblem("", "policy_too_large", {"size": size // 1024 + 1, "limit": LARGEST // 1024})


def _problems_of_areas(policy: Policy) -> Iterator[FieldProblem]:
    for index, area in enumerate(policy.areas):
        at = f"/areas/{index}"
        if (area.unit is None) == (area.country is None):
            yield FieldProblem(at, "place_ambiguous")
        if area.unit is not None and policy.units_list in LIST_VERSIONS and not exists(policy.units_list, area.unit):
            params = {"unit": area.unit[:20], "list_version": policy.units_list}
            yield FieldProblem(f"{at}/unit", "unknown_administrative_unit", params)
        if area.country is not None and area.country not in countries():
            yield FieldProblem(f"{at}/country", "country_unknown")
        if area.from_ and area.until and area.from_ > area.until:
            yield FieldProblem(f"{at}/until", "period_ends_before_it_begins")


def _problems_of_periods(policy: Policy) -> Iterator[FieldProblem]:
    """Entries of one area whose days overlap: nobody could say which of them counts."""
    last: dict[str, tuple[date, int]] = {}
    """Of each area: until when the entries so far last, and which of them lasts so long."""
    for code, begins, index in sorted((each.code, each.from_ or date.min, n) for n, each in enumerate(policy.areas)):
        if not code:
            continue
        until, other = last.get(code, (None, index))
        if until is not None and begins <= until:
            yield FieldProblem(f"/areas/{index}", "policy_area_twice", {"area": code[:20], "other": f"/areas/{other}"})
        ends = policy.areas[index].until or date.max
        if until is None or ends > until:
            last[code] = ends, index


def _problems_of_rules(policy: Policy) -> Iterator[FieldProblem]:
    times = Counter(rule.id for rule in policy.rules)
    for index, rule in enumerate(policy.rules):
        at = f"/rules/{index}"
        if times[rule.id] > 1:
            yield FieldProblem(f"{at}/id", "policy_rule_twice", {"rule": rule.id[:60]})
        doses = rule.when.doses
        if doses is not None and not (len(doses) == 2 and 0 <= doses[0] <= doses[1] <= MOST_DOSES):
            yield FieldProblem(f"{at}/when/doses", "doses_range_malformed", {"most": MOST_DOSES})


def _problems_of_names(policy: Policy) -> Iterator[FieldProblem]:
    """What rules name and nothing defines, and what is defined and no rule names."""
    defined: dict[str, Collection[str]] = {
        "findings": policy.findings,
        "instructions": policy.instructions,
        "papers": policy.papers,
    }
    named: dict[str, set[str]] = {kind: set() for kind in defined}
    for number, rule in enumerate(policy.rules):
        for kind, at, name in _names(rule):
            named[kind].add(name)
            if name not in defined[kind]:
                yield FieldProblem(f"/rules/{number}/{at}", "policy_name_unknown", {"names": name[:60]})
    for kind, names in defined.items():
        for name in names:
            if name not in named[kind]:
                pointer = name[:60].replace("~", "~0").replace("/", "~1")
                yield FieldProblem(f"/{kind}/{pointer}", "policy_name_unused", {"name": name[:60]})


def _names(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """What a rule names: the kind, where in the rule, and the name."""
    if rule.finding is not None:
        yield "findings", "finding", rule.finding
    for index, name in enumerate(rule.instructions):
        yield "instructions", f"instructions/{index}", name
    for index, name in enumerate(rule.papers):
        yield "papers", f"papers/{index}", name


@dataclass(frozen=True, slots=True)
class Assessment:
    """Ids of what a policy says about one person."""

    findings: list[str]
    instructions: list[str]
    papers: list[str]


def evaluate(policy: Policy, person: Person, trip: Trip, at: datetime) -> Assessment:
    """What the policy finds about a person on a trip, and tells them to do. `at` is on the province's clock."""
    places = (trip.origin, *trip.places_passed)
    situation = _Situation(
        risk=max((_risk_of(policy, place, at.date()) for place in places), key=lambda risk: risk.rank),
        test=_test_state(policy, person.health, at),
        same_day=trip.stay_until == trip.expected_arrival.astimezone(at.tzinfo).date(),
        purpose=trip.purpose,
        health=person.health,
    )
    holding = [rule for rule in policy.rules if all(_judged(rule.when, situation))]
    return Assessment(
        findings=list(dict.fromkeys(rule.finding for rule in holding if rule.finding)),
        instructions=list(dict.fromkeys(step for rule in holding for step in rule.instructions)),
        papers=list(dict.fromkeys(paper for rule in holding for paper in rule.papers)),
    )


@dataclass(frozen=True, slots=True)
class _Situation:
    """What a rule's conditions are held against."""

    risk: Risk
    test: TestState
    same_day: bool
    purpose: Purpose
    health: Health


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


def _judged(when: Conditions, situation: _Situation) -> Iterator[bool]:
    health = situation.health
    doses = health.vaccination.doses if health.vaccination else 0
    contact = health.contact_with_patient or health.contact_with_ill_person or health.contact_with_affected_area
    yield when.risk is None or situation.risk in when.risk
    yield when.symptoms is None or when.symptoms == bool(health.symptoms)
    yield when.contact is None or when.contact == contact
    yield when.doses is None or when.doses[0] <= doses <= when.doses[1]
    yield when.test is None or situation.test in when.test
    yield when.same_day is None or when.same_day == situation.same_day
    yield when.purpose is None or situation.purpose in when.purpose
