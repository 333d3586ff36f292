"""The series: what is counted, and what the cells of each are made of.

The definition of each, for those who read the figures, is in `data/words/statistics.json`. A definition that changes is
a new series: figures of both together would mean nothing.
"""

from bisect import bisect_right
from typing import NamedTuple

from chalicelib.models.enums import StrEnum
from chalicelib.models.statistics.figures import Family


class Part(StrEnum):
    """What one part of a cell is."""

    GATE = "gate"
    """The id of a checkpoint; `NO_GATE` where none is known."""
    HOUR = "hour"
    """The hour of the day, `00` to `23`, in the province's time."""
    ORIGIN = "origin"
    """How far the identity was confirmed when the form was received."""
    DECISION = "decision"
    DIRECTION = "direction"
    CONFLICT = "conflict"
    """The kind of a conflict."""
    PURPOSE = "purpose"
    TRANSPORT = "transport"
    LIST_VERSION = "list_version"
    """The version of the list of administrative units that the next part is of."""
    COMMUNE = "commune"
    MINUTES = "minutes"
    """The lower edge of a bucket of the series' `edges`, in minutes."""
    HOURS = "hours"
    """The same in hours."""
    CHANNEL = "channel"
    """A channel of messages; `none` for a message that was not sent."""
    OUTCOME = "outcome"
    STATE = "state"
    """`delivered` or `seen`."""
    ASKER = "asker"
    """`staff` or `partner`."""
    CHANGE = "change"
    """The kind of a change of a stay."""
    PLACE = "place"
    """The kind of place where a person stays."""
    KNOWN = "known"
    """`known` if the person was a known contact, else `new`."""
    HOP = "hop"
    VERDICT = "verdict"
    READ_AS = "read_as"
    """What a scanned or typed text was read as."""
    LOOK = "look"
    """The action of an audit line: what a member of staff did."""
    FACT = "fact"
    """A kind of fact."""
    KNOWN_ON = "known_on"
    """The civil day on which a fact became known."""


NO_GATE = "none"
"""In the place of a gate's id: the form named none."""


class Series(NamedTuple):
    """What is counted. `edges` are the fixed lower edges of a histogram's buckets: the last bucket has no end."""

    name: str
    family: Family
    parts: tuple[Part, ...]
    edges: tuple[int, ...] = ()

    def bucket(self, value: float) -> str:
        """The part for a value: the lower edge of its bucket. What is below the first edge is in the first bucket."""
        return str(self.edges[max(0, bisect_right(self.edges, value) - 1)])


LATE = "late"
"""The series of every family that counts what became known on a later day than it happened. These facts are also in
the other series."""

_MINUTES = (0, 5, 10, 15, 20, 25, 30, 45, 60, 90, 120, 180, 240, 360)
_HOURS = (0, 1, 2, 4, 8, 12, 24, 48, 72, 168)

DECLARATIONS = Series("declarations", Family.GATES, (Part.GATE, Part.HOUR, Part.ORIGIN))
DECLARED = Series("declared", Family.GATES, (Part.GATE, Part.HOUR))
PURPOSES = Series("purposes", Family.GATES, (Part.GATE, Part.PURPOSE))
TRANSPORTS = Series("transports", Family.GATES, (Part.GATE, Part.TRANSPORT))
CROSSINGS_IN = Series("crossings_in", Family.GATES, (Part.GATE, Part.HOUR, Part.DECISION))
CROSSINGS_OUT = Series("crossings_out", Family.GATES, (Part.GATE, Part.HOUR))
OFFLINE = Series("offline", Family.GATES, (Part.GATE, Part.DIRECTION))
CONFLICTS = Series("conflicts", Family.GATES, (Part.GATE, Part.CONFLICT))
CORRECTIONS = Series("corrections", Family.GATES, (Part.GATE, Part.DECISION))
REVOCATIONS = Series("revocations", Family.GATES, (Part.GATE,))

