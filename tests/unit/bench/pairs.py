"""Pairs of processes with the figures that a test names."""

from bench.processes import Figures
from bench.rounds import Pair
from bench.rows import ROWS, Row

ROW = {row.name: row for row in ROWS}


def figures(cold_ms: float = 1.0, warm_us: float = 1.0) -> Figures:
    return Figures(cold_ms=cold_ms, cold_calls=[], warm_us=warm_us, warm_calls=[])


def pair(row: Row, own: Figures, bare: Figures, variant: str = "stub") -> Pair:
    return Pair(variant, row, own, bare)
