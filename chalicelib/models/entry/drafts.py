"""Drafts: forms that are filled in days ahead, and confirmed on the road with the health answers of that moment.

A draft has no health answers, no time of arrival and no consent. These come with the confirmation, which makes the
declaration.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Self

from pydantic import AwareDatetime, Field, ValidationInfo, model_validator

from chalicelib.models.entry.declarations import MAXIMUM_COMPANIONS, Consent, DeclarationForm, refuse_duplicates
from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Day, Moment, TimeOfDay
from chalicelib.models.people.health import Health
from chalicelib.models.people.languages import Language
from chalicelib.models.people.persons import Person, PersonDetails
from chalicelib.models.people.trips import Route, Trip
from chalicelib.models.records import STORED, Record

MOST_DRAFTS = 5
"""Of one phone, at a time."""
MOST_DAYS_AHEAD = 14
"""Of the day that a draft's trip is expected on."""


class DraftTrip(Route):
    """From where, through where, to where and how, and on which day."""

    expected_day: Day = Field(examples=["2021-07-24"])
    """The day they expect to arrive at the gate: today, or at most 14 days ahead. The draft is deleted at the
    end of the day after it."""
    expected_time: TimeOfDay | None = Field(default=None, examples=["14:50"])
    """The time of that day, in the province; left out if it is not known. A message reminds them of the draft before
    it."""


class DraftForm(Record):
    """What can be filled in ahead: a declaration without health answers, time of arrival and consent."""

    traveller: PersonDetails
    """The person who will declare. The phone is that of the citizen token."""
    companions: list[PersonDetails] = Field(default=[], max_length=MAXIMUM_COMPANIONS)
    """At most 50."""
    trip: DraftTrip
    """The trip of all of them."""
    language: Language = Language.VI
    """The language of the messages about the declaration."""
    remind: bool = True
    """Whether a message reminds the traveller of the draft on its day."""

    @model_validator(mode="after")
    def _nobody_twice(self, info: ValidationInfo) -> Self:
        if info.context is not STORED:
            refuse_duplicates(self.traveller, self.companions)
        return self

    @property
    def persons(self) -> list[PersonDetails]:
        """All who travel, by their number: the traveller is 0."""
        return [self.traveller, *self.companions]


class ConfirmationForm(Record):
    """What a draft lacks, as it is at the moment of its confirmation."""

    health: list[Health] = Field(min_length=1, max_length=MAXIMUM_COMPANIONS + 1)
    """The health answers of everyone in the draft, in its order: the traveller, then the companions."""
    expected_arrival: Moment = Field(examples=["2021-07-22T14:50:00+07:00"])
    """At the gate; at most one hour ahead."""
    consent: Consent
    """What the traveller agrees to."""


class Draft(Record):
    """A form that is kept under a phone."""

    id: str
    """Its code, without hyphens."""
    slot: int
    """Its place among the drafts of the phone, from 0."""
    form: DraftForm
    saved_at: AwareDatetime
    hashed: list[str]
    """The keyed hash of each person, by their number: their rights reach the draft by it."""

    @property
    def leaves_on(self) -> date:
        """The first day on which it is not kept any more."""
        return self.form.trip.expected_day + timedelta(days=2)

    def confirmed(self, form: ConfirmationForm) -> DeclarationForm:
        """The declaration's form. `form` has the health answers of each person."""
        persons = [
            Person.model_construct(**dict(person), health=health)
            for person, health in zip(self.form.persons, form.health, strict=True)
        ]
        route = {name: getattr(self.form.trip, name) for name in Route.model_fields}
        return DeclarationForm.model_construct(
            traveller=persons[0],
            companions=persons[1:],
            trip=Trip.model_construct(**route, expected_arrival=form.expected_arrival),
            consent=form.consent,
            language=self.form.language,
        )


class Appended(StrEnum):
    """What became of a new draft."""

    STORED = "stored"
    NO_ROOM = "no room"
    """The phone has as many drafts as it can have."""
    NAME_TAKEN = "name taken"
    """There is, or was, a draft with this id."""


def has_answers(declared: DeclarationForm, form: ConfirmationForm) -> bool:
    """Whether a declaration was made with the answers of this confirmation."""
    health: Sequence[Health] = [each.health for each in declared.persons]
    return (health, declared.trip.expected_arrival, declared.consent) == (
        form.health,
        form.expected_arrival,
        form.consent,
    )