FROM_DECLARATION = Series("from_declaration", Family.WAITS, (Part.GATE, Part.HOUR, Part.MINUTES), _MINUTES)
FROM_ARRIVAL = Series("from_arrival", Family.WAITS, (Part.GATE, Part.HOUR, Part.MINUTES), _MINUTES)

EXPECTED = Series("expected", Family.COMMUNES, (Part.LIST_VERSION, Part.COMMUNE))
ENTERED = Series("entered", Family.COMMUNES, (Part.LIST_VERSION, Part.COMMUNE, Part.DECISION))
LEFT = Series("left", Family.COMMUNES, (Part.LIST_VERSION, Part.COMMUNE))

MESSAGES = Series("messages", Family.MESSAGES, (Part.CHANNEL, Part.OUTCOME))
RECEIPTS = Series("receipts", Family.MESSAGES, (Part.CHANNEL, Part.STATE))

STAYS = Series("stays", Family.STAYS, (Part.LIST_VERSION, Part.COMMUNE, Part.PLACE))
ARRIVALS = Series("arrivals", Family.STAYS, (Part.LIST_VERSION, Part.COMMUNE, Part.OUTCOME))
CHANGES = Series("changes", Family.STAYS, (Part.LIST_VERSION, Part.COMMUNE, Part.CHANGE))
REPORTS_DUE = Series("reports_due", Family.STAYS, (Part.LIST_VERSION, Part.COMMUNE))
REPORTS_SENT = Series("reports_sent", Family.STAYS, (Part.LIST_VERSION, Part.COMMUNE))

CASES = Series("cases", Family.CASES, (Part.KNOWN,))
CASE_ENDS = Series("case_ends", Family.CASES, ())
CONTACTS = Series("contacts", Family.CASES, (Part.HOP,))
FROM_SAMPLE = Series("from_sample", Family.CASES, (Part.HOURS,), _HOURS)
UNTIL_TOLD = Series("until_told", Family.CASES, (Part.HOURS,), _HOURS)

PERMIT_REQUESTS = Series("permit_requests", Family.PERMITS, (Part.ASKER,))
PERMIT_DECISIONS = Series("permit_decisions", Family.PERMITS, (Part.OUTCOME,))
PERMIT_REVOCATIONS = Series("permit_revocations", Family.PERMITS, ())
PERMIT_CROSSINGS = Series("permit_crossings", Family.PERMITS, (Part.GATE, Part.DIRECTION, Part.VERDICT, Part.DECISION))
PERMIT_CORRECTIONS = Series("permit_corrections", Family.PERMITS, (Part.GATE, Part.DECISION))

LOOKS = Series("looks", Family.LOOKS, (Part.LOOK,))

CHECKS = Series("checks", Family.CHECKS, (Part.GATE, Part.HOUR, Part.READ_AS, Part.VERDICT))

_ALL = (
    DECLARATIONS,
    DECLARED,
    PURPOSES,
    TRANSPORTS,
    CROSSINGS_IN,
    CROSSINGS_OUT,
    OFFLINE,
    CONFLICTS,
    CORRECTIONS,
    REVOCATIONS,
    FROM_DECLARATION,
    FROM_ARRIVAL,
    EXPECTED,
    ENTERED,
    LEFT,
    MESSAGES,
    RECEIPTS,
    STAYS,
    ARRIVALS,
    CHANGES,
    REPORTS_DUE,
    REPORTS_SENT,
    CASES,
    CASE_ENDS,
    CONTACTS,
    FROM_SAMPLE,
    UNTIL_TOLD,
    PERMIT_REQUESTS,
    PERMIT_DECISIONS,
    PERMIT_REVOCATIONS,
    PERMIT_CROSSINGS,
    PERMIT_CORRECTIONS,
    LOOKS,
    CHECKS,
    *(Series(LATE, family, (Part.FACT, Part.KNOWN_ON)) for family in Family),
)

SERIES = {(each.family, each.name): each for each in _ALL}
"""All series, by family and name."""
