"""What opens and closes a case and what tells its contacts, read as the declaration's form is read."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.cases.works import WorkState
from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.fields import WHOLE, Day, Line, Moment, Reason, Text
from chalicelib.models.gate.searches import IdentitySought
from chalicelib.models.messaging.waves import FASTEST, RATE, SLOWEST, WaveReason
from chalicelib.models.people.identities import Identity
from chalicelib.models.people.persons import BirthYear, Gender, Name
from chalicelib.models.people.phones import Phone
from chalicelib.models.people.places import Country, UnitReference
from chalicelib.models.people.plates import AS_SENT as PLATE_AS_SENT
from chalicelib.models.people.plates import parse_plate
from chalicelib.models.records import STORED, Record, at_edge, exactly_one

LONGEST_WINDOW = timedelta(days=60)
LONGEST_BEFORE_SAMPLE = timedelta(days=30)
"""From a sample to the onset of symptoms after it."""
MOST_HOPS = 3
MOST_VISITS = 50
MOST_TOLD = 2_000
"""Contacts of one wave: as many records can be read within a request."""

Hop = Annotated[int, Field(ge=1, le=MOST_HOPS), WHOLE]
ContactId = Annotated[str, Field(max_length=8, examples=["0A1B2C3D"])]


class EnteredPerson(Record):
    """A person of whom no declaration is on record, or none any more."""

    full_name: Name
    """As on the identity document, in Latin letters."""
    birth_year: BirthYear
    """The year of birth."""
    gender: Gender
    """As the person says."""
    identity: Identity | None = None
    """Their document. By it their other declarations are found."""
    phone: Phone | None = None
    """Where they are called."""

    @property
    def identifying_text(self) -> str:
        """The same as that of a declared person (`models.people.persons.Person`) of whom the year of birth is known."""
        if self.identity:
            return self.identity.identifying_text
        return f"{self.full_name.casefold()} {self.birth_year} {self.gender}"

    @property
    def stored_texts(self) -> list[str]:
        """The texts under which the person may be stored: see `Identity.stored_texts`."""
        return self.identity.stored_texts if self.identity else [self.identifying_text]


class PersonSought(Record):
    """Exactly one of `pass`, `document`, `phone` and `entered`."""

    model_config = ConfigDict(
        json_schema_extra=exactly_one(**{"pass": "string"}, document="object", phone="string", entered="object"),
        serialize_by_alias=True,
    )

    pass_: TypedCode | None = Field(None, alias="pass")
    """The code of a pass of this person."""
    document: IdentitySought | None = None
    """Their document, if it is on a declaration."""
    phone: Phone | None = None
    """Their phone, if it is on declarations of one person alone."""
    entered: EnteredPerson | None = None
    """The person, if no declaration is on record."""

    @model_validator(mode="after")
    def _is_one(self, info: ValidationInfo) -> Self:
        given = [each for each in (self.pass_, self.document, self.phone, self.entered) if each is not None]
        if info.context is not STORED and len(given) != 1:
            raise PydanticCustomError("case_person_ambiguous", "exactly one")
        return self


def _plate(plate: str | None, info: ValidationInfo) -> str | None:
    return None if plate is None else parse_plate(plate, info.data.get("plate_country", "VN"))


class Visit(Record):
    """Where the person was, as they say. Exactly one of `plate`, `service_number`, `checkpoint`, `address` and `host`
    is given; the last two with their commune."""

    from_: Moment = Field(alias="from")
    """From when."""
    until: Moment
    """Until when."""
    plate_country: Country = "VN"
    """Where the plate is from: ISO 3166-1 alpha-2."""
    plate: Annotated[
        Annotated[str, Field(json_schema_extra={"pattern": PLATE_AS_SENT})] | None,
        Field(max_length=20, examples=["70A-123.45"]),
        at_edge(_plate),
    ] = None
    """The plate of a vehicle."""
    service_number: Annotated[str, Line(20)] | None = Field(default=None, examples=["VN 1234"])
    """The number of a flight, train or bus service."""
    checkpoint: str | None = Field(default=None, max_length=40, examples=["an-hoa"])
    """A checkpoint's id."""
    unit: UnitReference | None = None
    """The commune of the address or the host."""
    address: Text | None = None
    """House and street, or hamlet."""
    host: Annotated[str, Line(100)] | None = None
    """Who received them."""

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        given = (self.plate, self.service_number, self.checkpoint, self.address, self.host)
        if sum(each is not None for each in given) != 1:
            raise PydanticCustomError("visit_ambiguous", "exactly one place")
        if (self.address or self.host) and self.unit is None:
            raise PydanticCustomError("visit_ambiguous", "the commune is missing", {"at": "unit"})
        if self.until < self.from_:
            raise PydanticCustomError("case_window_ends_first", "ends first", {"at": "until"})
        return self


