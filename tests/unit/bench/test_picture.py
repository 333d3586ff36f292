from xml.etree.ElementTree import Element

from bench.picture import svg
from bench.rows import ROWS
from tests.pictures import SVG, parsed
from tests.unit.bench.results import judged, released, results


def _picture() -> Element:
    before = released(1.6)
    return parsed(svg(judged(before), results(), before))


def test_every_row_is_drawn_in_each_variant() -> None:
    picture = _picture()
    texts = [each.text for each in picture.iter(f"{SVG}text")]
    for row in ROWS:
        assert texts.count(row.title) == 2, row.title


def test_every_ratio_has_a_bar_now_and_at_the_release() -> None:
    bars = [each.get("class") for each in _picture().iter(f"{SVG}rect")]
    ratios = len(judged(released(1.6)))
    of_the_legend = 1
    assert bars.count("now") == bars.count("released") == ratios + of_the_legend


def test_who_does_not_see_it_reads_a_title_and_every_ratio() -> None:
    picture = _picture()
    assert picture.get("role") == "img"
    assert picture.findtext(f"{SVG}title")
    described = picture.findtext(f"{SVG}desc") or ""
    assert described.count("0.80, 1.60 at the last release") == len(judged(released(1.6)))
