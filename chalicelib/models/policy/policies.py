"""The policy: risk by area, and the steps that each situation asks for. Data, not code; each version is kept.

A rule's conditions are joined by "and"; a condition that is left out always holds. Every rule that holds contributes
its finding for staff, and its instructions and papers for the traveller, in the order of the rules.

While a policy is parsed, only its form is checked; `problems` has the other checks.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property, reduce
from typing import Annotated, Any, Self, TypeVar

from pydantic import ConfigDict, Field

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import GSM_7, SMS_LENGTH, Day, Text, Whole
from chalicelib.models.people.administrative_units import LIST_VERSION_AS_SENT
from chalicelib.models.people.languages import Words
from chalicelib.models.people.province import Hotline
from chalicelib.models.people.trips import Purpose
from chalicelib.models.policy.reminders import ReminderRules
from chalicelib.models.policy.texts import HOTLINE, Finding, Paper
from chalicelib.models.records import Record, exactly_one
from chalicelib.models.versions import VersionChange, Versioned

_SHORT = rf"^(?:[{GSM_7}]|\{{hotline\}})*$"
"""Characters that every phone shows from one part, and the placeholder."""

LONGEST_WATCH = 60
"""Days. The longest quarantine that was ordered had 28 days, followed by 14 days of health monitoring."""

LONGEST_HOLD = 12
"""Hours. The most that a pass holds from its holder's arrival: a gate asks the sync that far back."""


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

    model_config = ConfigDict(serialize_by_alias=True, json_schema_extra=exactly_one(unit="string", country="string"))

    unit: str | None = None
    """A code of the policy's list. Exactly one of `unit` and `country` is given."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    risk: Risk
    """How likely it is that someone from there is infected."""
    from_: Day | None = Field(default=None, alias="from")
    """The first day, on the province's calendar; left out, it was always so."""
    until: Day | None = None
    """The last day, included; left out, it has no end. The days of one area's entries never overlap."""

    @property
    def code(self) -> str:
        return self.unit or self.country or ""

    def is_in_force(self, day: date) -> bool:
        return (self.from_ or date.min) <= day <= (self.until or date.max)


_TWO: dict[str, Any] = {"minItems": 2, "maxItems": 2}


class Conditions(Record):
    """When a rule holds."""

    risk: list[Risk] | None = None
    """The highest risk of the places that the person comes from or passed is one of these."""
    symptoms: bool | None = None
    """Whether the person has symptoms."""
    contact: bool | None = None
    """Whether the person had one of the contacts that the form asks for."""
    doses: Annotated[list[Annotated[int, Whole()]] | None, Field(json_schema_extra=_TWO)] = None
    """From and to, both included."""
    test: list[TestState] | None = None
    """The state of the person's test is one of these."""
    same_day: bool | None = None
    """Whether the stay ends on the day of the expected arrival. Without `stay_until` it does not."""
    purpose: list[Purpose] | None = None
    """The purpose of the trip is one of these."""


class Rule(Record):
    """What follows where all its conditions hold: ids of the policy's finding, instructions and papers."""

    id: str
    """Its name; no other rule of the policy has it."""
    when: Conditions
    """When it holds."""
    finding: str | None = None
    """The id of what staff read then."""
    instructions: list[str] = []
    """The ids of the traveller's steps then."""
    papers: list[str] = []
    """The ids of the papers to have ready then."""


class WatchPlace(StrEnum):
    """Where a watched person stays."""

    HOME = "home"
    FACILITY = "facility"


class Watch(Record):
    """How a person with an instruction is watched after admission. Day 1 is the day of the crossing."""

    days: Annotated[int, Whole(1, LONGEST_WATCH), Field(examples=[14])]
    """How many days the stay lasts, including day 1."""
    report_daily: bool
    """Whether the person reports their health each day."""
    tests_on: list[Annotated[int, Whole()]] = Field(default=[], max_length=LONGEST_WATCH, examples=[[1, 7, 14]])
    """The days with a test, in their order."""
    place: WatchPlace
    """Where the person stays."""

    def joined(self, other: Self) -> Self:
        """A watch that satisfies both: the longer stay, all tests, a daily report or the facility if either requires
        it."""
        return self.model_copy(
            update={
                "days": max(self.days, other.days),
                "report_daily": self.report_daily or other.report_daily,
                "tests_on": sorted({*self.tests_on, *other.tests_on}),
                "place": WatchPlace.FACILITY if WatchPlace.FACILITY in (self.place, other.place) else WatchPlace.HOME,
            }
        )


class Instruction(Words):
    """A step for the traveller; `sms` and `sms_en` are the short forms."""

    sms: str = Field(max_length=SMS_LENGTH, pattern=_SHORT)
    """The text of the message: Vietnamese without accents, for every phone."""
    sms_en: str | None = Field(default=None, max_length=SMS_LENGTH, pattern=_SHORT)
    """The text of the message in English. Without it `en` is used, as far as it fits."""
    watch: Watch | None = None
    """How a person with this instruction is watched after admission; left out if no watch is needed."""


class TracingRule(Record):
    """How contacts of a case are searched, from a day until the next rule's day."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Day = Field(alias="from")
    """The first day, on the province's calendar. A case uses the rule of the day on which it is opened."""
    before_onset_days: Annotated[int, Whole(0, 30)]
    """The number of days before the onset of symptoms from which a case can infect others."""
    before_sample_days: Annotated[int, Whole(0, 30)]
    """The same before the positive sample, if there are no symptoms."""
    checkpoint_minutes: Annotated[int, Whole(0, 240)]
    """A person who crosses a gate within so many minutes before or after a case is a contact."""
    household_days: Annotated[int, Whole(0, 30)]
    """A person who arrives at an address or a host within so many days before or after a case is a contact."""
    hops: Annotated[int, Whole(1, 3)]
    """How far contacts are followed: 1 are contacts, 2 contacts of contacts."""
    case_again_days: Annotated[int, Whole(1, 365)]
    """The time in which no second case of the same person can be opened."""
    second_officer_above: Annotated[int, Whole(0, 100_000)]
    """A wave of messages to more contacts must be released by a second officer."""


