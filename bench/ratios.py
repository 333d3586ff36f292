"""Compare: with `bare`, with the goals, with the last release. No process, no file: only numbers."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from bench.rounds import Pair
from bench.rows import BARE, PACKAGED

COLD, WARM = "cold", "warm"

Ratios = dict[str, dict[str, dict[str, Any]]]
"""By variant, then `cold` or `warm`, then the row's name."""
Goals = Mapping[str, Mapping[str, float]]
"""By the row's name, then `cold` or `warm`: the highest ratio that is good enough. A goal holds in both variants, from
the sources and from the package."""


class Spread(NamedTuple):
    """Median and range of several figures, rounded."""

    median: float
    lowest: float
    highest: float


class Judged(NamedTuple):
    """A ratio beside its goal, if it has one, and beside that of the last release, if it is known."""

    variant: str
    start: str
    row: str
    ratio: Spread
    goal: float | None
    released: float | None

    @property
    def met(self) -> bool | None:
        """By the ratio as it is shown. None without a goal."""
        return None if self.goal is None else self.ratio.median <= self.goal

    @property
    def change(self) -> float | None:
        """Since the last release: -0.1 is a tenth less."""
        return self.ratio.median / self.released - 1 if self.released else None


def spread(figures: Sequence[float], digits: int) -> Spread:
    return Spread(*(round(each, digits) for each in (median(figures), min(figures), max(figures))))


def summary(pairs: Sequence[Pair]) -> dict[str, Ratios]:
    """`ratios` to `bare`, and the absolute `figures`, those of `bare` among them."""
    ratios: Ratios = {}
    figures: Ratios = {}
    for variant in dict.fromkeys(pair.variant for pair in pairs):
        found = [pair for pair in pairs if pair.variant == variant]
        for start, numbers in ((COLD, _numbers(found, COLD)), (WARM, _numbers(found, WARM))):
            bare = [each for of_row in numbers.values() for _, each in of_row]
            own = {row: [each for each, _ in of_row] for row, of_row in numbers.items()}
            ratios.setdefault(variant, {})[start] = {row: ratio(each)._asdict() for row, each in numbers.items()}
            figures.setdefault(variant, {})[start] = {
                row: spread(each, 1)._asdict() for row, each in {BARE.name: bare, **own}.items()
            }
    return {"ratios": ratios, "figures": figures}


def ratio(numbers: Sequence[tuple[float, float]]) -> Spread:
    """Of the ratios of each pair, not the ratio of two medians: what slows a machine down slows both of a pair."""
    return spread([own / bare for own, bare in numbers], 2)


def _numbers(pairs: Sequence[Pair], start: str) -> dict[str, list[tuple[float, float]]]:
    """Of each row and of its neighbour, pair by pair."""
    numbers: dict[str, list[tuple[float, float]]] = {}
    for pair in pairs:
        if start == WARM or pair.row.cold:
            numbers.setdefault(pair.row.name, []).append(pair.warm() if start == WARM else pair.cold())
    return numbers


def judge(ratios: Ratios, goals: Goals, released: Ratios) -> Iterator[Judged]:
    for variant, starts in ratios.items():
        for start, rows in starts.items():
            for row, found in rows.items():
                goal = goals.get(row.removeprefix(PACKAGED), {}).get(start)
                before = released.get(variant, {}).get(start, {}).get(row)
                yield Judged(variant, start, row, Spread(**found), goal, before)


def to_release(ratios: Ratios) -> Ratios:
    """The medians alone, which the next release is compared with."""
    return {
        variant: {start: {row: found["median"] for row, found in rows.items()} for start, rows in starts.items()}
        for variant, starts in ratios.items()
    }
