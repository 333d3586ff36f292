"""The layout of a chain's picture: the case in the middle, a ring for each hop.

Each person has a sector, which is divided among those who were found through this person. So lines of the tree do not
cross, and circles and labels do not overlap. If there are too many people for a page, one circle represents several of
them.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import cos, pi, sin
from typing import NamedTuple

from chalicelib.models.cases.chains import Chain, ChainEdge, ChainPerson
from chalicelib.models.cases.kinds import ContactKind

MOST_DRAWN = 250
"""Circles in a picture: more are not readable on a page."""

CASE_RADIUS, PERSON_RADIUS, GROUP_RADIUS = 20, 11, 17
ROW = 28
"""Pixels between the two rows of a full ring."""
ID_LENGTH, ID_GAP = 44, 5
"""Pixels of a contact's id, and between a circle and the id."""
STUB = 40
"""Pixels of the line's last part, whose style shows the kind."""

_PERSON_SLOT, _GROUP_SLOT = 13, 21
"""Pixels of the ring for each circle. A full ring has two rows, so neighbours are half a circle apart."""
_FIRST_RING = 105
_BETWEEN_RINGS = PERSON_RADIUS + ID_GAP + ID_LENGTH + ID_GAP + STUB + PERSON_RADIUS
_STEP = 6
"""Pixels by which the rings grow in each step until all circles fit."""
_GAP = 52
"""Pixels of the first ring at the top that stay free, for the names of the rings."""
_ID_BESIDE_STEM = 2 * PERSON_RADIUS + 4
"""Pixels of the ring that a person needs for an id beside the line to the next ring."""


class Point(NamedTuple):
    """A position relative to the case. The angle is clockwise from the top, in radians."""

    angle: float
    distance: float

    @property
    def x(self) -> float:
        return self.distance * sin(self.angle)

    @property
    def y(self) -> float:
        return -self.distance * cos(self.angle)

    def at(self, distance: float) -> "Point":
        return Point(self.angle, distance)


class Circle(NamedTuple):
    """A circle for one person, or for several who are counted together."""

    hop: int
    parent: int | None
    """The index of the circle through which they were found; None for the case."""
    kind: ContactKind | None
    """The strongest reason; None for the case, and for several people with different reasons."""
    person: ChainPerson | None
    """None for several people."""
    people: int = 1

    @property
    def radius(self) -> int:
        if self.hop == 0:
            return CASE_RADIUS
        return PERSON_RADIUS if self.person else GROUP_RADIUS

    @property
    def slot(self) -> int:
        return _PERSON_SLOT if self.person else _GROUP_SLOT


class Ring(NamedTuple):
    """The ring of a hop, with its circles."""

    radius: float
    """Of the inner row."""
    rows: int

    @property
    def outer(self) -> float:
        """The radius of the outer row."""
        return self.radius + (self.rows - 1) * ROW

    @property
    def ids(self) -> float:
        """The radius at which ids begin."""
        return self.outer + PERSON_RADIUS + ID_GAP

    @property
    def branch(self) -> float:
        """The radius at which the lines to this ring branch."""
        return self.radius - PERSON_RADIUS - STUB


class Layout(NamedTuple):
    """The drawn circles and lines. The lists have the same order, parents before children."""

    circles: Sequence[Circle]
    points: Sequence[Point]
    has_id: Sequence[bool]
    """Whether the contact's id fits beside the circle."""
    rings: Mapping[int, Ring]
    """By hop, from 1."""
    further: Sequence[ChainEdge]
    """Further links between drawn people, only the strongest between two people."""
    left_out: int
    """How many further links are not in `further`."""


def laid_out(chain: Chain, *, most: int = MOST_DRAWN) -> Layout:
    """Lay out a chain. The layout does not depend on the order of persons and edges."""
    reasons = _strongest(chain)
    circles = _circles(chain, reasons, most)
    rings, points, widths = _placed(circles)
    parents = {circle.parent for circle in circles}
    has_id = [
        bool(circle.person and circle.person.contact)
        and (place not in parents or width * rings[circle.hop].radius >= _ID_BESIDE_STEM)
        for place, (circle, width) in enumerate(zip(circles, widths, strict=True))
    ]
    drawn = {circle.person.number for circle in circles if circle.person}
    further = _further(chain.edges, reasons)
    shown = further if len(drawn) == len(chain.persons) and len(further) <= len(drawn) // 4 else []
    return Layout(circles, points, has_id, rings, shown, len(further) - len(shown))


def _strongest(chain: Chain) -> dict[int, ChainEdge]:
    """By person, the edge that connects them in the picture. It comes from a person of a lower hop."""
    hops = {each.number: each.hop for each in chain.persons}
    best: dict[int, ChainEdge] = {}
    for edge in sorted(chain.edges, key=_strength):
        if edge.hop == hops[edge.person]:
            best.setdefault(edge.person, edge)
    return best


def _strength(edge: ChainEdge) -> tuple[object, ...]:
    return edge.kind.rank, edge.until, edge.through, edge.person


