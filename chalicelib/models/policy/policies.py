"""The policy: risk by area, and the steps that each situation asks for. Data, not code; each version is kept.

A rule's conditions are joined by "and"; a condition that is left out always holds. Every rule that holds contributes
its finding for staff, and its instructions and papers for the traveller, in the order of the rules.

While a policy is parsed, only its form is checked; `problems` has the other checks.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, NamedTuple, Self, TypeVar

from pydantic import AwareDatetime, ConfigDict, Field

from chalicelib.models.fields import SMS_LENGTH, Day, Line, Text
from chalicelib.models.people.papers import Document
from chalicelib.models.people.province import Hotline
from chalicelib.models.people.trips import Purpose
from chalicelib.models.records import Record

_GSM_7 = r"""^(?:[A-Za-z0-9 @!"#$%&'()*+,\-./:;<=>?_]|\{hotline\})*$"""
"""What every phone shows from one part: the GSM 7-bit alphabet without its national letters; and the placeholder."""

HOTLINE = "{hotline}"
"""In a policy's texts: the place of the province's number."""


class Risk(StrEnum):
    """How likely it is that someone from there is infected, as the authorities see it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"

    @property
    def rank(self) -> int:
        return _RISKS.index(self)


_RISKS = list(Risk)


class TestState(StrEnum):
    """The state of a person's test. `missing` also means one that is pending or too old."""

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
    """What staff read about a person."""

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


Words = TypeVar("Words", Finding, Instruction, Paper)


class Policy(Record):
    """Risk by area, and the steps that each situation asks for."""

    version: Annotated[str, Line(40)]
    """1 to 40 letters, digits, `.`, `_`, `~` and `-`. A version never changes: what changes gets a new one."""
    basis: Text
    """The decision it follows."""
    units_list: str
    """The list of administrative units its areas, and all declarations under it, use."""
    test_valid_hours: int = Field(ge=1, le=720)
    fever_from: float | None = Field(default=None, ge=36, le=42, allow_inf_nan=False)
    """°C. A person with this temperature at the gate is admitted only with a reason."""
    default_risk: Risk
    abroad_risk: Risk
    areas: list[AreaRisk]
    rules: list[Rule]
    findings: dict[str, Finding]
    """By id. In the texts of findings, instructions and papers, `{hotline}` stands for the province's number."""
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
        """The risk of this unit or country itself on this day, if the policy has one."""
        return next((area.risk for area in self._by_area.get(code, ()) if area.is_in_force(day)), None)

    def with_hotline(self, hotline: Hotline) -> Self:
        """The policy as people read it, with the province's number in its texts."""

        def shown(words: Words) -> Words:
            filled = {name: getattr(words, name).replace(HOTLINE, hotline.shown) for name in ("vi", "en")}
            if isinstance(words, Instruction):
                filled["sms"] = words.sms.replace(HOTLINE, hotline.dialled)
            return words.model_copy(update=filled)

        return self.model_copy(
            update={
                "findings": {name: shown(each) for name, each in self.findings.items()},
                "instructions": {name: shown(each) for name, each in self.instructions.items()},
                "papers": {name: shown(each) for name, each in self.papers.items()},
            }
        )

    def as_stored(self) -> str:
        return self.model_dump_json(exclude_none=True)


class PolicyChange(Record):
    """Who put which version of the policy in force, when, and which one it replaced."""

    version: str
    instead_of: str | None = None
    """Nothing for the first one there was."""
    stored_at: AwareDatetime
    stored_by: str
    """The member of staff: the subject of their token."""
    stored_by_name: str | None = None


class KeptPolicy(NamedTuple):
    """A version of the policy as it was stored, and how it came to be."""

    policy: Policy
    change: PolicyChange
