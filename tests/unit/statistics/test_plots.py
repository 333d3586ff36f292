"""Pictures of figures."""

from xml.etree import ElementTree

from chalicelib.services.statistics.plots import Bar, Panel, as_svg

TITLE = {"vi": "Chốt <An Hòa>", "en": "Gates & roads"}
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*bars: Bar) -> ElementTree.Element:
    return ElementTree.fromstring(as_svg(TITLE, "2021-07-22", [Panel(TITLE, bars)]))  # noqa: S314 - our own


def test_a_bar_for_each_day_and_a_hatched_one_for_what_is_not_known() -> None:
    shown = {
        each.findtext(f"{SVG}title"): (each.attrib["fill"], float(each.attrib["height"]))
        for each in drawn(Bar("20/07", 1000), Bar("21/07", 250), Bar("22/07", None)).iter(f"{SVG}rect")
        if "x" in each.attrib
    }
    assert shown == {"20/07: 1000": ("#0b5fa5", 104), "21/07: 250": ("#0b5fa5", 26), "22/07": ("url(#unknown)", 104)}


def test_zero_is_a_bar_without_height() -> None:
    heights = [float(each.attrib["height"]) for each in drawn(Bar("a", 0)).iter(f"{SVG}rect") if "x" in each.attrib]
    assert heights == [0]


def test_many_days_have_few_labels() -> None:
    labels = [each.text for each in drawn(*(Bar(str(day), day) for day in range(92))).iter(f"{SVG}text")]
    assert len([each for each in labels if each and each.isdecimal()]) < 20


def test_a_family_without_public_series_says_so() -> None:
    assert "Không có số liệu" in as_svg(TITLE, "", [])


def test_the_same_figures_have_the_same_picture() -> None:
    panels = [Panel(TITLE, [Bar("a", 3)])]
    assert as_svg(TITLE, "x", panels) == as_svg(TITLE, "x", panels)


def test_it_needs_no_style_sheet() -> None:
    """An answer's Content-Security-Policy forbids it where the picture is opened by itself."""
    picture = as_svg(TITLE, "x", [Panel(TITLE, [Bar("a", 3), Bar("b", None)])])
    assert "style" not in picture
    assert "class" not in picture