def _further(edges: Iterable[ChainEdge], reasons: Mapping[int, ChainEdge]) -> list[ChainEdge]:
    pairs = {frozenset((each.person, each.through)) for each in reasons.values()}
    found: dict[frozenset[int], ChainEdge] = {}
    for edge in sorted(edges, key=_strength):
        pair = frozenset((edge.person, edge.through))
        if pair not in pairs:
            found.setdefault(pair, edge)
    return list(found.values())


def _circles(chain: Chain, reasons: Mapping[int, ChainEdge], most: int) -> list[Circle]:
    """Circles for everyone. If there are too many, several people share a circle, first the people who led to nobody
    else.

    If there are still too many, from the outermost hop inwards people with different reasons are counted together, and
    then all people of a hop.
    """
    persons = sorted(chain.persons, key=lambda each: (each.hop, each.number))
    inner = {each.through for each in reasons.values()}
    last = persons[-1].hop
    circles = _counted(persons, reasons, {each.number for each in persons}, last)
    for deepest in range(last - 1, -1, -1):
        drawn = {each.number for each in persons if each.hop <= deepest} & inner
        for kinds_until in range(last, deepest - 1, -1):
            if len(circles) <= most:
                return circles
            circles = _counted(persons, reasons, drawn, kinds_until)
    return circles


def _counted(
    persons: Sequence[ChainPerson], reasons: Mapping[int, ChainEdge], drawn: set[int], kinds_until: int
) -> list[Circle]:
    """A circle for each person of `drawn`. The others share one circle at each hop with all people found through the
    same circle.

    Up to the hop `kinds_until`, people found for different reasons have different circles.
    """
    case, *others = persons
    members: list[list[ChainPerson]] = [[case]]
    circle_of = {case.number: 0}
    known: dict[tuple[object, ...], int] = {}
    for person in others:
        reason = reasons[person.number]
        own = person.number if person.number in drawn else None
        key = (circle_of[reason.through], person.hop, reason.kind if person.hop <= kinds_until else None, own)
        place = circle_of[person.number] = known.setdefault(key, len(members))
        if place == len(members):
            members.append([])
        members[place].append(person)
    circles = [Circle(0, None, None, case)]
    for first, *more in members[1:]:
        kinds = {reasons[each.number].kind for each in (first, *more)}
        circles.append(
            Circle(
                first.hop,
                circle_of[reasons[first.number].through],
                kinds.pop() if len(kinds) == 1 else None,
                None if more else first,
                1 + len(more),
            )
        )
    return circles


def _placed(circles: Sequence[Circle]) -> tuple[dict[int, Ring], list[Point], list[float]]:
    """The rings, the point of each circle, and its sector in radians."""
    children: dict[int, list[int]] = {place: [] for place in range(len(circles))}
    for place, circle in enumerate(circles):
        if circle.parent is not None:
            children[circle.parent].append(place)
    needed = {
        hop: sum(each.slot for each in circles if each.hop == hop)
        for hop in range(1, max((each.hop for each in circles), default=0) + 1)
    }
    extra = 0
    rings = _rings(needed, extra)
    widths = _widths(circles, children, rings)
    while rings and widths[0] > 2 * pi - _GAP / rings[1].radius:
        extra += _STEP
        rings = _rings(needed, extra)
        widths = _widths(circles, children, rings)
    free = 2 * pi - (_GAP / rings[1].radius if rings else 0)
    stretch = free / widths[0] if widths[0] else 1
    widths = [each * stretch for each in widths]
    angles = [pi] * len(circles)
    for place in range(len(circles)):
        start = angles[place] - sum(widths[each] for each in children[place]) / 2
        for child in children[place]:
            angles[child] = start + widths[child] / 2
            start += widths[child]
    return rings, _in_rows(circles, angles, rings), widths


def _rings(needed: Mapping[int, int], extra: int) -> dict[int, Ring]:
    rings: dict[int, Ring] = {}
    for hop, pixels in needed.items():
        least = _FIRST_RING + (hop - 1) * _BETWEEN_RINGS
        start = _FIRST_RING if hop == 1 else rings[hop - 1].outer + _BETWEEN_RINGS
        rings[hop] = Ring(start + extra, 1 if 2 * pixels <= 2 * pi * least - _GAP else 2)
    return rings


def _widths(circles: Sequence[Circle], children: Mapping[int, list[int]], rings: Mapping[int, Ring]) -> list[float]:
    """Radians that each circle needs, with all who were found through it."""
    widths = [0.0] * len(circles)
    for place in range(len(circles) - 1, -1, -1):
        circle = circles[place]
        below = sum(widths[each] for each in children[place])
        own = 0.0
        if circle.hop:
            ring = rings[circle.hop]
            own = circle.slot * (2 if ring.rows == 1 else 1) / ring.radius
        widths[place] = max(own, below)
    return widths


def _in_rows(circles: Sequence[Circle], angles: Sequence[float], rings: Mapping[int, Ring]) -> list[Point]:
    points = [Point(angle, 0) for angle in angles]
    for hop, ring in rings.items():
        around = sorted((each for each in range(len(circles)) if circles[each].hop == hop), key=angles.__getitem__)
        for number, place in enumerate(around):
            points[place] = Point(angles[place], ring.radius + number % ring.rows * ROW)
    return points
