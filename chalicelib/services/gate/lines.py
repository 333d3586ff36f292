"""What became of a crossing that was sent to be recorded."""

from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.departures import Departure
from chalicelib.models.enums import StrEnum
from chalicelib.models.errors import DomainError


class LineOutcome(StrEnum):
    """What became of one crossing of several."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    """It was on record already, as sent."""
    CONFLICT = "conflict"
    """It is on record beside the pass's crossing, and waits for a supervisor."""
    REFUSED = "refused"
    """It is not on record. The error says why, and whether to send it again."""


class Line(NamedTuple):
    """The outcome of one crossing. `code` is None if it could not be read."""

    code: Code | None
    outcome: LineOutcome
    crossing: Crossing | None = None
    """The pass's crossing on record."""
    conflict: Conflict | None = None
    error: DomainError | None = None
    repeated: bool = False
    """Whether it was on record before. A conflict sent again stays a conflict."""
    departure: Departure | None = None
    """The departure on record, for a person on the way out."""
