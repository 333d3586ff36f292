"""What staff record about everyone in a vehicle."""

from collections.abc import Iterator
from typing import Self

from pydantic import (
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.entry.crossings import (
    REASON_NEEDED,
    CrossingForm,
    Direction,
    SentOfPerson,
    by_direction,
)
from chalicelib.models.enums import StrEnum
from chalicelib.models.records import STORED

LARGEST_GROUP = 100
"""Passes of one vehicle that are recorded in one go: what one transaction of the database takes."""


class Mode(StrEnum):
    """`all`: everyone is recorded, or nobody is. `each`: each person for themselves, if they can be."""

    ALL = "all"
    EACH = "each"


class GroupException(SentOfPerson):
    """Someone of the group with a decision of their own: the one with fever."""

    code: TypedCode
    """Their pass's code, one of `codes`."""


class GroupForm(SentOfPerson):
    """What staff send about everyone in a vehicle: what holds for all, and the exceptions."""

    model_config = ConfigDict(json_schema_extra={"allOf": [*REASON_NEEDED["allOf"], *by_direction("exceptions")]})

    direction: Direction = Direction.IN
    """The direction of all of them. On the way out only `identity_returned` may be given for each."""
    codes: list[TypedCode] = Field(min_length=1, max_length=LARGEST_GROUP)
    """Everyone who was seen, the exceptions included. At most 100."""
    checkpoint: str = Field(max_length=40, examples=["an-hoa"])
    """Where it was decided: an id of `GET /v1/checkpoints`."""
    exceptions: list[GroupException] = Field(default=[], max_length=LARGEST_GROUP)
    """For these only their own entry holds, and nothing of what is sent for all."""
    mode: Mode = Mode.ALL
    """Whether one who cannot be recorded keeps the others from being recorded."""

    @model_validator(mode="after")
    def _everyone_once(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        for name, codes in (("codes", self.codes), ("exceptions", [each.code for each in self.exceptions])):
            for index, code in enumerate(codes):
                if code in codes[:index]:
                    raise PydanticCustomError("code_duplicate", "the same pass twice", {"at": f"{name}/{index}"})
        for index, each in enumerate(self.exceptions):
            if each.code not in self.codes:
                at = f"exceptions/{index}/code"
                raise PydanticCustomError("exception_not_in_group", "names a pass that codes does not", {"at": at})
        self.require_fields_of(self.direction)
        for index, each in enumerate(self.exceptions):
            each.require_fields_of(self.direction, f"exceptions/{index}/")
        return self

    def forms(self) -> Iterator[CrossingForm]:
        """One for each pass, in the order of `codes`."""
        exceptions = {each.code: each for each in self.exceptions}
        for code in self.codes:
            seen = exceptions.get(code, self)
            answers = {name: getattr(seen, name) for name in SentOfPerson.model_fields}
            yield CrossingForm.model_construct(
                **answers, direction=self.direction, checkpoint=self.checkpoint, code=code
            )
