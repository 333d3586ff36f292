"""Series: what cells are made of, and what readers learn about them."""

from datetime import date

import pytest
from pydantic_core import from_json

from chalicelib.data import read_bytes
from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import one
from chalicelib.models.statistics.figures import Family, Figure, total
from chalicelib.models.statistics.series import SERIES

DAY = date(2021, 7, 22)


def test_every_series_has_a_title_and_a_definition_in_both_languages() -> None:
    words = from_json(read_bytes("words", "statistics.json"))["series"]
    assert {(family, name) for family, names in words.items() for name in names} == {*SERIES}
    for names in words.values():
        for each in names.values():
            assert {kind: sorted(each[kind]) for kind in each} == {"title": ["en", "vi"], "definition": ["en", "vi"]}


def test_every_family_counts_what_came_late() -> None:
    assert {family for family, name in SERIES if name == series.LATE} == {*Family}


@pytest.mark.parametrize(
    ("value", "bucket"), [(-3, "0"), (0, "0"), (4.99, "0"), (5, "5"), (29.9, "25"), (30, "30"), (10_000, "360")]
)
def test_a_value_is_in_the_bucket_that_begins_at_or_before_it(value: float, bucket: str) -> None:
    assert series.FROM_DECLARATION.bucket(value) == bucket


def test_edges_begin_with_zero_and_grow() -> None:
    for each in SERIES.values():
        assert list(each.edges) == sorted(set(each.edges))
        assert not each.edges or each.edges[0] == 0


def test_a_counter_has_the_name_that_its_figure_is_read_from() -> None:
    figure = one(DAY, series.CROSSINGS_IN, "an-hoa", "07", "admit", count=3)
    assert figure.counter == "crossings_in|an-hoa|07|admit"
    assert Figure.of_counter(DAY, Family.GATES, figure.counter, 3) == figure


def test_a_series_without_parts_has_one_cell() -> None:
    figure = one(DAY, series.CASE_ENDS)
    assert figure.counter == "case_ends"
    assert Figure.of_counter(DAY, Family.CASES, "case_ends", 1) == figure


def test_what_adds_up_to_nothing_is_no_figure() -> None:
    figure = one(DAY, series.CASE_ENDS)
    assert total([figure, figure]) == [figure._replace(count=2)]
    assert total([figure, figure._replace(count=-1)]) == []
