"""The declaration: the form a traveller hands in, and the record that is kept of it.

A form is validated in two steps. What can be judged from the form alone is judged here while it is parsed; what needs
the clock, the policy or the list of checkpoints is judged by `services.declarations`.
"""

import re
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated, Self
from unicodedata import normalize

from pydantic import AwareDatetime, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.data import read_text
from chalicelib.models.administrative_units import LIST_VERSIONS, exists
from chalicelib.models.identities import Identity
from chalicelib.models.passes import Pass
from chalicelib.models.phones import Phone
from chalicelib.models.plates import parse_plate
from chalicelib.models.strict import STORED, Day, Moment, Strict, Text, at_edge

MAXIMUM_COMPANIONS = 50
EARLIEST_BIRTH_YEAR = 1900
IDENTITY_REQUIRED_FROM_AGE = 14
"""Years. Citizens get their card at 14 (law on citizen identification, 59/2014/QH13, article 19)."""

_NAME = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ][A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ '’.\-]*")
"""Latin letters, as machine-readable papers have them: the gate compares a name with the papers."""


@cache
def countries() -> frozenset[str]:
    """All codes of ISO 3166-1 alpha-2."""
    return frozenset(read_text("countries.txt").split())


def is_country(code: str) -> bool:
    """Whether it is a code of ISO 3166-1 alpha-2."""
    return code in countries()


def _country(code: str, _: ValidationInfo) -> str:
    if not is_country(code):
        raise PydanticCustomError("country_unknown", "not an ISO 3166-1 alpha-2 code")
    return code


def _name(text: str, _: ValidationInfo) -> str:
    name = normalize("NFC", " ".join(text.split()))
    if not _NAME.fullmatch(name):
        raise PydanticCustomError("name_impossible", "not a name")
    return name


Country = Annotated[str, at_edge(_country), Field(examples=["VN"])]
"""ISO 3166-1 alpha-2."""

Name = Annotated[str, Field(min_length=2, max_length=100, examples=["Nguyễn Văn An"]), at_edge(_name)]


class Gender(StrEnum):
    """As the person says."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"


class Symptom(StrEnum):
    """What the national health form asks for."""

    FEVER = "fever"
    COUGH = "cough"
    SHORTNESS_OF_BREATH = "shortness_of_breath"
    PNEUMONIA = "pneumonia"
    SORE_THROAT = "sore_throat"
    FATIGUE = "fatigue"
    LOSS_OF_TASTE_OR_SMELL = "loss_of_taste_or_smell"


def _list_version(version: str, _: ValidationInfo) -> str:
    if version not in LIST_VERSIONS:
        known = ", ".join(LIST_VERSIONS)
        raise PydanticCustomError("unknown_list_version", "not a list that is known", {"known": known})
    return version


def _unit_code(code: str, info: ValidationInfo) -> str:
    version = info.data.get("list_version")
    if version is not None and not exists(version, code):
        context = {"unit": code, "list_version": version}
        raise PydanticCustomError("unknown_administrative_unit", "not in this list", context)
    return code


class UnitReference(Strict):
    """An administrative unit: its code in a version of the official list (`GET /v1/administrative-units`)."""

    list_version: Annotated[str, Field(examples=["2021"]), at_edge(_list_version)]
    code: Annotated[str, Field(max_length=5, examples=["25480"]), at_edge(_unit_code)]


class Place(Strict):
    """Somewhere: an administrative unit of Vietnam, or another country."""

    unit: UnitReference | None = None
    """In Vietnam. Exactly one of `unit` and `country` is given."""
    country: Country | None = None
    address: Text | None = Field(default=None, examples=["12 Cách Mạng Tháng 8"])

    @model_validator(mode="after")
    def _is_one_place(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and (self.unit is None) == (self.country is None):
            raise PydanticCustomError("place_ambiguous", "exactly one of unit and country")
        return self


class Vaccination(Strict):
    """Doses against COVID-19 received so far."""

    doses: int = Field(ge=0, le=10, examples=[2])
    last_date: Day | None = Field(default=None, examples=["2021-07-01"])

    @model_validator(mode="after")
    def _last_date_fits(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and (self.doses > 0) != (self.last_date is not None):
            raise PydanticCustomError(
                "vaccination_date_does_not_fit", "last_date with doses, only", {"at": "last_date"}
            )
        return self


class TestKind(StrEnum):
    """How the sample was examined."""

    PCR = "pcr"
    ANTIGEN = "antigen"


class TestResult(StrEnum):
    """`pending`: the sample was taken, and nothing is known yet."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    PENDING = "pending"


class Test(Strict):
    """The latest test for the virus."""

    kind: TestKind
    result: TestResult
    taken_at: Moment = Field(examples=["2021-07-22T08:00:00+07:00"])


class Health(Strict):
    """Health answers of one person. The contacts are those of the last 14 days."""

    symptoms: list[Symptom] = Field(max_length=len(Symptom), examples=[[]])
    contact_with_patient: bool
    contact_with_ill_person: bool
    contact_with_affected_area: bool
    vaccination: Vaccination | None = None
    test: Test | None = None


def _year(year: int | None, _: ValidationInfo) -> int | None:
    if year is not None and not EARLIEST_BIRTH_YEAR <= year <= 9999:
        raise PydanticCustomError("birth_year_impossible", "nobody alive", {"earliest": EARLIEST_BIRTH_YEAR})
    return year


def _birth_date(birth: date | None, info: ValidationInfo) -> date | None:
    _year(birth.year if birth else None, info)
    return birth


class Person(Strict):
    """Someone who enters the province. Either `birth_year` or `birth_date` is given."""

    full_name: Name
    birth_year: Annotated[int | None, Field(examples=[1990], json_schema_extra={"minimum": 1900}), at_edge(_year)] = (
        None
    )
    birth_date: Annotated[Day | None, Field(examples=["1990-05-17"]), at_edge(_birth_date)] = None
    gender: Gender
    nationality: Country
    identity: Identity | None = None
    """Required from the age of 14."""
    phone: Phone | None = None
    """Kept in E.164. Required of the traveller unless staff declare for them."""
    health: Health

    @model_validator(mode="after")
    def _born_once(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        if (self.birth_year is None) == (self.birth_date is None):
            raise PydanticCustomError(
                "birth_ambiguous", "exactly one of birth_year and birth_date", {"at": "birth_year"}
            )
        if self.identity and self.identity.birth_year not in (None, self.born_in):
            context = {"at": "identity/number", "year": self.born_in}
            raise PydanticCustomError("identity_contradicts_birth", "the card says another year of birth", context)
        return self

    @property
    def is_who(self) -> str:
        """What tells this person from others: the document, or for who has none the name and birth."""
        if self.identity:
            return self.identity.is_who
        return f"{self.full_name.casefold()} {self.birth_date or self.birth_year} {self.gender}"

    @property
    def born_in(self) -> int:
        """The year of birth."""
        if self.birth_date is not None:
            return self.birth_date.year
        assert self.birth_year is not None  # the validator above saw to it
        return self.birth_year


class TransportKind(StrEnum):
    """What the group comes in, or on."""

    CAR = "car"
    MOTORBIKE = "motorbike"
    TRUCK = "truck"
    BUS = "bus"
    TRAIN = "train"
    AIRPLANE = "airplane"
    WATERWAY = "waterway"
    BICYCLE = "bicycle"
    ON_FOOT = "on_foot"
    OTHER = "other"

    @property
    def has_plate(self) -> bool:
        return self in (self.CAR, self.MOTORBIKE, self.TRUCK, self.BUS)


def _plate(plate: str | None, info: ValidationInfo) -> str | None:
    kind = info.data.get("kind")
    if plate is not None:
        return parse_plate(plate, info.data.get("plate_country", "VN"))
    if kind is not None and kind.has_plate:
        raise PydanticCustomError("plate_missing", "this vehicle has a plate")
    return None


class Transport(Strict):
    """How the group travels. Cars, motorbikes, trucks and buses have a plate."""

    kind: TransportKind
    plate_country: Country = "VN"
    plate: Annotated[
        str | None, Field(max_length=20, examples=["70A-123.45"], validate_default=True), at_edge(_plate)
    ] = None
    """Kept without separators."""
    service_number: Text | None = Field(default=None, max_length=20, examples=["VN 1234"])
    seat: Text | None = Field(default=None, max_length=10, examples=["12A"])


class Purpose(StrEnum):
    """Why the group comes."""

    RETURN_HOME = "return_home"
    WORK = "work"
    TRANSPORT_OF_GOODS = "transport_of_goods"
    MEDICAL = "medical"
    TRANSIT = "transit"
    OFFICIAL_DUTY = "official_duty"
    STUDY = "study"
    VISIT = "visit"
    OTHER = "other"


class Destination(Strict):
    """Where in the province the group will be: a commune of it, an address, and whom they stay with."""

    unit: UnitReference
    address: Text = Field(examples=["Tổ 3, ấp Ninh Phú"])
    host: Text | None = Field(default=None, max_length=100, examples=["Trần Thị Mẫu"])


class Trip(Strict):
    """From where, through where, to where, how and when."""

    origin: Place
    places_passed: list[Place] = Field(default=[], max_length=30)
    """Places passed in the last 14 days."""
    destination: Destination
    transport: Transport
    purpose: Purpose
    expected_arrival: Moment = Field(examples=["2021-07-22T14:30:00+07:00"])
    """At the gate; at most one hour ahead."""
    checkpoint: str | None = Field(default=None, max_length=40, examples=["an-hoa"])
    """The checkpoint they mean to pass, an id of `GET /v1/checkpoints`."""
    stay_until: Day | None = None


def _given(accepted: bool, _: ValidationInfo) -> bool:
    if not accepted:
        raise PydanticCustomError("consent_not_given", "nothing is kept without consent")
    return accepted


class Consent(Strict):
    """Explicit consent to the processing of health and movement data. There is no default."""

    accepted: Annotated[bool, Field(json_schema_extra={"const": True}), at_edge(_given)]
    text_version: str = Field(max_length=20, examples=["2021-07"])
    """The version of the text the person saw (`GET /v1/consent-text`)."""


class DeclarationForm(Strict):
    """What is handed in: one traveller, those who ride along, one trip."""

    traveller: Person
    companions: list[Person] = Field(default=[], max_length=MAXIMUM_COMPANIONS)
    """At most 50."""
    trip: Trip
    consent: Consent

    @model_validator(mode="after")
    def _nobody_twice(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        seen = {self.traveller.is_who}
        for index, companion in enumerate(self.companions):
            if companion.is_who in seen:
                context = {"at": f"companions/{index}"}
                raise PydanticCustomError("companion_duplicate", "the same person twice", context)
            seen.add(companion.is_who)
        return self

    @property
    def persons(self) -> list[Person]:
        """All who travel, by their number: the traveller is 0."""
        return [self.traveller, *self.companions]


class Declaration(Strict):
    """The record of a form that was accepted. Never changed once stored."""

    form: DeclarationForm
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    passes: list[Pass]
    """One for each person, by their number."""
    policy_version: str
    declared_by: str | None = None
    """The member of staff (subject of their token) who declared for the traveller."""
