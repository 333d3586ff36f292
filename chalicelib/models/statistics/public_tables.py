"""The tables that are public, and how each is made from the figures of a day.

A table is a tree (`hiding`). The public has few tables, and no two that add up to each other except by their totals:
no gate by decision beside gates and decisions, no commune by outcome. Else a hidden count could be worked out from
another table. A series that is a part of another one has no table of places: who stays in a commune has entered it, and
who entered has declared it, so no count of the one is above that of the other. Messages have one table of two parts,
because one part follows from the other: a message with a channel was sent.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chalicelib.models.statistics.figures import Family, Figure
from chalicelib.models.statistics.hiding import Node
from chalicelib.models.statistics.places import Places
from chalicelib.models.statistics.series import NO_GATE, SERIES, Part

OTHER = "other"
"""In the place of a district: units of another list, and places that are not in the province."""

_HOURS = tuple(f"{hour:02}" for hour in range(24))


class PublicTable(NamedTuple):
    """The total of a series on a day, divided by one part of its cells after the other."""

    family: Family
    series: str
    by: tuple[Part, ...] = ()

    @property
    def name(self) -> str:
        """`crossings_in_by_gate_hour`."""
        return "_by_".join(filter(None, (self.series, "_".join(self.by))))


TABLES = (
    PublicTable(Family.GATES, "declared", (Part.GATE, Part.HOUR)),
    PublicTable(Family.GATES, "crossings_in", (Part.GATE, Part.HOUR)),
    PublicTable(Family.GATES, "crossings_in", (Part.DECISION,)),
    PublicTable(Family.GATES, "crossings_out", (Part.GATE, Part.HOUR)),
    PublicTable(Family.GATES, "purposes", (Part.PURPOSE,)),
    PublicTable(Family.GATES, "transports", (Part.TRANSPORT,)),
    PublicTable(Family.WAITS, "from_declaration", (Part.MINUTES,)),
    PublicTable(Family.COMMUNES, "expected"),
    PublicTable(Family.COMMUNES, "entered", (Part.COMMUNE,)),
    PublicTable(Family.MESSAGES, "messages", (Part.OUTCOME, Part.CHANNEL)),
    PublicTable(Family.STAYS, "stays"),
    PublicTable(Family.CASES, "cases", (Part.KNOWN,)),
    PublicTable(Family.CASES, "case_ends"),
    PublicTable(Family.CASES, "contacts", (Part.HOP,)),
    PublicTable(Family.PERMITS, "permit_crossings", (Part.GATE,)),
    PublicTable(Family.LOOKS, "looks", (Part.LOOK,)),
)
BY_NAME = {each.name: each for each in TABLES}
FAMILIES = tuple(dict.fromkeys(each.family for each in TABLES))


def tree_of(table: PublicTable, figures: Iterable[Figure], places: Places) -> Node:
    """The table of one day, from the figures of that day and family."""
    parts = SERIES[table.family, table.series].parts
    counts: dict[tuple[str, ...], int] = {}
    for figure in figures:
        if figure.series == table.series:
            cell = _place(dict(zip(parts, figure.cell, strict=True)), table.by, places)
            counts[cell] = counts.get(cell, 0) + figure.count
    if table.by == (Part.COMMUNE,):
        districts = [
            _sum(code, [Node(each, counts.get((code, each), 0)) for each in communes])
            for code, communes in places.districts.items()
        ]
        return _sum("", [*districts, Node(OTHER, counts.get((OTHER,), 0))])
    return _divided("", (), table, counts, places)


def _divided(
    key: str, above: tuple[str, ...], table: PublicTable, counts: dict[tuple[str, ...], int], places: Places
) -> Node:
    depth = len(above)
    if depth == len(table.by):
        return Node(key, counts.get(above, 0))
    seen = {cell[depth] for cell in counts if cell[:depth] == above}
    keys = _keys(table, table.by[depth], seen, places)
    return _sum(key, [_divided(each, (*above, each), table, counts, places) for each in keys])


def _keys(table: PublicTable, part: Part, seen: set[str], places: Places) -> Sequence[str]:
    """The parts of a node, in an order that does not depend on counts."""
    if part is Part.GATE:
        known = (*places.gates, NO_GATE)
        return (*known, *sorted(seen.difference(known)))
    if part is Part.HOUR:
        return _HOURS
    if edges := SERIES[table.family, table.series].edges:
        return [str(each) for each in edges]
    return sorted(seen)


def _place(cell: dict[Part, str], by: tuple[Part, ...], places: Places) -> tuple[str, ...]:
    if by != (Part.COMMUNE,):
        return tuple(cell[each] for each in by)
    commune = cell[Part.COMMUNE]
    district = next((code for code, communes in places.districts.items() if commune in communes), None)
    if district is None or cell[Part.LIST_VERSION] != places.list_version:
        return (OTHER,)
    return district, commune


def _sum(key: str, parts: Sequence[Node]) -> Node:
    return Node(key, sum(each.size for each in parts), tuple(parts))