class CaseForm(Record):
    """A person who is infected, and what is known of the time in which they could infect others."""

    person: PersonSought
    """Who it is."""
    onset_on: Day | None = None
    """The day on which symptoms began. This or `sampled_at` is needed, unless `infectious_from` is given."""
    sampled_at: Moment | None = None
    """When the positive sample was taken."""
    infectious_from: Moment | None = None
    """From when they could infect others; left out, the policy says it by onset or sample."""
    infectious_until: Moment | None = None
    """Until when; left out, until they were isolated, or until now."""
    isolated_at: Moment | None = None
    """When they were isolated, if they are."""
    places: Annotated[list[Visit], Field(max_length=MOST_VISITS)] = []
    """Where they were, from the interview, beside what is on record."""
    hops: Annotated[int, Field(ge=1, le=MOST_HOPS), WHOLE] | None = None
    """How far contacts are followed: 1 are contacts, 2 contacts of contacts. Left out, the policy says it."""
    communes: bool = False
    """Whether all who went to the same commune on the same day are contacts, too."""

    @model_validator(mode="after")
    def _has_a_time(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        if self.onset_on is None and self.sampled_at is None and self.infectious_from is None:
            raise PydanticCustomError("case_time_missing", "onset or sample", {"at": "onset_on"})
        if self.onset_on and self.sampled_at and self.onset_on - self.sampled_at.date() > LONGEST_BEFORE_SAMPLE:
            context = {"at": "onset_on", "days": LONGEST_BEFORE_SAMPLE.days}
            raise PydanticCustomError("onset_long_after_sample", "another illness", context)
        return self


class CaseEndForm(Record):
    """Why a case is closed."""

    reason: Reason
    """In the officer's words."""


class TellingForm(WaveReason):
    """Which contacts are told. Without a choice all are, of whom no officer has recorded that it is over: cleared, or a
    case themselves."""

    contacts: Annotated[list[ContactId], Field(min_length=1, max_length=MOST_TOLD)] | None = None
    """These, by their ids; then the other choices are left out."""
    hops: Annotated[list[Hop], Field(min_length=1, max_length=MOST_HOPS)] | None = None
    """Only those of these hops."""
    kinds: Annotated[list[ContactKind], Field(min_length=1, max_length=len(ContactKind))] | None = None
    """Only those with a reason of one of these kinds."""
    states: Annotated[list[WorkState], Field(min_length=1, max_length=len(WorkState))] | None = None
    """Only those in one of these states."""
    rate: Annotated[int, Field(ge=SLOWEST, le=FASTEST), WHOLE] = RATE
    """The most messages a minute."""

    @model_validator(mode="after")
    def _chooses_one_way(self, info: ValidationInfo) -> Self:
        filtered = (self.hops, self.kinds, self.states) != (None, None, None)
        if info.context is not STORED and self.contacts is not None and filtered:
            raise PydanticCustomError("telling_ambiguous", "contacts or a filter", {"at": "contacts"})
        return self
