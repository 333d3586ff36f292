"""From where, through where, to where, how and when."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Day, Line, Moment, Text
from chalicelib.models.people.places import Country, Place, UnitReference
from chalicelib.models.people.plates import PlateText, plate_of_country
from chalicelib.models.records import Record, at_edge, needed_unless


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
    if plate is None and kind is not None and kind.has_plate:
        raise PydanticCustomError("plate_missing", "this vehicle has a plate")
    return plate_of_country(plate, info)


class Transport(Record):
    """How the group travels. Cars, motorbikes, trucks and buses have a plate."""

    model_config = ConfigDict(
        json_schema_extra=needed_unless(
            "plate", kind={"enum": [each.value for each in TransportKind if not each.has_plate]}
        )
    )

    kind: TransportKind
    """What the group comes in, or on."""
    plate_country: Country = "VN"
    """Where the plate is from: ISO 3166-1 alpha-2."""
    plate: Annotated[
        PlateText | None,
        Field(max_length=20, examples=["70A-123.45"], validate_default=True),
        at_edge(_plate),
    ] = None
    """Kept without separators."""
    service_number: Annotated[str, Line(20)] | None = Field(default=None, examples=["VN 1234"])
    """The number of the flight, train or bus service."""
    seat: Annotated[str, Line(10)] | None = Field(default=None, examples=["12A"])
    """The seat in it."""


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


class Destination(Record):
    """Where in the province the group will be: a commune of it, an address, and their host."""

    unit: UnitReference
    """A commune of the province."""
    address: Text = Field(examples=["Tổ 3, ấp Ninh Phú"])
    """House and street, or hamlet."""
    host: Annotated[str, Line(100)] | None = Field(default=None, examples=["Trần Thị Mẫu"])
    """Who receives them there."""


class Route(Record):
    """From where, through where, to where and how, without the time."""

    origin: Place
    """Where the trip began."""
    places_passed: list[Place] = Field(default=[], max_length=30)
    """Places passed in the last 14 days."""
    destination: Destination
    """Where in the province the group will be."""
    transport: Transport
    """How the group travels."""
    purpose: Purpose
    """Why the group comes."""
    checkpoint: str | None = Field(default=None, max_length=40, examples=["an-hoa"])
    """The checkpoint they mean to pass, an id of `GET /v1/checkpoints`."""
    stay_until: Day | None = None
    """The last day of the stay; left out if it has no end."""

    def without_addresses(self, placeholder: str) -> Self:
        """Without addresses and host. `placeholder` stands where an address must stand."""
        return self.model_copy(
            update={
                "origin": self.origin.model_copy(update={"address": None}),
                "places_passed": [each.model_copy(update={"address": None}) for each in self.places_passed],
                "destination": self.destination.model_copy(update={"address": placeholder, "host": None}),
            }
        )


class Trip(Route):
    """From where, through where, to where, how and when."""

    expected_arrival: Moment = Field(examples=["2021-07-22T14:30:00+07:00"])
    """At the gate; at most one hour ahead."""
