"""The crossing of a permit's holder: one fact for each permit, direction and minute."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Self

from pydantic import AwareDatetime, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.codes import StoredCode, TypedCode
from chalicelib.models.entry.crossings import Decision, Direction
from chalicelib.models.fields import Moment, Reason
from chalicelib.models.people.plates import PlateText, parse_plate
from chalicelib.models.permits.permits import PermitVerdict
from chalicelib.models.records import STORED, Record, any_of, at_edge
from chalicelib.models.staff.recorded import Recorded


def any_plate(plate: str | None, _: ValidationInfo) -> str | None:
    """A plate of any country."""
    # Nobody writes at the gate where a plate is from.
    if plate is None:
        return None
    try:
        return parse_plate(plate, "VN")
    except PydanticCustomError:
        return parse_plate(plate, "")


class PermitCrossingForm(Record):
    """What a member of staff saw and decided about a permit's holder."""

    model_config = ConfigDict(
        json_schema_extra=any_of(
            {"properties": {"direction": {"const": "in"}, "well": {"type": "boolean"}}, "required": ["well"]},
            {
                "properties": {"direction": {"const": "out"}, "well": {"type": "null"}},
                "required": ["direction"],
            },
        )
    )

    code: TypedCode
    """The permit's code."""
    checkpoint: str = Field(max_length=40, examples=["an-hoa"])
    """The id of the checkpoint."""
    direction: Direction = Direction.IN
    """Which way they go."""
    plate_seen: Annotated[
        PlateText | None,
        Field(max_length=20, examples=["70A-123.45"]),
        at_edge(any_plate),
    ] = None
    """The plate of the vehicle; left out for none."""
    well: bool | None = None
    """On the way in: true if they declare no symptoms and no contact. Not asked on the way out."""
    test_sampled_at: Annotated[Moment | None, Field(examples=[None])] = None
    """When the sample of a negative test was taken that they show now."""
    decision: Decision = Field(examples=["admit"])
    """The decision."""
    reason: Annotated[Reason | None, Field(examples=[None])] = None
    """Needed to admit someone against the check, with another plate, or who is not well."""
    crossed_at: Annotated[Moment | None, Field(examples=[None])] = None
    """When it was decided, by the device's clock, if it is sent later; at most a day ago. Left out, now."""

    @model_validator(mode="after")
    def _asks_what_is_needed(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        if self.direction is Direction.IN and self.well is None:
            raise PydanticCustomError("field_missing", "ask on the way in", {"at": "well"})
        if self.direction is Direction.OUT and self.well is not None:
            raise PydanticCustomError("health_not_asked_on_way_out", "not asked on the way out", {"at": "well"})
        return self


class PermitCrossing(Recorded):
    """A crossing of a permit's holder, as it was recorded."""

    code: StoredCode
    """The permit's code."""
    checkpoint: str
    """The id of the checkpoint."""
    direction: Direction
    """Which way they went."""
    crossed_at: AwareDatetime
    """When."""
    verdict: PermitVerdict
    """The verdict of the check at that time. On the way out the check only looks whether the permit was granted."""
    plate_seen: str | None = None
    """The plate of the vehicle."""
    well: bool | None = None
    """On the way in: true if they declared no symptoms and no contact."""
    test_sampled_at: AwareDatetime | None = None
    """When the sample of the test was taken that they showed."""
    decision: Decision
    """The decision."""
    reason: str | None = None
    """Why they were admitted against the check."""

    @property
    def name(self) -> str:
        """Its minute (UTC) and direction: of a permit there is one crossing for each."""
        return crossing_name(self.crossed_at, self.direction)

    def is_also(self, other: Self | PermitCrossingForm) -> bool:
        """Whether `other`, of the same minute or request, is this crossing, recorded twice: its direction, decision and
        checkpoint are the same, and its plate does not differ. One permit at two gates in a minute is no repetition:
        somebody uses a copy."""
        plates = {self.plate_seen, other.plate_seen} - {None}
        own, others = ((each.direction, each.decision, each.checkpoint) for each in (self, other))
        return own == others and len(plates) < 2


class SentCrossing(Record):
    """Which crossing a request has recorded, so that the same request finds it whenever it comes again."""

    crossing: str
    """Its name."""
    recorded_at: AwareDatetime
    """When."""

    @staticmethod
    def name_of(staff: str, key: str) -> str:
        """The name of a request. The member of staff is part of it, so nobody finds another member's requests."""
        return sha256(f"{staff} {key}".encode()).hexdigest()[:32]


def crossing_name(at: datetime, direction: Direction) -> str:
    """The minute (UTC) and the direction."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}#{direction}"
