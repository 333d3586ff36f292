"""Manifests: who sits where in a bus, as its company sends it before it leaves.

A manifest has no health answers. Each passenger gives their own, with the secret of their seat, and so makes a
declaration of their own.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple, Self

from pydantic import AwareDatetime, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.codes import ALPHABET, Code
from chalicelib.models.entry.declarations import Consent, DeclarationForm
from chalicelib.models.entry.erasures import BLANK
from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Day, Line, Moment, Text
from chalicelib.models.people.health import Health
from chalicelib.models.people.identities import Identity
from chalicelib.models.people.languages import Language
from chalicelib.models.people.persons import EARLIEST_BIRTH_YEAR, BirthYear, Gender, Name, Person
from chalicelib.models.people.phones import Phone
from chalicelib.models.people.places import Country, Place, UnitReference
from chalicelib.models.people.plates import PlateText, plate_of_country
from chalicelib.models.people.trips import Destination, Purpose, Transport, TransportKind, Trip
from chalicelib.models.records import STORED, Record, at_edge

MANIFEST = ALPHABET.index("B") << 5
"""The person's number in the code of a manifest [bảng kê hành khách]."""

SEAT_LINK = "seat_link"
"""The id of their templates."""

MOST_SEATS = 60
AHEAD = timedelta(days=7)
"""How long before the expected arrival a manifest is taken."""
KEPT_FOR = timedelta(days=1)
"""How long it is kept after the expected arrival."""
LOOKED_AHEAD = timedelta(hours=12)
"""How long before its expected arrival staff at a gate find it."""


class FoundBy(StrEnum):
    """What staff find a manifest by."""

    PLATE = "plate"
    SERVICE = "service"


class Passenger(Record):
    """Who sits on one seat."""

    seat: Annotated[str, Line(10)] = Field(examples=["12A"])
    """The seat, as the company names it. Each seat is there once."""
    full_name: Name
    """As on the identity document, in Latin letters."""
    birth_year: BirthYear
    """The year of birth."""
    phone: Phone
    """Their phone; a child's is that of an adult who rides along."""
    destination: UnitReference | None = None
    """Their commune, if it is another than that of the manifest."""
    language: Language = Language.VI
    """The language of the message with their link."""

    @property
    def is_erased(self) -> bool:
        return self.phone == ""

    def erased(self) -> Self:
        """The seat without the person."""
        blank = {"full_name": BLANK, "birth_year": EARLIEST_BIRTH_YEAR, "phone": "", "destination": None}
        return self.model_copy(update=blank)


class ManifestForm(Record):
    """The passengers of one trip of a bus."""

    service_number: Annotated[str, Line(20)] = Field(examples=["TN-0630"])
    """The number of the bus service."""
    plate_country: Country = "VN"
    """Where the plate is from: ISO 3166-1 alpha-2."""
    plate: Annotated[PlateText, Field(max_length=20, examples=["70B-012.34"]), at_edge(plate_of_country)]
    """Kept without separators."""
    departs_at: Moment = Field(examples=["2021-07-22T12:00:00+07:00"])
    """When it leaves."""
    expected_arrival: Moment = Field(examples=["2021-07-22T14:50:00+07:00"])
    """At the gate; at most seven days ahead."""
    checkpoint: str = Field(max_length=40, examples=["an-hoa"])
    """The checkpoint that it will pass, an id of `GET /v1/checkpoints`."""
    destination: UnitReference | None = None
    """The commune of the province to which the passengers go who have none of their own."""
    seats: list[Passenger] = Field(min_length=1, max_length=MOST_SEATS)
    """At most 60. The order gives each seat its number, from 0."""
    notify: bool = True
    """Whether we send each passenger the link of their seat. False if your company hands it on by itself."""

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        if self.expected_arrival <= self.departs_at:
            raise PydanticCustomError("arrival_before_departure", "arrives first", {"at": "expected_arrival"})
        seen: set[str] = set()
        for number, each in enumerate(self.seats):
            if (name := each.seat.casefold()) in seen:
                raise PydanticCustomError("seat_taken", "the same seat twice", {"at": f"seats/{number}/seat"})
            seen.add(name)
            if each.destination is None and self.destination is None:
                at = {"at": f"seats/{number}/destination"}
                raise PydanticCustomError("passenger_destination_missing", "no commune", at)
        return self


