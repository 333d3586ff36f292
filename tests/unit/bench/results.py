"""A whole result, made up."""

import json
from typing import Any

from bench.processes import ROOT
from bench.ratios import Goals, Judged, Ratios, judge, summary, to_release
from bench.rows import ROWS
from tests.unit.bench.pairs import figures, pair


def goals() -> Goals:
    read: Goals = json.loads((ROOT / "bench" / "goals.json").read_text())
    return read


def results() -> dict[str, Any]:
    """All figures are 0.8 of bare's."""
    pairs = [
        pair(row, figures(80, 400.0 * row.crossings), figures(100, 500), variant)
        for variant in ("stub", "tls")
        for row in ROWS
    ]
    calls = {"declare": {"cold": ["Query", "PutItem"], "warm": ["PutItem"]}}
    return {"python": "3.11.7", "date": "2021-07-22", "rounds": 1, "calls": calls, "qr_svg_ms": 2.5, **summary(pairs)}


def released(ratio: float) -> dict[str, Any]:
    ratios: Ratios = to_release(results()["ratios"])
    changed = {
        variant: {start: dict.fromkeys(rows, ratio) for start, rows in starts.items()}
        for variant, starts in ratios.items()
    }
    return {"python": "3.11.7", "date": "2021-07-01", "ratios": changed}


def judged(before: dict[str, Any]) -> list[Judged]:
    return list(judge(results()["ratios"], goals(), before["ratios"]))
