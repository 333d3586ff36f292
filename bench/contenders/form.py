"""A form of the same shape for the contenders that validate, with plain pydantic types and no rule of ours."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field


class Unit(BaseModel):
    list_version: str
    code: str


class Place(BaseModel):
    unit: Unit | None = None
    country: str | None = None
    address: str | None = None


class Identity(BaseModel):
    kind: Literal["cccd", "cmnd", "passport"]
    number: str


class Vaccination(BaseModel):
    doses: int
    last_date: date | None = None


class Test(BaseModel):
    kind: Literal["pcr", "antigen"]
    result: Literal["negative", "positive", "pending"]
    taken_at: datetime


class Health(BaseModel):
    symptoms: list[str]
    contact_with_patient: bool
    contact_with_ill_person: bool
    contact_with_affected_area: bool
    vaccination: Vaccination | None = None
    test: Test | None = None


class Person(BaseModel):
    full_name: str = Field(min_length=2, max_length=100)
    birth_year: int | None = None
    birth_date: date | None = None
    gender: Literal["male", "female", "other"]
    nationality: str
    identity: Identity | None = None
    phone: str | None = None
    health: Health


class Destination(BaseModel):
    unit: Unit
    address: str
    host: str | None = None


class Transport(BaseModel):
    kind: str
    plate: str | None = None
    service_number: str | None = None
    seat: str | None = None


class Trip(BaseModel):
    origin: Place
    places_passed: list[Place] = []
    destination: Destination
    transport: Transport
    purpose: str
    expected_arrival: datetime
    checkpoint: str | None = None
    stay_until: date | None = None


class Consent(BaseModel):
    accepted: bool
    messages: bool
    text_version: str


class Form(BaseModel):
    traveller: Person
    companions: list[Person] = []
    trip: Trip
    consent: Consent


class Pass(BaseModel):
    code: str
    issued_at: int
    expires_at: int


class Answer(BaseModel):
    passes: list[Pass]
