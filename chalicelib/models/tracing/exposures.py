"""Exposures: facts for tracing. This person, on this plate, at this checkpoint, to this commune, at this time."""

from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime, Field

from chalicelib.models.entry.declarations import Origin
from chalicelib.models.enums import StrEnum
from chalicelib.models.people import hashed
from chalicelib.models.records import Record


class ExposureKind(StrEnum):
    """`declared` is what the traveller announced, `crossed` what staff saw."""

    DECLARED = "declared"
    CROSSED = "crossed"


class FoundBy(StrEnum):
    """The declared or observed data by which an exposure is found. The value is the label of the keyed hash."""

    PERSON = hashed.PERSON
    PHONE = hashed.PHONE
    PLATE = hashed.PLATE


class Side(StrEnum):
    """The two lists under a person, a phone or a plate. Each is read by itself, so a flood of forms that anyone may
    have sent takes no room from the others. In this order they are listed."""

    KNOWN = "known"
    UNPROVEN = "unproven"
    """Also the exposures of the releases that did not keep the origin."""


class Wait(NamedTuple):
    """Seconds until a decision at a gate: from the arrival in the queue, else from the declaration."""

    from_arrival: int | None
    from_declaration: int | None


class Exposure(Record):
    """One person's exposure. Persons, phones, plates, addresses, hosts and services are keyed hashes; the code leads to
    the record.

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
    address: str | None = None
    """Keyed hashes of the destination's address, of the host there, and of the bus, train or flight. None in exposures
    of releases that did not store them, and if the form does not have them."""
    host: str | None = None
    service: str | None = None
    origin: Origin | None = None
    """Of the declaration, when this was written. None in exposures of the releases that did not keep it."""
    known_since: AwareDatetime | None = None
    """Only where the phone answered after the form had come: when this was written among the known ones, too."""
    other_plates: list[str] = Field(default=[], exclude=True)
    """Keyed hashes of other plates that staff wrote for the same crossing: each has an exposure of its own, which is
    found by these to be erased. They are kept beside the body, too."""
    wait: Wait | None = Field(default=None, exclude=True)
    """Of a crossing. It is kept beside the body, so that releases that do not know it can read the body."""

    @property
    def is_known(self) -> bool:
        """Whether the declaration is of a known origin."""
        return self.origin is not None and self.origin.is_known

    @property
    def sides(self) -> list[Side]:
        """Where it stands. What was unproven at first stays there: a list that staff are reading loses nothing."""
        if not self.is_known:
            return [Side.UNPROVEN]
        return [Side.KNOWN] if self.known_since is None else [Side.KNOWN, Side.UNPROVEN]


class Position(NamedTuple):
    """Where a declared pass stands in a list. A later one is listed first."""

    at: datetime
    """Its expected arrival, in whole seconds."""
    code: str


class DeclaredPass(NamedTuple):
    """A pass that was declared, as a list has it."""

    position: Position
    known_since: datetime | None = None
    """See `Exposure.known_since`; in the list of unproven ones only."""


class DeclaredPasses(NamedTuple):
    """A part of a list."""

    passes: list[DeclaredPass]
    """The latest arrivals first, each pass once."""
    read_to: Position | None
    """How far the list was read; None if to its end."""


class PersonAlias(NamedTuple):
    """Two numbers of one person, as keyed hashes, and the pass beside which that is on record."""

    at: datetime
    code: str
    person: str
    other: str
