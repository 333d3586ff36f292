"""Measure and print a table; keep the last result as that of a release, or draw it.

`python -m bench` measures and writes `bench/results.json`.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import picture, table
from bench.measurements import measured
from bench.processes import ROOT
from bench.ratios import Judged, judge, to_release

_HERE = Path(__file__).parent
_GOALS, _RELEASED, _RESULTS = _HERE / "goals.json", _HERE / "released.json", _HERE / "results.json"
_PICTURE = ROOT / "docs" / "performance.svg"


def main(arguments: Sequence[str]) -> None:
    parser = ArgumentParser(prog="python -m bench", description="Measure, and print a table.")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--quick", action="store_true", help="a short run, to try something: nothing from the package")
    other.add_argument("--keep", action="store_true", help="do not measure; the last run becomes bench/released.json")
    other.add_argument("--picture", action="store_true", help="do not measure; draw the last run: docs/performance.svg")
    chosen = parser.parse_args(arguments)
    if chosen.keep:
        _keep()
    elif chosen.picture:
        _draw()
    else:
        _write(_RESULTS, measured(quick=chosen.quick))
        results = _read(_RESULTS)
        print(*table.lines(results, _judged(results), _read(_RELEASED)), sep="\n")


def _keep() -> None:
    last = _last_whole_run()
    _write(_RELEASED, {"python": last["python"], "date": last["date"], "ratios": to_release(last["ratios"])})


def _draw() -> None:
    last = _last_whole_run()
    released = _read(_RELEASED)
    _PICTURE.write_text(picture.svg(_judged(last), last, released), encoding="utf-8")


def _last_whole_run() -> dict[str, Any]:
    results = _read(_RESULTS)
    if not results or results["quick"]:
        raise SystemExit("Measure first, and not quickly: make bench")
    return results


def _judged(results: dict[str, Any]) -> list[Judged]:
    return list(judge(results["ratios"], _read(_GOALS), _read(_RELEASED).get("ratios", {})))


def _read(file: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return read


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
