"""The result as a picture: a bar for each request, now and at the last release, beside the line of `bare`.

It has its own background, and colours for light and dark mode. Shapes repeat the information of the colours.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from bench.ratios import COLD, WARM, Judged
from bench.table import TITLES, VARIANTS

_WIDTH, _LABELS, _COLUMN, _MARGIN = 904, 190, 354, 16
_LEGEND, _ROW, _HEAD = 56, 28, 76
_UNIT, _LONGEST = 80, 2.5
"""Pixels of a ratio of 1, and the ratio at which bars are cut."""
_STARTS = {COLD: "cold start, to the first answer", WARM: "warm (of a group or a batch: each crossing)"}

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.ground { fill: #ffffff } .now { fill: #0969da } .released { fill: #afb8c1 }
.bare { stroke: #1f2328; stroke-dasharray: 3 3 } .goal { fill: #bc4c00 } .edge { stroke: #ffffff }
@media (prefers-color-scheme: dark) {
 text { fill: #e6edf3 }
 .ground { fill: #0d1117 } .now { fill: #58a6ff } .released { fill: #57606a }
 .bare { stroke: #e6edf3 } .goal { fill: #ffa657 } .edge { stroke: #0d1117 }
}
"""


def svg(judged: Sequence[Judged], results: Mapping[str, Any], released: Mapping[str, Any]) -> str:
    """A whole file."""
    body: list[str] = []
    top = _LEGEND
    for variant in reversed(VARIANTS):  # the one with sockets first: it is nearer to what happens
        found = [each for each in judged if each.variant == variant]
        body += _block(variant, found, top)
        top += _HEAD + _ROW * len(_names(found))
    height = top + _MARGIN
    title = "CPU of a request, against that of a bare handler's declaration"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"',
            f' width="{_WIDTH}" height="{height}" role="img" aria-labelledby="title description">',
            f'<title id="title">{title}</title>',
            f'<desc id="description">{escape(_described(judged))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{_WIDTH}" height="{height}"/>',
            _text(_MARGIN, 26, title + ". Shorter is better.", "title"),
            *_legend(results, released),
            *body,
            "</svg>",
            "",
        ]
    )


def _legend(results: Mapping[str, Any], released: Mapping[str, Any]) -> Iterator[str]:
    middle = 44
    x = _MARGIN
    yield f'<rect class="now" x="{x}" y="{middle - 5}" width="24" height="10"/>'
    yield _text(x + 30, middle + 4, f"now ({results['date']})")
    if released:
        yield f'<rect class="released" x="{x + 160}" y="{middle - 2}" width="24" height="4"/>'
        yield _text(x + 190, middle + 4, f"last release ({released['date']})")
    yield _diamond(x + 390, middle)
    yield _text(x + 402, middle + 4, "goal")
    yield _bare_line(x + 460, middle - 8, middle + 8)
    yield _text(x + 470, middle + 4, "bare's declaration = 1")


def _block(variant: str, judged: Sequence[Judged], top: int) -> Iterator[str]:
    """A variant: its rows, with a column for cold and one for warm."""
    names = _names(judged)
    first = top + _HEAD - 12
    yield _text(_MARGIN, top + 36, VARIANTS[variant], "title")
    for number, name in enumerate(names):
        yield _text(_MARGIN, first + _ROW * number + 18, TITLES[name])
    for column, start in enumerate(_STARTS):
        left = _LABELS + _COLUMN * column
        yield _text(left, top + 58, _STARTS[start])
        for each in judged:
            if each.start == start:
                yield from _bars(each, left, first + _ROW * names.index(each.row))
        yield _bare_line(left + _UNIT, first, first + _ROW * len(names))


def _bars(each: Judged, left: int, top: int) -> Iterator[str]:
    now = each.ratio.median
    length = _length(now)
    yield f'<rect class="now" x="{left}" y="{top + 4}" width="{length}" height="12"/>'
    words = f"{now:.2f}" + (" (cut)" if now > _LONGEST else "")
    if each.released is not None:
        yield f'<rect class="released" x="{left}" y="{top + 18}" width="{_length(each.released)}" height="4"/>'
        length = max(length, _length(each.released))
        words += f", was {each.released:.2f}" if each.released != now else ""
    if each.goal is not None:
        yield _diamond(left + _length(each.goal), top + 10)
    yield _text(left + length + 6, top + 17, words)


def _length(ratio: float) -> int:
    return round(min(ratio, _LONGEST) * _UNIT)


def _bare_line(x: int, top: int, bottom: int) -> str:
    return f'<line class="bare" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'


def _diamond(x: int, y: int) -> str:
    return f'<path class="goal edge" d="M{x} {y - 7}l6 7l-6 7l-6-7z"/>'


def _text(x: int, y: int, words: str, kind: str = "plain") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(words)}</text>'


def _names(judged: Sequence[Judged]) -> list[str]:
    return [name for name in TITLES if any(each.row == name for each in judged)]


def _described(judged: Sequence[Judged]) -> str:
    """All ratios as text, for screen readers."""
    sentences = []
    for each in judged:
        before = "" if each.released is None else f", {each.released:.2f} at the last release"
        goal = "" if each.goal is None else f", goal {each.goal:.2f} {'met' if each.met else 'missed'}"
        what = f"{VARIANTS[each.variant]}, {each.start}, {TITLES[each.row]}"
        sentences.append(f"{what}: {each.ratio.median:.2f}{before}{goal}.")
    return " ".join(sentences)
