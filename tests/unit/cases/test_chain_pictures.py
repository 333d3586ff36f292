"""The picture of a chain, as a browser draws it."""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import combinations, pairwise
from math import hypot
from typing import NamedTuple

import pytest

from chalicelib.models.cases.kinds import ContactKind
from chalicelib.services.cases.chain_pictures import as_svg
from infra import ROOT
from tests.pictures import SVG, parsed
from tests.tools import program
from tests.unit.cases.chains import a_chain

EXAMPLE = ROOT / "docs" / "design" / "chain.svg"
"""`python -m tests.unit.cases.test_chain_pictures` draws it again."""

SIZES: tuple[list[int], ...] = ([], [4, 7], [11, 193], [9, 40, 70], [200, 49], [100, 899], [150, 1849])

MEASURE = """
<script>
const on_screen = (shape, x, y) => {
  const at = new DOMPoint(x, y).matrixTransform(shape.getScreenCTM());
  return [at.x, at.y];
};
const corners = text => {
  const box = text.getBBox();
  const place = ([x, y]) => on_screen(text, box.x + x * box.width, box.y + y * box.height);
  return [[0, 0], [1, 0], [1, 1], [0, 1]].map(place);
};
const pictures = [...document.querySelectorAll("svg")].map(svg => {
  const {left, top, right, bottom} = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")].map(each => [each.textContent, corners(each)]);
  const ids = [...svg.querySelectorAll(".id")].map(each => [each.textContent, corners(each)]);
  const circles = [...svg.querySelectorAll("circle.f")].map(each =>
    [...on_screen(each, each.cx.baseVal.value, each.cy.baseVal.value), each.r.baseVal.value]);
  return {frame: [[left, right], [top, bottom]], texts, ids, circles};
});
document.body.innerHTML = "";
document.body.textContent = JSON.stringify(pictures);
</script>
"""


class Text(NamedTuple):
    """A text in a picture, and the corners of its box."""

    text: str
    corners: list[tuple[float, float]]


class Drawn(NamedTuple):
    """What Chromium draws of a picture."""

    frame: list[tuple[float, float]]
    texts: list[Text]
    ids: list[Text]
    """Those of the texts that stand outside the circles."""
    circles: list[tuple[float, float, float]]


def example() -> str:
    return as_svg(a_chain([5, 18], seed=4))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Drawn]:
    """Of chains of all `SIZES`."""
    folder = tmp_path_factory.mktemp("pictures")
    page = folder / "page.html"
    page.write_text(
        "<!doctype html><meta charset=utf-8><body>" + "".join(as_svg(a_chain(each)) for each in SIZES) + MEASURE
    )
    command = [program("chromium", "chromium-browser", "google-chrome"), "--headless", "--no-sandbox"]
    command += [f"--user-data-dir={folder / 'chromium'}", "--virtual-time-budget=5000", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, check=True, capture_output=True, timeout=120, text=True)  # noqa: S603 - our own page
    found = re.search(r"<body[^>]*>(.*)</body>", done.stdout, re.DOTALL)
    assert found
    return [
        Drawn(
            each["frame"],
            [Text(*text) for text in each["texts"]],
            [Text(*text) for text in each["ids"]],
            each["circles"],
        )
        for each in json.loads(unescape(found[1]))
    ]


def overlap(one: Text, other: Text, least: float = 1.5) -> bool:
    """Whether two boxes share more than a border: no line separates them."""
    for corners in (one.corners, other.corners):
        for (x, y), (x2, y2) in pairwise(corners[:3]):
            length = ((x2 - x) ** 2 + (y2 - y) ** 2) ** 0.5
            across = ((x2 - x) / length, (y2 - y) / length)
            (low, high), (other_low, other_high) = (_shadow(each, across) for each in (one, other))
            if high - other_low < least or other_high - low < least:
                return False
    return True


def _shadow(text: Text, across: tuple[float, float]) -> tuple[float, float]:
    places = [x * across[0] + y * across[1] for x, y in text.corners]
    return min(places), max(places)


