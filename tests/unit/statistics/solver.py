"""A reader who tries to work out hidden counts from all that is public. It knows nothing of how they were hidden."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import Any, NamedTuple

Unknown = Any
"""A name of a hidden count: any that can be a key."""


class Total(NamedTuple):
    """A sum that is public: the parts, None where one is hidden, add up to `size` and to the hidden `more`."""

    more: Mapping[Unknown, int]
    size: int
    parts: Mapping[Unknown, int | None]


Equation = tuple[dict[Unknown, Fraction], Fraction]
"""Coefficients of hidden counts, and what they add up to."""


def determined(totals: Iterable[Total], below: int) -> dict[Unknown, int]:
    """The hidden counts that can have one value only, all being 0 or more and whole. And the sums of hidden counts that
    follow and are small, from 1 to `below` - 1."""
    totals = list(totals)
    reduced = _reduced([_equation(each) for each in totals], {name for each in totals for name in each.more})
    found = {name: int(value) for names, value in reduced if len(names) == 1 for name in names if value}
    lowest, highest = _bounds(reduced)
    found |= {name: low for name, low in lowest.items() if low > 0 and highest.get(name) == low}
    for names, value in reduced:
        if set(names.values()) == {Fraction(1)} and 0 < value < below:
            found[tuple(names)] = int(value)
    return found


def _equation(total: Total) -> Equation:
    names: dict[Unknown, Fraction] = {}
    value = Fraction(total.size)
    for name, count in total.parts.items():
        if count is None:
            names[name] = names.get(name, Fraction(0)) + 1
        else:
            value -= count
    for name, times in total.more.items():
        names[name] = names.get(name, Fraction(0)) - times
    return names, value


def _reduced(equations: Sequence[Equation], sums: AbstractSet[Unknown]) -> list[Equation]:
    """Gauss and Jordan: a hidden count that is determined is alone in an equation. Hidden counts that are sums go
    first, so that what is left are sums of single counts."""
    done: list[tuple[Unknown, Equation]] = []
    for equation in equations:
        names, value = equation
        for pivot, (others, known) in done:
            if times := names.get(pivot, Fraction(0)):
                names, value = _less(names, others, times), value - times * known
        if not names:
            assert value == 0, "what is public contradicts itself"
            continue
        new = next((each for each in names if each in sums), next(iter(names)))
        own = {name: each / names[new] for name, each in names.items()}, value / names[new]
        done = [
            (old, (_less(others, own[0], times), known - times * own[1]))
            if (times := others.get(new, Fraction(0)))
            else (old, (others, known))
            for old, (others, known) in done
        ]
        done.append((new, own))
    return [equation for _, equation in done]


def _less(
    names: Mapping[Unknown, Fraction], others: Mapping[Unknown, Fraction], times: Fraction
) -> dict[Unknown, Fraction]:
    left = {name: names.get(name, Fraction(0)) - times * others.get(name, Fraction(0)) for name in {**names, **others}}
    return {name: each for name, each in left.items() if each}


def _bounds(equations: Sequence[Equation]) -> tuple[dict[Unknown, int], dict[Unknown, int]]:
    """The least and the most that each hidden count can be, by one equation after the other until nothing changes."""
    lowest: dict[Unknown, int] = {name: 0 for names, _ in equations for name in names}
    highest: dict[Unknown, int] = {}
    changed = True
    while changed:
        changed = False
        for names, value in equations:
            for name, times in names.items():
                others = [(other, each) for other, each in names.items() if other != name]
                low = sum(
                    (
                        each * (lowest[other] if each > 0 else highest[other])
                        for other, each in others
                        if each > 0 or other in highest
                    ),
                    Fraction(0),
                )
                high = sum(
                    (
                        each * (highest[other] if each > 0 else lowest[other])
                        for other, each in others
                        if each < 0 or other in highest
                    ),
                    Fraction(0),
                )
                low_known = all(each > 0 or other in highest for other, each in others)
                high_known = all(each < 0 or other in highest for other, each in others)
                most = (value - low) / times if low_known and times > 0 else None
                most = (value - high) / times if high_known and times < 0 else most
                least = (value - high) / times if high_known and times > 0 else None
                least = (value - low) / times if low_known and times < 0 else least
                if most is not None and (name not in highest or most // 1 < highest[name]):
                    highest[name], changed = int(most // 1), True
                if least is not None and -(-least // 1) > lowest[name]:
                    lowest[name], changed = int(-(-least // 1)), True
    return lowest, highest
