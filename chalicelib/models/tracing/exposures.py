"""Exposures: facts for tracing. This person, on this plate, at this checkpoint, to this commune, at this time."""

from enum import StrEnum

from pydantic import AwareDatetime

from chalicelib.models.records import Record


class ExposureKind(StrEnum):
    """`declared` is what the traveller announced, `crossed` what staff saw."""

    DECLARED = "declared"
    CROSSED = "crossed"


class FoundBy(StrEnum):
    """What a person says or a guard sees, by which an exposure is found. Its value goes into the keyed hash."""

    PERSON = "person"
    PHONE = "phone"
    PLATE = "plate"


class Exposure(Record):
    """One person's exposure. Persons, phones and plates are keyed hashes; the code leads to the record.

    `at` is the expected arrival of a declaration, and the moment of a crossing.
    """

    kind: ExposureKind
    at: AwareDatetime
    code: str
    person: str
    phone: str | None = None
    plate: str | None = None
    checkpoint: str | None = None
    commune: str
