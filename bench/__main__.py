"""Measure and print a table, or keep the last result as that of a release.

`python -m bench` measures and writes `bench/results.json`.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import table
from bench.measurements import measured
from bench.ratios import Judged, judge, to_release

_HERE = Path(__file__).parent
_GOALS, _RELEASED, _RESULTS = _HERE / "goals.json", _HERE / "released.json", _HERE / "results.json"


def main(arguments: Sequence[str]) -> None:
    parser = ArgumentParser(prog="python -m bench", description="Measure, and print a table.")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--quick", action="store_true", help="a short run, to try something: nothing from the package")
    other.add_argument("--keep", action="store_true", help="do not measure; the last run becomes bench/released.json")
    chosen = parser.parse_args(arguments)
    if chosen.keep:
        _keep()
    else:
        _write(_RESULTS, measured(quick=chosen.quick))
        results = _read(_RESULTS)
        print(*table.lines(results, _judged(results), _read(_RELEASED)), sep="\n")


def _keep() -> None:
    last = _last_whole_run()
    _write(_RELEASED, {"python": last["python"], "date": last["date"], "ratios": to_release(last["ratios"])})


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
