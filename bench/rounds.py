"""Let the contenders take turns, each beside a process of `bare`, so that both of a pair find the same load."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from bench.processes import Figures
from bench.rows import BARE, Row

Run = Callable[[str, Row], Figures]
"""Measures a row in a variant, in a fresh process."""


class Pair(NamedTuple):
    """A row's process, and that of `bare` right before or after it."""

    variant: str
    row: Row
    own: Figures
    bare: Figures

    def cold(self) -> tuple[float, float]:
        """Milliseconds, of the row and of `bare`."""
        return self.own.cold_ms, self.bare.cold_ms

    def warm(self) -> tuple[float, float]:
        """Microseconds, of the row and of `bare`."""
        assert self.own.warm_us is not None
        assert self.bare.warm_us is not None
        return self.own.warm_us / self.row.crossings, self.bare.warm_us


def measure(rows: Sequence[Row], variants: Sequence[str], rounds: int, run: Run) -> Iterator[Pair]:
    """In each round each row once in each variant. Each process of `bare` stands between two rows."""
    for _ in range(rounds):
        for variant in variants:
            for first in range(0, len(rows), 2):
                before = run(variant, rows[first])
                bare = run(variant, BARE)
                yield Pair(variant, rows[first], before, bare)
                for after in rows[first + 1 : first + 2]:
                    yield Pair(variant, after, run(variant, after), bare)
