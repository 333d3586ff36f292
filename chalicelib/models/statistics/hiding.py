"""Which counts of a tree are hidden from the public, so that no small one can be read or worked out.

A tree has the count of the province at its root, and under each node the parts that it is the sum of: districts and
their communes, or gates and their hours. Nothing public is in two trees but a root, and roots are never hidden; so each
tree is judged by itself. Its parts are published once: of two trees of the same day, what changed would be small.

A count from 1 to the threshold is hidden. What is hidden under a shown node follows from it as a sum: the node less its
shown parts. So that sum, too, must be of several counts, not small, and reachable in several ways. While it is not,
the next count of the list is hidden as well. The next one, and not the smallest one: "the smallest of the others" would
say something about those that are shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

Path = tuple[str, ...]
"""The keys from the root down to a node; empty for the root."""

_LEAST_CHOICES = 3
"""Values that a hidden count can have at least, for a reader who takes all hidden counts to be small ones."""


class Node(NamedTuple):
    """A count and the parts that it is the sum of, in an order that does not depend on counts."""

    key: str
    size: int
    """The count itself."""
    parts: tuple["Node", ...] = ()


def paths(root: Node, above: Path = ()) -> Iterator[tuple[Path, Node]]:
    """All nodes with their paths, each after the one that it is a part of."""
    yield above, root
    for part in root.parts:
        yield from paths(part, (*above, part.key))


def hidden(root: Node, *, below: int) -> frozenset[Path]:
    """The paths of the counts to hide: those from 1 to `below` - 1, and those by which these could be worked out."""
    nodes = dict(paths(root))
    if _is_small(root, below):
        # The whole level, zeros too: among few people, the places where nobody is point to the others.
        return frozenset(nodes.keys() - {()})
    hide = {path for path, node in nodes.items() if path and _is_small(node, below)}
    while added := next(filter(None, (_missing(path, nodes, hide, below) for path in nodes if path not in hide)), None):
        hide |= added
    return frozenset(hide)


def _is_small(node: Node, below: int) -> bool:
    """A count below 0, which a correction without its crossing would leave, is nothing to show either."""
    return node.size != 0 and node.size < below


def _missing(shown: Path, nodes: Mapping[Path, Node], hide: set[Path], below: int) -> set[Path]:
    """What must be hidden as well for the hidden counts under a shown node; nothing if they are safe."""
    inner = [each for each in _under(shown, nodes, hide) if each in hide and nodes[each].parts]
    for each in inner:
        beneath = [path for path in _under(each, nodes, hide) if path not in hide]
        if beneath and not any(nodes[path].size for path in beneath):
            # The whole level: its zeros would say how many parts share a small count.
            return set(beneath)
        if not _leaves(each, nodes, hide):
            # Its parts are all shown, so it is their sum.
            return {_next([_child(each, part) for part in nodes[each].parts], nodes, hide)}
    leaves = _leaves(shown, nodes, hide)
    if not leaves:
        return set()
    parts = [_child(shown, part) for part in nodes[shown].parts]
    open_paths = [each for each in _under(shown, nodes, hide) if each not in hide]
    lowest = 1 if open_paths else 0  # a zero is hidden with its whole level only
    total = sum(nodes[each].size for each in leaves)
    within = any(set(_leaves(each, nodes, hide)) == set(leaves) for each in inner)
    limits = [_limits(each, nodes, hide, (lowest, below - 1)) for each in parts if each in hide]
    if not within and total >= below and _is_open(total, limits):
        return set()
    for candidates in (parts, [each for each in open_paths if each not in parts]):
        if any(each not in hide and nodes[each].size for each in candidates):
            return {_next(candidates, nodes, hide)}
    if open_paths:
        return set(open_paths)
    return {shown} if shown else set()


def _under(shown: Path, nodes: Mapping[Path, Node], hide: set[Path]) -> Iterator[Path]:
    """The parts of a node, and those of its hidden parts: a sum of these is known with the node."""
    for part in nodes[shown].parts:
        path = _child(shown, part)
        yield path
        if path in hide:
            yield from _under(path, nodes, hide)


def _leaves(shown: Path, nodes: Mapping[Path, Node], hide: set[Path]) -> list[Path]:
    return [each for each in _under(shown, nodes, hide) if each in hide and not nodes[each].parts]


class _Limits(NamedTuple):
    """What the hidden leaves of a hidden count may add up to, if all of them are small."""

    least: int
    most: frozenset[int]
    """One for each guess which of the hidden nodes are small, too."""


def _limits(hidden: Path, nodes: Mapping[Path, Node], hide: set[Path], of_leaf: tuple[int, int]) -> _Limits:
    parts = [_child(hidden, part) for part in nodes[hidden].parts]
    if not parts:
        return _Limits(of_leaf[0], frozenset({of_leaf[1]}))
    if hide.issuperset(parts):
        of_leaf = (0, of_leaf[1])
    limits = [_limits(each, nodes, hide, of_leaf) for each in parts if each in hide]
    least, most = sum(each.least for each in limits), _sums([each.most for each in limits])
    left = of_leaf[1] - sum(nodes[each].size for each in parts if each not in hide)
    return _Limits(least, most | {min(each, left) for each in most} if left >= least else most)


def _is_open(total: int, limits: Sequence[_Limits]) -> bool:
    """Whether numbers within these limits and with this sum can each have several values, whatever a reader guesses."""
    if len(limits) < 2:
        return False
    least = sum(each.least for each in limits)
    for place, own in enumerate(limits):
        others = _sums([each.most for each in (*limits[:place], *limits[place + 1 :])])
        for most in own.most:
            # Where the others cannot make up the rest, the guess is wrong: some are not small, and nobody knows which.
            fitting = [each for each in others if each + most >= total]
            if fitting:
                highest, lowest = min(most, total - (least - own.least)), max(own.least, total - min(fitting))
                if highest - lowest + 1 < _LEAST_CHOICES:
                    return False
    return True


def _sums(choices: Sequence[frozenset[int]]) -> frozenset[int]:
    """What numbers add up to, one of each set."""
    sums = frozenset({0})
    for each in choices:
        sums = frozenset(total + one for total in sums for one in each)
    return sums


def _next(candidates: Sequence[Path], nodes: Mapping[Path, Node], hide: set[Path]) -> Path:
    """The shown count after the last hidden one, around the list; one that is not 0 if there is one."""
    last = max((place for place, each in enumerate(candidates) if each in hide), default=-1)
    around = [each for each in (*candidates[last + 1 :], *candidates[: last + 1]) if each not in hide]
    return next((each for each in around if nodes[each].size), around[0])


def _child(above: Path, part: Node) -> Path:
    return (*above, part.key)
