"""What staff search a person's passes by, read as the declaration's form reads it."""

from typing import Annotated, Self

from pydantic import Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.errors import Choices
from chalicelib.models.people.identities import Identity, IdentityKind, kinds_of, plain_number
from chalicelib.models.people.phones import Phone
from chalicelib.models.people.places import Country
from chalicelib.models.people.plates import parse_plate
from chalicelib.models.records import Record, at_edge


def _plate(plate: str | None, info: ValidationInfo) -> str | None:
    return None if plate is None else parse_plate(plate, info.data.get("plate_country", "VN"))


class IdentitySought(Record):
    """A document's number, and its kind if it is known; else all kinds that the number can be are tried."""

    kind: IdentityKind | None = None
    number: Annotated[str, Field(max_length=20, examples=["072090000123"], json_schema_extra={"minLength": 5})]

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
"""That one answer has: five full buses."""


class SearchForm(Record):
    """Exactly one of `plate`, `phone` and `identity`, written in any of the ways that the declaration's form takes."""

    plate_country: Country = "VN"
    plate: Annotated[str | None, Field(max_length=20, examples=["70A-123.45"]), at_edge(_plate)] = None
    phone: Phone | None = None
    identity: IdentitySought | None = None
    limit: int = Field(MOST_PASSES, ge=1, le=MOST_PASSES)
    """The most passes that are wanted."""
    cursor: str | None = Field(None, max_length=100)
    """Of an answer to the same question, for the passes after those in it."""

    @model_validator(mode="after")
    def _is_one_question(self) -> Self:
        if sum(each is not None for each in (self.plate, self.phone, self.identity)) != 1:
            context = {"names": Choices("fields", ("plate", "phone", "identity"))}
            raise PydanticCustomError("exactly_one_needed", "one question", context)
        return self
