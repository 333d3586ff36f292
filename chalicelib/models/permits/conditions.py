"""When and where a permit is valid."""

from datetime import time
from typing import Annotated, Self

from pydantic import ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Day, Whole
from chalicelib.models.records import STORED, Record, at_edge

MOST_CHECKPOINTS = 20

_CLOCK = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$"


class Weekday(StrEnum):
    """A day of the week, in its order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """0 for Monday."""
        return list(Weekday).index(self)


def _in_order(days: list[Weekday], _: ValidationInfo) -> list[Weekday]:
    return sorted(set(days), key=lambda each: each.number)


class PermitHours(Record):
    """Hours of a day, on the province's clock. If they end before they begin, they go on over midnight, and belong to
    the day on which they begin."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: str = Field(alias="from", pattern=_CLOCK, examples=["05:00"])
    """The first minute."""
    until: str = Field(pattern=_CLOCK, examples=["21:00"])
    """The minute after the last one."""

    @model_validator(mode="after")
    def _last(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and self.from_ == self.until:
            raise PydanticCustomError("permit_hours_empty", "they end when they begin", {"at": "until"})
        return self

    @property
    def from_time(self) -> time:
        return time.fromisoformat(self.from_)

    @property
    def until_time(self) -> time:
        return time.fromisoformat(self.until)

    @property
    def is_over_midnight(self) -> bool:
        return self.until < self.from_


class PermitConditions(Record):
    """When and where a permit is valid, and how often its holder must be tested."""

    model_config = ConfigDict(serialize_by_alias=True)

    days: Annotated[list[Weekday], Field(max_length=7), at_edge(_in_order)] = []
    """Days of the week; without any, every day."""
    hours: PermitHours | None = None
    """Left out for the whole day."""
    checkpoints: list[Annotated[str, Field(max_length=40, examples=["an-hoa"])]] = Field(
        default=[], max_length=MOST_CHECKPOINTS
    )
    """Ids of checkpoints; without any, all of them."""
    tests_every_days: Annotated[int, Whole(1, 60), Field(examples=[7])] | None = None
    """A test must not be older than this many days; left out, none is asked for."""
    from_: Day = Field(alias="from", examples=["2021-07-22"])
    """The first day."""
    until: Day = Field(examples=["2021-09-30"])
    """The last day, included."""

    @model_validator(mode="after")
    def _lasts(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and self.until < self.from_:
            raise PydanticCustomError("period_ends_before_it_begins", "ends before it begins", {"at": "until"})
        return self