class SeatForm(Record):
    """What a passenger adds to their seat: who they are in full, where they come from and go, and their health."""

    gender: Gender
    """As the person says."""
    nationality: Country
    """ISO 3166-1 alpha-2."""
    identity: Identity | None = None
    """Required from the age of 14."""
    health: Health
    """Their health answers."""
    origin: Place
    """Where their trip began."""
    places_passed: list[Place] = Field(default=[], max_length=30)
    """Places passed in the last 14 days."""
    address: Text = Field(examples=["Tổ 3, ấp Ninh Phú"])
    """House and street, or hamlet, in the commune of destination."""
    host: Annotated[str, Line(100)] | None = Field(default=None, examples=["Trần Thị Mẫu"])
    """Who receives them there."""
    purpose: Purpose
    """Why they come."""
    stay_until: Day | None = None
    """The last day of the stay; left out if it has no end."""
    expected_arrival: Moment | None = Field(default=None, examples=["2021-07-22T15:10:00+07:00"])
    """At the gate, if the bus is early or late; left out, it is that of the manifest."""
    consent: Consent
    """What the passenger agrees to."""
    language: Language = Language.VI
    """The language of the messages to them."""


class Manifest(Record):
    """A manifest as it is kept."""

    id: str
    """Its code, without hyphens."""
    form: ManifestForm
    partner: str
    """The keyed hash of the partner's key."""
    received_at: AwareDatetime

    @property
    def code(self) -> Code:
        return Code.parse(self.id)

    @property
    def leaves_at(self) -> datetime:
        return self.form.expected_arrival + KEPT_FOR

    def declared(self, number: int, form: SeatForm) -> DeclarationForm:
        """The form of the declaration that the passenger of a seat makes."""
        passenger = self.form.seats[number]
        traveller = Person.model_construct(
            full_name=passenger.full_name,
            birth_year=passenger.birth_year,
            gender=form.gender,
            nationality=form.nationality,
            identity=form.identity,
            phone=passenger.phone,
            health=form.health,
        )
        unit = passenger.destination or self.form.destination
        assert unit is not None  # the form's validator saw to it
        trip = Trip.model_construct(
            origin=form.origin,
            places_passed=form.places_passed,
            destination=Destination.model_construct(unit=unit, address=form.address, host=form.host),
            transport=Transport.model_construct(
                kind=TransportKind.BUS,
                plate_country=self.form.plate_country,
                plate=self.form.plate,
                service_number=self.form.service_number,
                seat=passenger.seat,
            ),
            purpose=form.purpose,
            expected_arrival=form.expected_arrival or self.form.expected_arrival,
            checkpoint=self.form.checkpoint,
            stay_until=form.stay_until,
        )
        return DeclarationForm.model_construct(
            traveller=traveller, companions=[], trip=trip, consent=form.consent, language=form.language
        )


class SeatConfirmed(Record):
    """The fact that the passenger of a seat has declared."""

    code: str
    """Of their pass."""
    confirmed_at: AwareDatetime


class ManifestRecord(NamedTuple):
    """A manifest, and the seats that are confirmed, by their numbers."""

    manifest: Manifest
    confirmed: Mapping[int, SeatConfirmed]

    @property
    def seats(self) -> list[tuple[int, Passenger]]:
        """The seats by their numbers, without those whose passenger was erased."""
        return [(number, each) for number, each in enumerate(self.manifest.form.seats) if not each.is_erased]


class ManifestHashes(NamedTuple):
    """The keyed hashes by which a manifest is found: of its plate, its service number, and each seat's phone."""

    plate: str
    service: str
    phones: list[str]
