"""Where the people of a chain stand in its picture."""

from itertools import combinations
from math import hypot
from random import Random

import pytest

from chalicelib.models.cases.chains import Chain
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.services.cases.chain_layouts import MOST_DRAWN, Layout, laid_out
from tests.unit.cases.chains import a_chain

SHAPES = [[], [1], [40], [4, 7], [1, 60], [11, 193], [200, 49], [9, 40, 70], [3, 3, 200]]
LARGE = [[100, 899], [150, 1849], [800, 4000, 3200], [600], [1, 1, 998]]


def drawn(layout: Layout) -> list[int]:
    return sorted(each.person.number for each in layout.circles if each.person)


@pytest.mark.parametrize("sizes", SHAPES, ids=str)
def test_everyone_is_drawn_on_a_page_that_has_room(sizes: list[int]) -> None:
    chain = a_chain(sizes)
    assert drawn(laid_out(chain)) == [each.number for each in chain.persons]


@pytest.mark.parametrize("sizes", SHAPES + LARGE, ids=str)
def test_no_circle_lies_on_another(sizes: list[int]) -> None:
    layout = laid_out(a_chain(sizes))
    placed = list(zip(layout.circles, layout.points, strict=True))
    for (circle, point), (other, there) in combinations(placed, 2):
        apart = hypot(point.x - there.x, point.y - there.y)
        assert apart > circle.radius + other.radius - 1, (circle, other)


@pytest.mark.parametrize("sizes", LARGE, ids=str)
def test_of_too_many_everyone_is_counted_once(sizes: list[int]) -> None:
    layout = laid_out(a_chain(sizes))
    assert len(layout.circles) <= MOST_DRAWN
    by_hop = [sum(each.people for each in layout.circles if each.hop == hop) for hop in range(len(sizes) + 1)]
    assert by_hop == [1, *sizes]


def test_f2_are_counted_at_their_f1() -> None:
    layout = laid_out(a_chain([100, 899]))
    groups = [each for each in layout.circles if each.hop == 2]
    assert len(groups) > 50
    assert all(layout.circles[each.parent or 0].hop == 1 for each in groups)


def test_those_found_for_one_reason_are_counted_apart_while_there_is_room() -> None:
    layout = laid_out(a_chain([30, 260]))
    assert {each.kind for each in layout.circles if not each.person} == set(ContactKind)


@pytest.mark.parametrize("sizes", [[11, 193], [100, 899]], ids=str)
def test_the_same_chain_has_the_same_layout_in_any_order(sizes: list[int]) -> None:
    chain = a_chain(sizes)
    random = Random(2)  # noqa: S311 - not for security
    persons, edges = list(chain.persons), list(chain.edges)
    random.shuffle(persons)
    random.shuffle(edges)
    assert laid_out(Chain(persons, edges)) == laid_out(chain)


def test_the_strongest_reason_leads_to_a_person_and_the_others_are_further_links() -> None:
    chain = a_chain([3, 5], further=0)
    (first, *_) = [each for each in chain.edges if each.hop == 2]
    other = next(each.number for each in chain.persons if each.hop == 1 and each.number != first.through)
    stronger = first._replace(kind=ContactKind.DECLARATION, through=other)
    weaker = first._replace(kind=ContactKind.COMMUNE)
    layout = laid_out(chain._replace(edges=[*(each for each in chain.edges if each != first), weaker, stronger]))
    (circle,) = [each for each in layout.circles if each.person and each.person.number == first.person]
    assert circle.kind is ContactKind.DECLARATION
    assert layout.circles[circle.parent or 0].person == chain.persons[other]
    assert list(layout.further) == [weaker]


def test_so_many_further_links_that_they_hide_the_tree_are_only_counted() -> None:
    layout = laid_out(a_chain([11, 193], further=1))
    assert layout.further == []
    assert layout.left_out > 100


def test_someone_may_be_found_through_a_person_two_hops_nearer() -> None:
    """That person was near an F1 first, infected others, and was near the case later."""
    chain = a_chain([2, 2, 2], further=0)
    edges = [each._replace(through=1) if each.hop == 3 else each for each in chain.edges]
    layout = laid_out(chain._replace(edges=edges))
    assert {layout.circles[each.parent or 0].hop for each in layout.circles if each.hop == 3} == {1}
