"""A case's chain as a picture for a report: SVG without external files, scripts or names.

Colours only repeat what rings, line styles and texts show, so it can be printed in grey.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import degrees, pi
from typing import Any
from xml.sax.saxutils import escape

from chalicelib.data import words
from chalicelib.models.cases.chains import Chain, ChainPerson
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.cases.works import WorkKind
from chalicelib.services.cases.chain_layouts import (
    GROUP_RADIUS,
    ID_LENGTH,
    MOST_DRAWN,
    Layout,
    Point,
    laid_out,
)

_MARGIN, _LEAST_WIDTH = 24, 820
_HEAD = 66
"""Pixels above the rings."""
_LINE = 24
"""Pixels of a line of the legend."""
_LEFT, _RIGHT = 356, 416
"""Pixels of its columns."""
_BESIDE_LINE = 9
"""Pixels between the line to the next ring and the middle of the id beside it."""
_NOTE = 15
"""Pixels of a line of its notes."""
_STATES: Mapping[str, str] = {WorkKind.BECAME_CASE: " case", WorkKind.CLEARED: " cleared"}
"""The styles of states that a picture shows."""
_MIXED = "mixed"
"""The style of a line to several people with different reasons."""

_Entry = tuple[str, Mapping[str, str], str]
"""A symbol of the legend, its meaning, and the text after it."""

_STYLE = """
text { font: 12px "Noto Sans", "Segoe UI", Roboto, Arial, Helvetica, sans-serif; fill: #1f2328 }
.title { font-size: 18px; font-weight: bold } .en { fill: #57606a; font-weight: normal } .note { font-size: 11px }
.number { font-size: 10px; font-weight: bold; text-anchor: middle } .f0 .number { font-size: 13px; fill: #fff }
.long { font-size: 8px }
.id { font: 9px ui-monospace, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; fill: #57606a;
 paint-order: stroke; stroke: #fff; stroke-width: 2px }
.left { text-anchor: end }
.ring { font-size: 13px; font-weight: bold; text-anchor: middle; fill: #57606a }
.band { fill: none } .band.f1 { stroke: #fdf1e3 } .band.f2 { stroke: #fdf8dc } .band.f3 { stroke: #e8f4fa }
circle.f { stroke: #57606a; stroke-width: .8 }
.f0 circle.f { fill: #b3261e; stroke: #7a1a15 } .f1 circle.f { fill: #f6a04d; stroke: #a85d10 }
.f2 circle.f { fill: #ffe082; stroke: #a88a1d } .f3 circle.f { fill: #a9d6ee; stroke: #3e7c9c }
.case circle.f { stroke: #b3261e; stroke-width: 3.5 } .cleared circle.f { fill: #fff; stroke-width: 1.6 }
.back { fill: #fff; stroke: #57606a; stroke-width: .8 }
.branch { fill: none; stroke: #8c959f; stroke-width: 1 }
.reason { fill: none } .further { fill: none; opacity: .45 }
.declaration { stroke: #1f2328; stroke-width: 2.8 }
.vehicle { stroke: #0b5fa5; stroke-width: 1.6 }
.household { stroke: #8a2f9e; stroke-width: 2; stroke-dasharray: 8 3 }
.host { stroke: #00796b; stroke-width: 1.8; stroke-dasharray: 8 2.5 2 2.5 }
.service { stroke: #9a4a00; stroke-width: 1.8; stroke-dasharray: 4 2.5 }
.checkpoint { stroke: #b3261e; stroke-width: 2; stroke-dasharray: 2 2.5 }
.commune { stroke: #6e7781; stroke-width: 2.2; stroke-dasharray: 0 6; stroke-linecap: round }
.mixed { stroke: #57606a; stroke-width: 1.2 }
"""


def as_svg(chain: Chain, *, most: int = MOST_DRAWN) -> str:
    """A whole file. If there are more people than `most`, some circles represent several of them.

    The same chain has the same picture. It shows numbers and ids of contacts, never a name.
    """
    layout = laid_out(chain, most=most)
    half = _half(layout)
    width = max(_LEAST_WIDTH, 2 * (half + _MARGIN))
    scale = max(1.0, width / 1000)  # a wide picture is made smaller on a page, so its legend is larger
    legend, legend_height = _legend(chain, layout, width / scale)
    rings = _HEAD * scale + 2 * half + 12
    height = rings + (legend_height + _MARGIN) * scale
    size = f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
    title = _words()["title"]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title description">',
            f'<title id="title">{title["vi"]} / {title["en"]}</title>',
            f'<desc id="description">{escape(_described(chain))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{_n(width)}" height="{_n(height)}" fill="#fff"/>',
            f'<g transform="scale({_n(scale, 3)})">',
            f'<text class="title" x="{_MARGIN}" y="34">{title["vi"]} <tspan class="en">{title["en"]}</tspan></text>',
            f'<text x="{_MARGIN}" y="54">{escape(_described(chain))}</text>',
            "</g>",
            f'<g transform="translate({_n(width / 2)} {_n(_HEAD * scale + half)})">',
            *_bands(layout),
            *_lines(layout),
            *_circles(layout),
            "</g>",
            f'<g transform="translate(0 {_n(rings)}) scale({_n(scale, 3)})">',
            *legend,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _half(layout: Layout) -> float:
    """Pixels from the case to the picture's edges."""
    if not layout.rings:
        return 60
    return list(layout.rings.values())[-1].ids + ID_LENGTH


def _bands(layout: Layout) -> Iterator[str]:
    for hop, ring in sorted(layout.rings.items(), reverse=True):
        middle, width = (ring.radius + ring.outer) / 2, ring.outer - ring.radius + 2 * GROUP_RADIUS + 6
        yield f'<circle class="band {_hop(hop)}" r="{_n(middle)}" stroke-width="{_n(width)}"/>'
        yield f'<text class="ring" y="{_n(4.5 - middle)}">F{hop}</text>'


def _lines(layout: Layout) -> Iterator[str]:
    """Lines between circles: from each circle to a branch before the next ring, and from there in the style of the
    kind."""
    circles, points = layout.circles, layout.points
    branches: dict[tuple[int, int], list[Point]] = {}
    reasons = []
    for circle, point in zip(circles, points, strict=True):
        if circle.parent is None:
            continue
        start = points[circle.parent]
        if circle.parent:
            start = point.at(layout.rings[circle.hop].branch)
            branches.setdefault((circle.parent, circle.hop), []).append(start)
        reasons.append(_line(start, point, f"reason {circle.kind or _MIXED}"))
    places = {each.person.number: point for each, point in zip(circles, points, strict=True) if each.person}
    for edge in layout.further:
        yield _further(places[edge.through], places[edge.person], edge.kind)
    for (parent, _), ends in branches.items():
        yield _branch(points[parent], ends)
    yield from reasons


def _branch(parent: Point, ends: Sequence[Point]) -> str:
    """A line outwards, and an arc past all ends."""
    turn = parent.at(ends[0].distance)
    around = sorted([turn, *ends])
    arcs = "".join(f"A{_n(turn.distance)} {_n(turn.distance)} 0 0 1 {_xy(each)}" for each in around[1:])
    return f'<path class="branch" d="M{_xy(parent)}L{_xy(turn)}M{_xy(around[0])}{arcs}"/>'


def _further(start: Point, end: Point, kind: ContactKind) -> str:
    middle = (start.distance + end.distance) / 2
    bend = f"C{_xy(start.at(middle))} {_xy(end.at(middle))} {_xy(end)}"
    return f'<path class="further {kind}" d="M{_xy(start)}{bend}"/>'


def _circles(layout: Layout) -> Iterator[str]:
    parents = {circle.parent for circle in layout.circles}
    for place, (circle, point) in enumerate(zip(layout.circles, layout.points, strict=True)):
        person, where = circle.person, f'cx="{_n(point.x)}" cy="{_n(point.y)}"'
        if person is None:
            style, text, radius = _hop(circle.hop), f"×{circle.people}", circle.radius - 2
            yield f'<circle class="back" cx="{_n(point.x + 3)}" cy="{_n(point.y - 3)}" r="{radius - 1}"/>'
        else:
            style, text, radius = _hop(circle.hop) + _state(person), str(person.number), circle.radius
        below = 3.6
        if circle.hop == 0:
            text, below = "F0", 4.7
        long = " long" if len(text) > (3 if person else 4) else ""
        number = f'<text class="number{long}" x="{_n(point.x)}" y="{_n(point.y + below)}">{text}</text>'
        yield f'<g class="{style}"><circle class="f" {where} r="{radius}"/>{number}</g>'
        if person and person.contact and layout.has_id[place]:
            yield _id(person.contact, point.at(layout.rings[circle.hop].ids), beside_line=place in parents)


def _id(contact: str, point: Point, *, beside_line: bool) -> str:
    """A contact's id, outwards from its circle. On the left it is turned, so that nothing is upside down."""
    on_left = point.angle % (2 * pi) > pi
    turned = degrees(point.angle) + (90 if on_left else -90)
    x, style = (-point.distance, "id left") if on_left else (point.distance, "id")
    place = f'transform="rotate({_n(turned, 2)})" x="{_n(x)}" y="{3 + (_BESIDE_LINE if beside_line else 0)}"'
    return f'<text class="{style}" {place}>{escape(contact)}</text>'


def _legend(chain: Chain, layout: Layout, width: float) -> tuple[list[str], float]:
    """Its parts, and its height."""
    known = _words()
    left = (width - _LEFT - _RIGHT) / 2
    notes = [known["line"], *([known["numbers"]] if any(layout.has_id) else [])]
    if layout.left_out:
        notes.append({name: text.format(n=layout.left_out) for name, text in known["left_out"].items()})
    columns = [(left, 44, _of_circles(chain, layout)), (left + _LEFT, 62, _of_lines(layout))]
    parts = [
        f'<g transform="translate({_n(x)} {_n(_LINE * number)})">{sign}'
        f'<text x="{beside}" y="4">{text["vi"]} <tspan class="en">· {text["en"]}</tspan>{more}</text></g>'
        for x, beside, entries in columns
        for number, (sign, text, more) in enumerate(entries, 1)
    ]
    y = _LINE * (1 + max(len(entries) for _, _, entries in columns)) + 6
    for number, (note, language) in enumerate((note, language) for note in notes for language in ("vi", "en")):
        place = f'x="{_n(left)}" y="{_n(y + _NOTE * number)}"'
        parts.append(f'<text class="note {language}" {place}>{note[language]}</text>')
    return parts, y + _NOTE * 2 * len(notes)


def _of_circles(chain: Chain, layout: Layout) -> list[_Entry]:
    known = _words()
    hops = Counter(each.hop for each in chain.persons)
    shown = {_state(each.person) for each in layout.circles if each.person}
    entries: list[_Entry] = [
        (_sign(_hop(hop)), known["hops"][str(min(hop, 3))], f": {count}") for hop, count in sorted(hops.items())
    ]
    entries += [(_sign(f"f1{state}"), known[name], "") for name, state in _STATES.items() if state in shown]
    if any(each.person is None for each in layout.circles):
        entries.append((f'<circle class="back" cx="19" cy="-3" r="8"/>{_sign("f1", "×9")}', known["group"], ""))
    return entries


def _of_lines(layout: Layout) -> list[_Entry]:
    known = _words()
    drawn = {each.kind for each in layout.circles[1:]}
    kinds = [each for each in ContactKind if each in drawn or each in {edge.kind for edge in layout.further}]
    entries: list[_Entry] = [(f'<path class="reason {each}" d="M0 0h48"/>', known["kinds"][each], "") for each in kinds]
    if None in drawn:
        entries.append((f'<path class="reason {_MIXED}" d="M0 0h48"/>', known["mixed"], ""))
    if layout.further:
        kind = layout.further[0].kind
        entries.append((f'<path class="further {kind}" d="M0 4c16 -11 32 -11 48 0"/>', known["further"], ""))
    return entries


def _sign(style: str, text: str = "") -> str:
    within = f'<text class="number" x="16" y="3.3">{text}</text>' if text else ""
    return f'<g class="{style}"><circle class="f" cx="16" r="9"/>{within}</g>'


def _described(chain: Chain) -> str:
    hops = Counter(each.hop for each in chain.persons)
    people = _words()["people"]
    total = f"{people['vi']} / {people['en']}".format(n=len(chain.persons))
    return " · ".join([total, *(f"F{hop}: {count}" for hop, count in sorted(hops.items()))])


def _words() -> Mapping[str, Any]:
    found: Mapping[str, Any] = words("cases")["chain"]
    return found


def _hop(hop: int) -> str:
    return f"f{min(hop, 3)}"


def _state(person: ChainPerson) -> str:
    return _STATES.get(person.state or "", "")


def _line(start: Point, end: Point, kind: str) -> str:
    return f'<path class="{kind}" d="M{_xy(start)}L{_xy(end)}"/>'


def _xy(point: Point) -> str:
    return f"{_n(point.x)} {_n(point.y)}"


def _n(value: float, digits: int = 1) -> str:
    """A short number, the same on every machine."""
    return f"{round(value, digits) + 0:g}" if abs(value) < 100_000 else str(round(value))
