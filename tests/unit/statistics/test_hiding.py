"""No small count is public, and none can be worked out from those that are: not even by a reader who has the function
and tries every set of counts that it could have been given."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from chalicelib.models.statistics.hiding import Node, Path, hidden, paths
from tests.unit.statistics.solver import Total, determined

BELOW = 10


def tree(shape: Any, counts: Iterator[int], key: str = "") -> Node:
    """A tree of this shape: 0 is a leaf, a tuple a node. Leaves take the counts in their order."""
    if shape == 0:
        return Node(key, next(counts))
    parts = tuple(tree(each, counts, str(number)) for number, each in enumerate(shape))
    return Node(key, sum(each.size for each in parts), parts)


def divisions(total: int, leaves: int) -> Iterator[tuple[int, ...]]:
    """All ways to divide a total among leaves."""
    if leaves == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in divisions(total - first, leaves - 1):
            yield (first, *rest)


def leaves(shape: Any) -> int:
    return 1 if shape == 0 else sum(map(leaves, shape))


def province(random: Random, mean: float, groups: list[int]) -> Node:
    """A tree of two levels with geometrically distributed counts."""

    def count() -> int:
        number = 0
        while random.random() < mean / (mean + 1):
            number += 1
        return number

    return tree(tuple((0,) * each for each in groups), iter(count, -1))


def totals(root: Node, hide: frozenset[Path]) -> list[Total]:
    """What is known of hidden counts: each node is the sum of its parts."""
    return [
        Total({path: 1} if path in hide else {}, 0 if path in hide else node.size, parts)
        for path, node in paths(root)
        if node.parts
        for parts in [{(*path, each.key): None if (*path, each.key) in hide else each.size for each in node.parts}]
    ]


@pytest.mark.parametrize("below", [5, 6])
@pytest.mark.parametrize(
    ("shape", "most"),
    [
        ((0, 0), 30),
        ((0, 0, 0), 24),
        ((0, 0, 0, 0), 16),
        (((0, 0), 0), 24),
        (((0, 0), (0, 0)), 18),
        (((0, 0), (0,), 0), 16),
        (((0, 0, 0), (0, 0)), 14),
        ((((0, 0), 0), 0), 16),
    ],
)
def test_a_reader_who_tries_all_counts_finds_several_for_each_hidden_one(shape: Any, most: int, below: int) -> None:
    for total in range(1, most + 1):
        worlds: dict[Any, list[dict[Path, int]]] = defaultdict(list)
        for counts in divisions(total, leaves(shape)):
            root = tree(shape, iter(counts))
            hide, nodes = hidden(root, below=below), dict(paths(root))
            public = tuple((path, None if path in hide else node.size) for path, node in nodes.items())
            worlds[public].append({path: nodes[path].size for path in hide})
        for public, possible in worlds.items():
            for path in possible[0]:
                values = {each[path] for each in possible}
                assert len(values) > 1 or values == {0}, f"{path} is {values}: {public}"


@pytest.mark.parametrize("mean", [0.05, 0.5, 1, 3, 8, 20, 60, 200])
@pytest.mark.parametrize("groups", [[10, 10, 12, 11, 15, 8, 9, 9, 10], [24] * 13, [1, 1, 2, 3]])
def test_no_small_count_of_a_province_is_shown_or_follows(groups: list[int], mean: float) -> None:
    random = Random(f"{groups}{mean}")  # noqa: S311 - no secret
    for _ in range(3):
        root = province(random, mean, groups)
        hide, nodes = hidden(root, below=BELOW), dict(paths(root))
        assert () not in hide
        assert [path for path, node in nodes.items() if path and path not in hide and 0 < node.size < BELOW] == []
        assert determined(totals(root, hide), BELOW if root.size >= BELOW else 1) == {}


def test_a_small_total_hides_its_whole_level_and_is_shown() -> None:
    root = tree(((0, 0), (0, 0)), iter([4, 0, 0, 0]))
    assert hidden(root, below=BELOW) == {("0",), ("1",), ("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")}


def test_one_hidden_count_hides_the_next_one() -> None:
    assert hidden(tree((0, 0, 0), iter([3, 40, 50])), below=BELOW) == {("0",), ("1",)}
    assert hidden(tree((0, 0, 0), iter([40, 50, 3])), below=BELOW) == {("0",), ("2",)}


def test_large_counts_and_zeros_are_shown() -> None:
    assert hidden(tree((0, 0, 0), iter([10, 0, 50])), below=BELOW) == frozenset()


def test_two_hidden_counts_whose_sum_is_small_hide_a_third_one() -> None:
    assert hidden(tree((0, 0, 0), iter([1, 2, 50])), below=BELOW) == {("0",), ("1",), ("2",)}


def test_the_solver_finds_what_is_hidden_carelessly() -> None:
    """Of 3, 40 and 50 the 3 alone; of 1, 2 and 50 the two alone, whose sum is small; and a district's small one."""
    alone = tree((0, 0, 0), iter([3, 40, 50]))
    assert determined(totals(alone, frozenset({("0",)})), BELOW)[("0",)] == 3
    pair = tree((0, 0, 0), iter([1, 2, 50]))
    assert 3 in determined(totals(pair, frozenset({("0",), ("1",)})), BELOW).values()
    within = tree(((0, 0), (0, 0)), iter([1, 14, 1, 30]))
    careless = frozenset({("0",), ("0", "0"), ("1",), ("1", "0")})
    assert 2 in determined(totals(within, careless), BELOW).values()