class PermitRules(Record):
    """How long permits last, and in what time they are decided."""

    decide_within_hours: Annotated[int, Whole(1, 720)] = 24
    """A request that is not decided within so many hours is overdue, and is listed first."""
    longest_days: Annotated[int, Whole(1, 366)] = 90
    """The most days of a permit."""


Worded = TypeVar("Worded", Finding, Instruction, Paper)


class Policy(Versioned):
    """Risk by area, and the steps that each situation asks for."""

    basis: Text
    """The decision it follows."""
    units_list: Annotated[str, Field(json_schema_extra={"pattern": LIST_VERSION_AS_SENT})]
    """The list of administrative units its areas, and all declarations under it, use."""
    test_valid_hours: Annotated[int, Whole(1, 720)]
    """How long a negative test counts, from the sample on."""
    fever_from: Annotated[float, Field(ge=36, le=42, allow_inf_nan=False)] | None = None
    """°C. A person with this temperature at the gate is admitted only with a reason."""
    default_risk: Risk
    """The risk of places in Vietnam that `areas` does not have."""
    abroad_risk: Risk
    """The risk of countries that `areas` does not have."""
    areas: list[AreaRisk]
    """The risk of units and countries."""
    rules: list[Rule]
    """What follows from what, in their order."""
    findings: dict[str, Finding]
    """By id. In the texts of findings, instructions and papers, `{hotline}` stands for the province's number."""
    instructions: dict[str, Instruction]
    """The traveller's steps, by id."""
    papers: dict[str, Paper] = {}
    """The papers to have ready, by id."""
    arrival_hours: Annotated[int, Whole(1, LONGEST_HOLD)] = 6
    """How long a pass holds from the arrival of its holder at a gate."""
    grace_minutes: Annotated[int, Whole(0, 120)] = 0
    """How long after a pass has ended its holder may be admitted, with a reason."""
    tracing: Annotated[list[TracingRule], Field(max_length=50)] | None = None
    """How contacts are searched. Without it no case can be opened."""
    permits: PermitRules | None = None
    """How long permits last, and in what time they are decided; left out, 90 days and 24 hours."""
    reminders: ReminderRules | None = None
    """When people are reminded of their drafts; left out, an hour before the planned arrival, else at 7:00."""

    @property
    def permit_rules(self) -> PermitRules:
        """Those of the policy, or the usual ones."""
        return self.permits or PermitRules()

    @property
    def reminder_rules(self) -> ReminderRules:
        """Those of the policy, or the usual ones."""
        return self.reminders or ReminderRules()

    def as_stored(self) -> str:
        # Left out as in versions of the former release: these stay the same, and it can read the others.
        usual = {name for name in ("arrival_hours", "grace_minutes") if getattr(self, name) == _usual(name)}
        return self.model_dump_json(exclude_none=True, exclude=usual)

    def tracing_on(self, day: date) -> TracingRule | None:
        """The rule of tracing for a day."""
        begun = [each for each in self.tracing or () if each.from_ <= day]
        return max(begun, key=lambda each: each.from_, default=None)

    @cached_property
    def _by_area(self) -> Mapping[str, list[AreaRisk]]:
        """The entries of each unit or country, by its code: there are thousands in an epidemic."""
        found: dict[str, list[AreaRisk]] = {}
        for area in self.areas:
            found.setdefault(area.code, []).append(area)
        return found

    @cached_property
    def assessed(self) -> dict[Any, Any]:
        """The results of `assessments`, by situation. There are some hundreds; many travellers share one."""
        return {}

    def model_copy(self, **how: Any) -> Self:
        """A copy without cached results, which depend on the former fields."""
        copied = super().model_copy(**how)
        for found in ("_by_area", "assessed"):
            vars(copied).pop(found, None)
        return copied

    def risk_in(self, code: str, day: date) -> Risk | None:
        """The risk of this unit or country itself on this day, if the policy has one."""
        return next((area.risk for area in self._by_area.get(code, ()) if area.is_in_force(day)), None)

    def watch_of(self, instructions: Iterable[str]) -> Watch | None:
        """A watch that satisfies the watches of all these instructions; None if there are none."""
        watches = [each.watch for name in instructions if (each := self.instructions.get(name)) and each.watch]
        return reduce(Watch.joined, watches) if watches else None

    def with_hotline(self, hotline: Hotline) -> Self:
        """The policy as people read it, with the province's number in its texts."""

        def shown(words: Worded) -> Worded:
            filled = words.replaced(HOTLINE, hotline.shown)
            if isinstance(words, Instruction):
                filled["sms"] = words.sms.replace(HOTLINE, hotline.dialled)
                if words.sms_en is not None:
                    filled["sms_en"] = words.sms_en.replace(HOTLINE, hotline.dialled)
            return words.model_copy(update=filled)

        return self.model_copy(
            update={
                "findings": {name: shown(each) for name, each in self.findings.items()},
                "instructions": {name: shown(each) for name, each in self.instructions.items()},
                "papers": {name: shown(each) for name, each in self.papers.items()},
            }
        )


def _usual(name: str) -> Any:
    return Policy.model_fields[name].default


class PolicyChange(VersionChange):
    """Who put which version of the policy in force, when, and which one it replaced."""
