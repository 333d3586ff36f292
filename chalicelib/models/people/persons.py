"""Someone who enters the province."""

from datetime import date
from typing import Annotated, Self

from pydantic import ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Composed, Day, Whole
from chalicelib.models.patterns import compiled
from chalicelib.models.people.health import Health
from chalicelib.models.people.identities import Identity, IdentityKind, kinds_of, plain_number
from chalicelib.models.people.phones import Phone
from chalicelib.models.people.places import Country
from chalicelib.models.records import STORED, Record, at_edge, exactly_one

EARLIEST_BIRTH_YEAR = 1900
IDENTITY_REQUIRED_FROM_AGE = 14
"""Years. Citizens get their card at 14 (law on citizen identification, 59/2014/QH13, article 19)."""

_NAME = r"[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ][A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ '.\-]*"
"""Latin letters, as machine-readable papers have them: the gate compares a name with the papers."""

_APOSTROPHES = str.maketrans(dict.fromkeys("‘’ʼ＇", "'"))
"""As phones write them."""


def _name(text: str, _: ValidationInfo) -> str:
    name = " ".join(text.split()).translate(_APOSTROPHES)
    if not compiled(_NAME).fullmatch(name):
        raise PydanticCustomError("name_impossible", "not a name")
    return name


_LETTER = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
_AS_SENT = f"^[{_LETTER}][{_LETTER}\\u0300-\\u036f '’.\\-]*[{_LETTER}\\u0300-\\u036f'’.\\-]$"
"""Accents may stand behind their letters, as they are composed first."""
Name = Annotated[
    str,
    Composed(100, fewest=2),
    Field(examples=["Nguyễn Văn An"], json_schema_extra={"pattern": _AS_SENT}),
    at_edge(_name),
]


class Gender(StrEnum):
    """As the person says."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"


def _year(year: int, _: ValidationInfo) -> int:
    if not EARLIEST_BIRTH_YEAR <= year <= 9999:
        raise PydanticCustomError("birth_year_impossible", "nobody alive", {"earliest": EARLIEST_BIRTH_YEAR})
    return year


def _birth_date(birth: date, info: ValidationInfo) -> date:
    _year(birth.year, info)
    return birth


def _older_number(text: str | None, _: ValidationInfo) -> str | None:
    if text is None:
        return None
    number = plain_number(text)
    if IdentityKind.CMND not in kinds_of(number):
        raise PydanticCustomError("identity_number_impossible", "not a possible number of an identity card")
    return number


BirthYear = Annotated[
    int,
    Field(examples=[1990], json_schema_extra={"minimum": EARLIEST_BIRTH_YEAR, "maximum": 9999}),
    Whole(),
    at_edge(_year),
]
BirthDate = Annotated[Day, Field(examples=["1990-05-17"]), at_edge(_birth_date)]


class PersonDetails(Record):
    """Who someone is, without their health answers. Either `birth_year` or `birth_date` is given."""

    model_config = ConfigDict(json_schema_extra=exactly_one(birth_year="integer", birth_date="string"))

    full_name: Name
    """As on the identity document, in Latin letters."""
    birth_year: BirthYear | None = None
    """Where only the year is known."""
    birth_date: BirthDate | None = None
    """The date of birth."""
    gender: Gender
    """As the person says."""
    nationality: Country
    """ISO 3166-1 alpha-2."""
    identity: Identity | None = None
    """Required from the age of 14."""
    older_number: Annotated[
        str | None, Field(min_length=9, max_length=20, examples=["290000123"]), at_edge(_older_number)
    ] = None
    """The number of the identity card (CMND) before this document, as a citizen card's QR names it. Declared by staff,
    the person is found by it, too."""
    phone: Phone | None = None
    """Kept in E.164. Required of the traveller unless staff declare for them."""

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
    def identifying_text(self) -> str:
        """Text that identifies the person: their document, or name and birth if they have none."""
        if self.identity:
            return self.identity.identifying_text
        return f"{self.full_name.casefold()} {self.birth_date or self.birth_year} {self.gender}"

    @property
    def stored_texts(self) -> list[str]:
        """The texts under which the person may be stored: see `Identity.stored_texts`."""
        return self.identity.stored_texts if self.identity else [self.identifying_text]

    @property
    def born_in(self) -> int:
        """The year of birth."""
        if self.birth_date is not None:
            return self.birth_date.year
        assert self.birth_year is not None  # the validator above saw to it
        return self.birth_year


class Person(PersonDetails):
    """Someone who enters the province. Either `birth_year` or `birth_date` is given."""

    health: Health
    """Their health answers."""
