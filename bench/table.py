"""The result as text."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from bench.ratios import COLD, Judged
from bench.rows import BARE, ROWS

TITLES = {row.name: row.title for row in (BARE, *ROWS)}
VARIANTS = {"stub": "AWS answered in the process", "tls": "AWS answered over TLS"}
_UNITS = {COLD: "ms", "warm": "µs"}
_STARTS = {COLD: "cold, CPU to the first answer", "warm": "warm, CPU of an answer"}


def lines(results: Mapping[str, Any], judged: Sequence[Judged], released: Mapping[str, Any]) -> Iterator[str]:
    """The last one says how many goals are met."""
    for (variant, start), rows in groupby(judged, key=lambda each: (each.variant, each.start)):
        figures = results["figures"][variant][start]
        yield f"{VARIANTS[variant]}; {_STARTS[start]}"
        yield f"{'':26}{_UNITS[start]:>10}{'/ bare':>9}{'all pairs':>13}{'released':>11}{'change':>9}   goal"
        yield f"  {TITLES['bare']:<24}{figures['bare']['median']:>10.1f}"
        for each in rows:
            yield _line(each, figures[each.row]["median"])
        yield ""
    for row, calls in results["calls"].items():
        yield f"calls to AWS, {TITLES[row]}: {_counted(calls['cold'])}; warm {_counted(calls['warm'])}"
    yield f"a QR as SVG: {results['qr_svg_ms']} ms"
    yield (
        f"Python {results['python']}, {results['rounds']} rounds. "
        + (f"Released: Python {released['python']}, {released['date']}." if released else "Nothing was released yet.")
    )
    goals = [each.met for each in judged if each.met is not None]
    yield f"{sum(goals)} of {len(goals)} goals are met."


def _line(each: Judged, figure: float) -> str:
    span = f"{each.ratio.lowest:.2f}–{each.ratio.highest:.2f}"
    released = "" if each.released is None else f"{each.released:.2f}"
    change = "" if each.change is None else f"{each.change:+.0%}"
    goal = "" if each.goal is None else f"   goal {each.goal:.2f}  {'met' if each.met else 'missed'}"
    numbers = f"{figure:>10.1f}{each.ratio.median:>9.2f}{span:>13}{released:>11}{change:>9}"
    return f"  {TITLES[each.row]:<24}{numbers}{goal}".rstrip()


def _counted(calls: Sequence[str]) -> str:
    return ", ".join(f"{number} {operation}" for operation, number in sorted(Counter(calls).items()))
