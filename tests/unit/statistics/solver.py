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
            # What is gained within an equation is used the next time: each is gone through once, however long it is.
            lows = {name: _end(name, times, lowest, highest) for name, times in names.items()}
            highs = {name: _end(name, times, highest, lowest) for name, times in names.items()}
            low, high = _Sum.of(lows.values()), _Sum.of(highs.values())
            for name, times in names.items():
                least, most = low.without(lows[name]), high.without(highs[name])  # of all other terms
                if times < 0:
                    least, most = most, least
                if least is not None and (name not in highest or (value - least) / times // 1 < highest[name]):
                    highest[name], changed = int((value - least) / times // 1), True
                if most is not None and -((most - value) / times // 1) > lowest[name]:
                    lowest[name], changed = int(-((most - value) / times // 1)), True
    return lowest, highest


class _Sum(NamedTuple):
    """The sum of the ends of terms, as far as these are known."""

    known: Fraction
    unknown: int

    @classmethod
    def of(cls, ends: Iterable[Fraction | None]) -> "_Sum":
        ends = list(ends)
        return cls(sum((each for each in ends if each is not None), Fraction(0)), ends.count(None))

    def without(self, end: Fraction | None) -> Fraction | None:
        """The sum of all other terms; None if it is not known."""
        if end is None:
            return self.known if self.unknown == 1 else None
        return self.known - end if self.unknown == 0 else None


def _end(
    name: Unknown, times: Fraction, if_positive: Mapping[Unknown, int], if_negative: Mapping[Unknown, int]
) -> Fraction | None:
    """The least or the most that a term can be; None if nothing bounds it."""
    bound = (if_positive if times > 0 else if_negative).get(name)
    return None if bound is None else times * bound
