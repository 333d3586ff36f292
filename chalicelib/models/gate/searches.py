"""What staff search a person's passes by, read as the declaration's form reads it."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.errors import Choices
from chalicelib.models.fields import Whole
from chalicelib.models.people.identities import NUMBER_AS_SENT, Identity, IdentityKind, kinds_of, plain_number
from chalicelib.models.people.phones import Phone
from chalicelib.models.people.places import Country
from chalicelib.models.people.plates import OptionalPlate
from chalicelib.models.records import Record, exactly_one


class IdentitySought(Record):
    """A document's number, and its kind if it is known; else all kinds that the number can be are tried."""

    kind: IdentityKind | None = None
    """Which document it is, if that is known."""
    number: Annotated[
        str, Field(max_length=20, examples=["072090000123"], json_schema_extra={"pattern": NUMBER_AS_SENT})
    ]
    """Its number, as people write it."""

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not self.candidates:
            raise PydanticCustomError("identity_number_impossible", "not a possible number", {"at": "number"})
        return self

    @property
    def candidates(self) -> list[Identity]:
        """The documents that may be meant."""
        number = plain_number(self.number)
        kinds = [kind for kind in kinds_of(number) if self.kind in (None, kind)]
        return [Identity(kind=kind, number=number) for kind in kinds]


MOST_PASSES = 300
"""The most passes of one answer: five full buses."""


class SearchForm(Record):
    """Exactly one of `plate`, `phone` and `identity`, written in any of the ways that the declaration's form takes."""

    model_config = ConfigDict(json_schema_extra=exactly_one(plate="string", phone="string", identity="object"))

    plate_country: Country = "VN"
    """Where the plate is from: ISO 3166-1 alpha-2."""
    plate: OptionalPlate = None
    """A vehicle's plate: everyone who declared with it."""
    phone: Phone | None = None
    """A traveller's phone."""
    identity: IdentitySought | None = None
    """A person's document."""
    limit: Annotated[int, Whole(1, MOST_PASSES)] = MOST_PASSES
    """The most passes that are wanted."""
    cursor: str | None = Field(None, max_length=100)
    """The `cursor` of the last answer to the same question, for the next page; left out for the first one."""

    @model_validator(mode="after")
    def _is_one_question(self) -> Self:
        if sum(each is not None for each in (self.plate, self.phone, self.identity)) != 1:
            context = {"names": Choices("fields", ("plate", "phone", "identity"))}
            raise PydanticCustomError("exactly_one_needed", "one question", context)
        return self
