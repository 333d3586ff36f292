"""The names of places of exposures, and the places where a case searches for people who were near.

Names of persons, phones and plates are those of their unproven lists; `storage.tracing.exposures` reads both sides.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta, tzinfo
from typing import NamedTuple

from chalicelib.models.enums import StrEnum
from chalicelib.models.tracing.exposures import Exposure, ExposureKind


class PlaceKind(StrEnum):
    """Prefixes of names of places, in capitals."""

    PERSON = "person"
    PHONE = "phone"
    PLATE = "plate"
    ADDRESS = "address"
    HOST = "host"
    SERVICE = "service"
    CHECKPOINT = "checkpoint"
    COMMUNE = "commune"


class Windows(NamedTuple):
    """The most time between two facts at one place, from the policy."""

    checkpoint: timedelta
    household: timedelta


class Span(NamedTuple):
    """A place, and the time in which facts there matter. Both ends are included, in whole seconds."""

    place: str
    since: datetime
    until: datetime


TWO_SIDED = frozenset({PlaceKind.PERSON, PlaceKind.PHONE, PlaceKind.PLATE})
"""Places with a list of known and one of unproven exposures."""

SECOND = timedelta(seconds=1)


def name_of(kind: PlaceKind, *parts: str) -> str:
    return "#".join([kind.upper(), *parts])


def kind_of(place: str) -> PlaceKind:
    return PlaceKind(place.partition("#")[0].lower())


def second(moment: datetime) -> datetime:
    """The text in keys."""
    return moment.replace(microsecond=0)


def day_place(kind: PlaceKind, name: str, moment: datetime, zone: tzinfo) -> str:
    """A commune's or a service's day, on the province's calendar."""
    return name_of(kind, name, f"{moment.astimezone(zone):%Y-%m-%d}")


def hour_place(checkpoint: str, moment: datetime, zone: tzinfo) -> str:
    return name_of(PlaceKind.CHECKPOINT, checkpoint, f"{moment.astimezone(zone):%Y-%m-%dT%H}")


def places_of(exposure: Exposure, zone: tzinfo) -> Iterator[str]:
    """The places where an open case may search for this exposure: each place once, without phones."""
    yield name_of(PlaceKind.PERSON, exposure.person)
    if exposure.plate:
        yield name_of(PlaceKind.PLATE, exposure.plate)
    if exposure.address:
        yield name_of(PlaceKind.ADDRESS, exposure.address)
    if exposure.host:
        yield name_of(PlaceKind.HOST, exposure.host)
    if exposure.service:
        yield day_place(PlaceKind.SERVICE, exposure.service, exposure.at, zone)
    if exposure.checkpoint:
        yield hour_place(exposure.checkpoint, exposure.at, zone)
    yield day_place(PlaceKind.COMMUNE, exposure.commune, exposure.at, zone)


def near(exposure: Exposure, windows: Windows, zone: tzinfo, *, communes: bool) -> Iterator[Span]:
    """The places and times at which others were near this person: by vehicle, household, host, service and gate; with
    `communes` also by commune and day."""
    at = second(exposure.at)
    today = Span("", *day_of(at, zone))
    if exposure.plate:
        yield today._replace(place=name_of(PlaceKind.PLATE, exposure.plate))
    for kind, hashed in ((PlaceKind.ADDRESS, exposure.address), (PlaceKind.HOST, exposure.host)):
        if hashed:
            yield Span(name_of(kind, hashed), at - windows.household, at + windows.household)
    if exposure.service:
        yield today._replace(place=day_place(PlaceKind.SERVICE, exposure.service, at, zone))
    # Only people who crossed were at the gate.
    if exposure.checkpoint and exposure.kind is ExposureKind.CROSSED:
        yield from at_gate(exposure.checkpoint, at - windows.checkpoint, at + windows.checkpoint, zone)
    if communes:
        yield today._replace(place=day_place(PlaceKind.COMMUNE, exposure.commune, at, zone))


def at_gate(checkpoint: str, since: datetime, until: datetime, zone: tzinfo) -> Iterator[Span]:
    """A gate for some time: one place for each hour."""
    moment = since
    while moment <= until:
        begins = moment.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        last = min(until, begins + timedelta(hours=1) - SECOND)
        yield Span(hour_place(checkpoint, moment, zone), moment, last)
        moment = last + SECOND


def day_of(moment: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first and the last second of the local day."""
    day = moment.astimezone(zone).date()
    begins = datetime.combine(day, time.min, zone)
    return begins, datetime.combine(day + timedelta(days=1), time.min, zone) - SECOND
