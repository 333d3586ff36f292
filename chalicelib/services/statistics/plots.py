"""Figures as a picture, for reports and pages: SVG without external files, scripts or fonts.

A panel for each series, with a bar for each day or bucket. What is not known is hatched, and is not a bar of 0. The
same figures have the same picture.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from chalicelib.data import words

_WIDTH, _MARGIN = 760, 56
_PANEL, _PLOT = 190, 104
"""Pixels of a panel's height, and of its highest bar."""
_HEAD, _FOOT = 58, 40
_MOST_LABELS = 12
"""Labels below the bars of a panel: the others have no room."""
_TICKS = (1, 2, 5)

_FONT = "'Noto Sans', 'Segoe UI', Roboto, Arial, Helvetica, sans-serif"
# Attributes, no style sheet: an answer's Content-Security-Policy forbids that where the picture is opened by itself.
_TEXT = f'font-family="{_FONT}" font-size="12" fill="#1f2328"'
_AXIS = 'font-size="10" fill="#57606a"'
_KNOWN, _UNKNOWN = "#0b5fa5", "url(#unknown)"
"""What bars are filled with."""


class Bar(NamedTuple):
    """`value` is None if it is not known, or not public."""

    label: str
    value: int | None


class Panel(NamedTuple):
    """The bars of a series."""

    title: Mapping[str, str]
    bars: Sequence[Bar]


def as_svg(title: Mapping[str, str], source: str, panels: Sequence[Panel]) -> str:
    """A whole file. `source` is a line below the panels."""
    texts = words("publications")["plots"]
    height = _HEAD + _PANEL * max(1, len(panels)) + _FOOT
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    drawn = [part for number, panel in enumerate(panels) for part in _panel(panel, _HEAD + _PANEL * number)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {_TEXT} role="img" aria-labelledby="title description">',
            f'<title id="title">{_both(title)}</title>',
            f'<desc id="description">{escape("; ".join(_described(each) for each in panels))}</desc>',
            (
                '<defs><pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse">'
                '<path d="M0 6L6 0" stroke="#8c959f" stroke-width="1"/></pattern></defs>'
            ),
            f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
            f'<text font-size="17" font-weight="bold" x="{_MARGIN}" y="32">{_spans(title)}</text>',
            *(drawn or [f'<text x="{_MARGIN}" y="{_HEAD + 20}">{_spans(texts["none"])}</text>']),
            f'<text {_AXIS} x="{_MARGIN}" y="{height - 24}">{_both(texts["not_counted"])}</text>',
            f'<text {_AXIS} x="{_MARGIN}" y="{height - 9}">{escape(source)}</text>',
            "</svg>",
            "",
        ]
    )


def _panel(panel: Panel, top: int) -> list[str]:
    bottom, width = top + 28 + _PLOT, _WIDTH - 2 * _MARGIN
    highest = _round_up(max((each.value or 0 for each in panel.bars), default=0))
    parts = [f'<text font-weight="bold" x="{_MARGIN}" y="{top + 14}">{_spans(panel.title)}</text>']
    for share in (0, 0.5, 1):
        y = bottom - _PLOT * share
        parts.append(f'<path stroke="#d0d7de" d="M{_MARGIN} {_n(y)}H{_WIDTH - _MARGIN}"/>')
        parts.append(
            f'<text {_AXIS} text-anchor="end" x="{_MARGIN - 6}" y="{_n(y + 3)}">{_number(highest * share)}</text>'
        )
    step = width / max(1, len(panel.bars))
    every = -(-len(panel.bars) // _MOST_LABELS) or 1
    for number, bar in enumerate(panel.bars):
        left = _MARGIN + step * number
        tall = _PLOT if bar.value is None else _PLOT * bar.value / highest
        shape = f'x="{_n(left + step * 0.1)}" y="{_n(bottom - tall)}" width="{_n(step * 0.8)}" height="{_n(tall)}"'
        fill, text = (_UNKNOWN, bar.label) if bar.value is None else (_KNOWN, f"{bar.label}: {bar.value}")
        parts.append(f'<rect fill="{fill}" {shape}><title>{escape(text)}</title></rect>')
        if number % every == 0:
            at = f'x="{_n(left + step / 2)}" y="{bottom + 14}"'
            parts.append(f'<text {_AXIS} text-anchor="middle" {at}>{escape(bar.label)}</text>')
    return parts


def _described(panel: Panel) -> str:
    known = [each.value for each in panel.bars if each.value is not None]
    return f"{panel.title['en']}: {sum(known)}"


def _round_up(count: int) -> int:
    """The next number of 1, 2 or 5 and zeros."""
    power = 1
    while True:
        for each in _TICKS:
            if each * power >= max(count, 2):
                return each * power
        power *= 10


def _number(value: float) -> str:
    return f"{value:,.10g}".replace(",", " ")


def _spans(text: Mapping[str, Any]) -> str:
    return f'{escape(text["vi"])} <tspan fill="#57606a" font-weight="normal">{escape(text["en"])}</tspan>'


def _both(text: Mapping[str, Any]) -> str:
    return escape(f"{text['vi']} / {text['en']}")


def _n(value: float) -> str:
    """A short number, the same on every machine."""
    return f"{round(value, 1) + 0:g}"
