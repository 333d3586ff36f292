"""Slips as PDF: black on white, the QR as vectors, one embedded font.

`pydyf` writes the objects of a PDF and leaves fonts to us. (fpdf2 and reportlab bring them, and Pillow: 50 and 30 MB
of package for one route.) All lengths are points; a page is drawn from its top downwards.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO
from unicodedata import normalize

import pydyf

from chalicelib.adapters.qr import QUIET_ZONE, dark_runs, modules
from chalicelib.data import read_bytes
from chalicelib.models.entry.slips import Paper, SlipPage, SlipPass

_MM = 72 / 25.4
_A6 = (105 * _MM, 148 * _MM)
_ROLL = 80 * _MM

_MARGIN = {Paper.A6: 5 * _MM, Paper.ROLL: 4 * _MM}
"""Thermal printers print 72 of 80 mm."""

_QR = 62 * _MM
"""Of one pass. Its modules are a millimetre."""
_QR_OF_MANY = {Paper.A6: 32 * _MM, Paper.ROLL: 50 * _MM}
_BESIDE = 40.0
"""The width of the code and the name beside a QR of many."""

_SPACING = 1.3
_LEAST_STEP = 6.5
"""The smallest size of the steps: printed on A6 it can still be read."""

_FONT = "NotoSans-Slip"


def pdf(pages: Sequence[SlipPage], paper: Paper, language: str) -> bytes:
    """The pages as one file. The same pages make the same bytes."""
    file = pydyf.PDF()
    file.catalog["Lang"] = pydyf.String(language)
    # Otherwise many programs would enlarge an A6 page to the sheet in the printer.
    file.catalog["ViewerPreferences"] = pydyf.Dictionary({"PrintScaling": "/None"})
    drawn = [_Drawing(paper).draw(page) for page in pages]
    fonts = pydyf.Dictionary({"F": _font(file, {each for one in drawn for each in one.shown})})
    for one in drawn:
        file.add_object(one.content)
        file.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": file.pages.reference,
                    "MediaBox": pydyf.Array([0, 0, round(one.width, 2), round(one.height, 2)]),
                    "Contents": one.content.reference,
                    "Resources": pydyf.Dictionary({"Font": fonts}),
                }
            )
        )
    out = BytesIO()
    file.write(out)
    return out.getvalue()


class _Drawing:
    """A page while it is drawn. `y` is how far down it has come."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.width = _A6[0] if paper is Paper.A6 else _ROLL
        self.height = 0.0
        self.margin = _MARGIN[paper]
        self.inner = self.width - 2 * self.margin
        self.y = self.margin
        self.shown: set[str] = set()
        self.content = pydyf.Stream(compress=True)

    def draw(self, page: SlipPage) -> "_Drawing":
        """Draw the page on this drawing, and return it."""
        self._centred(page.title, 11)
        if len(page.passes) == 1:
            self._one(page.passes[0])
        else:
            self._many(page.passes)
        self._centred(page.ends, 12 if len(page.passes) == 1 else 10.5, bold=True)
        if page.gate:
            self._centred(page.gate, 9)
        self._steps(page)
        self._centred(page.hotline, 9, bold=True)
        self.height = _A6[1] if self.paper is Paper.A6 else self.y + self.margin
        # PDF counts from the bottom, which is known only now.
        self.content.stream.insert(0, f"1 0 0 1 0 {self.height:.2f} cm")
        return self

    def _one(self, each: SlipPass) -> None:
        side = min(_QR, self.inner)
        self._qr(each.token, (self.width - side) / 2, side)
        self.y += side
        self._centred(each.code, 18, bold=True)
        self._centred(each.name, 11)

    def _many(self, passes: Sequence[SlipPass]) -> None:
        """A QR with its code in four lines beside it: under it they would make it smaller."""
        side = _QR_OF_MANY[self.paper]
        columns = max(1, int(self.inner // (side + _BESIDE)))
        step = self.inner / columns
        for number, each in enumerate(passes):
            left = self.margin + step * (number % columns)
            self._qr(each.token, left, side)
            width = step - side
            size = min(side / 8, width / 2.6)
            top = self.y + size * 0.85
            for part in each.code.split("-"):
                self._text(part, left + side, top + size * 0.3, size, bold=True)
                top += size * _SPACING
            for part in each.name.split():
                small = _fitting(part, 8, width)
                self._text(part, left + side, top + size * 0.3, small)
                top += small * _SPACING
            if number % columns == columns - 1 or number == len(passes) - 1:
                self.y += side

    def _steps(self, page: SlipPage) -> None:
        """As many whole steps as fit, in the largest size in which all fit."""
        room = _A6[1] - self.margin - self.y - 9 * _SPACING - 4 if self.paper is Paper.A6 else float("inf")
        size = 9.0
        while size > _LEAST_STEP and _height(page.steps, size, self.inner) > room:
            size -= 0.5
        steps = list(page.steps)
        while steps and _height(steps, size, self.inner) > room:
            steps.pop()
        for step in steps:
            for number, line in enumerate(_wrapped(step, size, self.inner - size)):
                self.y += size * _SPACING
                if number == 0:
                    self._text("•", self.margin, self.y, size)
                self._text(line, self.margin + size, self.y, size)
        if steps:
            self.y += 4

    def _centred(self, text: str, size: float, *, bold: bool = False) -> None:
        text = normalize("NFC", text)
        size = _fitting(text, size, self.inner)
        self.y += size * _SPACING
        self._text(text, (self.width - _width(text, size)) / 2, self.y - size * 0.15, size, bold=bold)

    def _text(self, text: str, x: float, y: float, size: float, *, bold: bool = False) -> None:
        self.shown |= {*text}
        content = self.content
        content.begin_text()
        content.set_font_size("F", round(size, 2))
        # One font is enough: its outlines are drawn, too.
        content.set_text_rendering(2 if bold else 0)
        content.set_line_width(round(size / 40, 3))
        content.set_text_matrix(1, 0, 0, 1, round(x, 2), round(-y, 2))
        content.show_text("<" + "".join(f"{_glyph(each)[0]:04x}" for each in text) + ">")
        content.end_text()

    def _qr(self, token: str, x: float, side: float) -> None:
        matrix = modules(token)
        module = side / (len(matrix) + 2 * QUIET_ZONE)
        content = self.content
        content.push_state()
        left, top = x + QUIET_ZONE * module, self.y + QUIET_ZONE * module
        content.set_matrix(round(module, 4), 0, 0, round(-module, 4), round(left, 2), round(-top, 2))
        # One path for all: between shapes that are filled one by one, screens show hairlines.
        for y, row in enumerate(matrix):
            for start, end in dark_runs(row):
                content.rectangle(start, y, end - start, 1)
        content.fill()
        content.pop_state()


@cache
def _glyphs() -> dict[str, tuple[int, int]]:
    """The glyph and the width of each character that the font has."""
    known: dict[str, list[int]] = json.loads(read_bytes("fonts", f"{_FONT}.json"))
    return {character: (glyph, width) for character, (glyph, width) in known.items()}


def _glyph(character: str) -> tuple[int, int]:
    """Of a character that the font lacks: a box, so that a reader sees that something is missing."""
    return _glyphs().get(character, (0, 600))


def _width(text: str, size: float) -> float:
    return sum(_glyph(each)[1] for each in text) * size / 1000


def _fitting(text: str, size: float, width: float) -> float:
    """The size, or a smaller one in which the text is not wider than this."""
    return min(size, width / max(_width(text, 1), 0.01))


def _wrapped(text: str, size: float, width: float) -> list[str]:
    """The lines of a text."""
    lines: list[str] = []
    line = ""
    for word in normalize("NFC", text).split():
        longer = f"{line} {word}".strip()
        if line and _width(longer, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines


def _height(steps: Iterable[str], size: float, width: float) -> float:
    return sum(len(_wrapped(each, size, width - size)) for each in steps) * size * _SPACING


def _font(file: pydyf.PDF, shown: Iterable[str]) -> bytes:
    """The font in the file, its reference (PDF 32000-1:2008, 9.7). `shown` are the characters that pages have."""
    outlines = read_bytes("fonts", f"{_FONT}.ttf")
    program = pydyf.Stream([outlines], pydyf.Dictionary({"Length1": len(outlines)}), compress=True)
    file.add_object(program)
    descriptor = pydyf.Dictionary(
        {
            "Type": "/FontDescriptor",
            "FontName": f"/{_FONT}",
            "Flags": 4,
            "FontBBox": pydyf.Array([-351, -241, 960, 1048]),
            "ItalicAngle": 0,
            "Ascent": 1069,
            "Descent": -293,
            "CapHeight": 714,
            "StemV": 80,
            "FontFile2": program.reference,
        }
    )
    file.add_object(descriptor)
    used = sorted((*_glyph(each), each) for each in shown)
    descendant = pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/CIDFontType2",
            "BaseFont": f"/{_FONT}",
            "CIDSystemInfo": pydyf.Dictionary(
                {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("Identity"), "Supplement": 0}
            ),
            "FontDescriptor": descriptor.reference,
            "W": pydyf.Array([part for glyph, width, _ in used for part in (glyph, pydyf.Array([width]))]),
            "CIDToGIDMap": "/Identity",
        }
    )
    file.add_object(descendant)
    # What a glyph is as text: for search, for copying and for screen readers.
    lines = [f"<{glyph:04x}> <{each.encode('utf-16-be').hex()}>" for glyph, _, each in used]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    to_unicode = pydyf.Stream(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def",
            "1 begincodespacerange <0000> <ffff> endcodespacerange",
            *(line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")),
            "endcmap end end",
        ],
        compress=True,
    )
    file.add_object(to_unicode)
    font = pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/Type0",
            "BaseFont": f"/{_FONT}",
            "Encoding": "/Identity-H",
            "DescendantFonts": pydyf.Array([descendant.reference]),
            "ToUnicode": to_unicode.reference,
        }
    )
    file.add_object(font)
    return bytes(font.reference)
