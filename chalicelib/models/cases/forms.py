"""Forms to open and close a case, and to send messages to its contacts. They are parsed like the declaration's form."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.cases.works import WorkState
from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.fields import Day, Line, Moment, Reason, Text, Whole
from chalicelib.models.gate.searches import IdentitySought
from chalicelib.models.messaging.waves import FASTEST, RATE, SLOWEST, WaveReason
from chalicelib.models.people.identities import Identity
from chalicelib.models.people.persons import BirthYear, Gender, Name
from chalicelib.models.people.phones import Phone
from chalicelib.models.people.places import Country, UnitReference
from chalicelib.models.people.plates import OptionalPlate
from chalicelib.models.records import STORED, Record, exactly_one

LONGEST_WINDOW = timedelta(days=60)
LONGEST_BEFORE_SAMPLE = timedelta(days=30)
"""From a sample to the onset of symptoms after it."""
MOST_HOPS = 3
MOST_VISITS = 50
MOST_TOLD = 2_000
"""Contacts of one wave: as many records can be read within a request."""

Hop = Annotated[int, Whole(1, MOST_HOPS)]
ContactId = Annotated[str, Field(max_length=8, examples=["0A1B2C3D"])]


class EnteredPerson(Record):
    """A person who has no declaration on record."""

    full_name: Name
    """As on the identity document, in Latin letters."""
    birth_year: BirthYear
    """The year of birth."""
    gender: Gender
    """As stated by the person."""
    identity: Identity | None = None
    """The identity document. Other declarations of this person are found by it."""
    phone: Phone | None = None
    """The phone number, in E.164."""

    @property
    def identifying_text(self) -> str:
        """Equals that of a declared person (`models.people.persons.Person`) with a known year of birth."""
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
    """The code of a pass of this person, or of a permit."""
    document: IdentitySought | None = None
    """This person's document, if a declaration has it."""
    phone: Phone | None = None
    """This person's phone, if only one person has declared with it."""
    entered: EnteredPerson | None = None
    """The person, if no declaration is on record."""

    @model_validator(mode="after")
    def _is_one(self, info: ValidationInfo) -> Self:
        given = [each for each in (self.pass_, self.document, self.phone, self.entered) if each is not None]
        if info.context is not STORED and len(given) != 1:
            raise PydanticCustomError("case_person_ambiguous", "exactly one")
        return self


class Visit(Record):
    """A place where the person was, from the interview. Exactly one of `plate`, `service_number`, `checkpoint`,
    `address` and `host` is given; the last two need `commune`."""

    from_: Moment = Field(alias="from")
    """The start of the stay there."""
    until: Moment
    """The end of the stay there."""
    plate_country: Country = "VN"
    """The country of the plate: ISO 3166-1 alpha-2."""
    plate: OptionalPlate = None
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
    """The name of the host."""

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
    """A person who is infected, and the time in which they could infect others, as far as it is known."""

    person: PersonSought
    """The person."""
    onset_on: Day | None = None
    """The day on which symptoms began. This or `sampled_at` is needed, unless `infectious_from` is given."""
    sampled_at: Moment | None = None
    """When the positive sample was taken."""
    infectious_from: Moment | None = None
    """The start of the time in which the person could infect others; left out, the policy sets it from onset or
    sample."""
    infectious_until: Moment | None = None
    """The end of that time; left out, it is `isolated_at`, or now."""
    isolated_at: Moment | None = None
    """When the person was isolated."""
    places: Annotated[list[Visit], Field(max_length=MOST_VISITS)] = []
    """Places from the interview, in addition to those on record."""
    hops: Annotated[int, Whole(1, MOST_HOPS)] | None = None
    """How far contacts are followed: 1 are contacts, 2 contacts of contacts. Left out, the policy sets it."""
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
    """The officer's note."""


class TellingForm(WaveReason):
    """The contacts who get a message. Without a choice, these are all contacts except those who were cleared or became
    a case."""

    contacts: Annotated[list[ContactId], Field(min_length=1, max_length=MOST_TOLD)] | None = None
    """Contacts by their ids. The other choices must be left out then."""
    hops: Annotated[list[Hop], Field(min_length=1, max_length=MOST_HOPS)] | None = None
    """Only contacts of these hops."""
    kinds: Annotated[list[ContactKind], Field(min_length=1, max_length=len(ContactKind))] | None = None
    """Only contacts with a reason of one of these kinds."""
    states: Annotated[list[WorkState], Field(min_length=1, max_length=len(WorkState))] | None = None
    """Only contacts in one of these states."""
    rate: Annotated[int, Whole(SLOWEST, FASTEST)] = RATE
    """The most messages a minute."""

    @model_validator(mode="after")
    def _chooses_one_way(self, info: ValidationInfo) -> Self:
        filtered = (self.hops, self.kinds, self.states) != (None, None, None)
        if info.context is not STORED and self.contacts is not None and filtered:
            raise PydanticCustomError("telling_ambiguous", "contacts or a filter", {"at": "contacts"})
        return self