def near(texts: list[Text]) -> Iterator[tuple[Text, Text]]:
    for one, other in combinations(texts, 2):
        (x, y), (x2, y2) = one.corners[0], other.corners[0]
        if abs(x - x2) + abs(y - y2) < 900:
            yield one, other


@pytest.mark.parametrize("number", range(len(SIZES)), ids=map(str, SIZES))
def test_a_browser_draws_no_text_on_another_and_none_outside(pictures: Sequence[Drawn], number: int) -> None:
    frame, texts, _, _ = pictures[number]
    assert len(texts) > min(sum(SIZES[number]), 100)
    assert [(one.text, other.text) for one, other in near(texts) if overlap(one, other)] == []
    outside = [each.text for each in texts for corner in each.corners if not all(map(_within, corner, frame))]
    assert outside == []


@pytest.mark.parametrize("number", range(len(SIZES)), ids=map(str, SIZES))
def test_a_browser_draws_no_id_on_a_circle(pictures: Sequence[Drawn], number: int) -> None:
    _, _, ids, circles = pictures[number]
    covered = [
        each.text
        for each in ids
        for x, y, radius in circles
        for x2, y2 in [*each.corners, *map(_middle, each.corners, [*each.corners[1:], each.corners[0]])]
        if hypot(x - x2, y - y2) < radius - 1
    ]
    assert covered == []


def _within(place: float, ends: tuple[float, float]) -> bool:
    return ends[0] <= place <= ends[1]


def _middle(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def test_boxes_that_lie_on_each_other_are_noticed() -> None:
    box = Text("a", [(0, 0), (10, 0), (10, 5), (0, 5)])
    turned = Text("b", [(9, 0), (14, 5), (10, 9), (5, 4)])
    assert overlap(box, turned)
    assert not overlap(box, turned._replace(corners=[(x + 5, y) for x, y in turned.corners]))


def test_two_hundred_people_have_their_numbers_and_ids() -> None:
    chain = a_chain([11, 193])
    texts = [each.text for each in parsed(as_svg(chain)).iter(f"{SVG}text")]
    assert {str(each.number) for each in chain.persons[1:]} <= set(texts)
    assert {each.contact for each in chain.persons[12:]} <= set(texts)


@pytest.mark.parametrize("sizes", [[], [4, 7], [100, 899]], ids=str)
def test_a_picture_needs_nothing_from_outside_and_names_nobody(sizes: list[int]) -> None:
    chain = a_chain(sizes)
    svg = as_svg(chain)
    parsed(svg)
    assert not re.search(r"href|src=|url\(|@import|<script|<image|<foreignObject|\son\w+=", svg)
    assert svg.count("http") == 1  # the namespace
    assert not any(each.name in svg for each in chain.persons if each.name)


def test_the_legend_shows_the_kinds_that_are_drawn_and_no_others() -> None:
    chain = a_chain([6, 9], further=0)
    kinds = {each.kind for each in chain.edges}
    shown = set(re.findall(r'class="reason (\w+)" d="M0 0h48"', as_svg(chain)))
    assert shown == kinds
    assert all(f"\n.{kind} {{ stroke" in as_svg(chain) for kind in ContactKind)


def test_a_contact_who_became_a_case_is_marked() -> None:
    chain = a_chain([1])
    contact = chain.persons[1]._replace(state="became_case")
    assert 'class="f1 case"' in as_svg(chain._replace(persons=[chain.persons[0], contact]))


def test_texts_are_escaped() -> None:
    chain = a_chain([1])
    contact = chain.persons[1]._replace(contact="<b>&")
    assert "&lt;b&gt;&amp;" in as_svg(chain._replace(persons=[chain.persons[0], contact]))


def test_the_example_in_the_documentation_is_up_to_date() -> None:
    assert EXAMPLE.read_text() == example()


if __name__ == "__main__":
    EXAMPLE.write_text(example())
