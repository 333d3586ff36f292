"""A whole measurement: prepare, compile everything once, let the contenders take turns, compare."""

import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from bench import qr, ratios
from bench.processes import ROOT, SOURCES, Code, Endpoint, Figures, Warm, prepare, run, serving
from bench.rounds import Pair, measure
from bench.rows import BARE, ROWS, Row

_ROUNDS, _QUICK_ROUNDS = 11, 2


def measured(*, quick: bool) -> dict[str, Any]:
    """The results as `bench/results.json` has them. A quick run leaves the package out."""
    rows = [row for row in ROWS if not (quick and row.packaged)]
    rounds = _QUICK_ROUNDS if quick else _ROUNDS
    with _bench(packaged=not quick) as bench:
        # The first run of each compiles what is not compiled yet, and counts for nothing else.
        first = {row.name: bench.run("stub", row, Warm(1, 1)) for row in (BARE, *rows)}
        pairs = list(_shown(measure(rows, ("stub", "tls"), rounds, bench.run), len(rows) * 2 * rounds))
    return {
        "python": platform.python_version(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "rounds": rounds,
        "quick": quick,
        **ratios.summary(pairs),
        "calls": {
            row.name: {"cold": first[row.name].cold_calls, "warm": first[row.name].warm_calls}
            for row in rows
            if row.contender == "ours" and not row.packaged
        },
        "qr_svg_ms": qr.svg_ms(),
    }


class _Bench:
    """The input of a run."""

    def __init__(self, endpoints: dict[str, Endpoint], package: Code | None) -> None:
        self._endpoints, self._package = endpoints, package

    def run(self, variant: str, row: Row, warm: Warm | None = None) -> Figures:
        code = self._package if row.packaged else SOURCES
        assert code is not None
        return run(row.contender, row.request, warm or row.warm, endpoint=self._endpoints[variant], code=code)


@contextmanager
def _bench(*, packaged: bool) -> Iterator[_Bench]:
    with tempfile.TemporaryDirectory() as temporary:
        prepared = Path(temporary) / "prepared"
        prepared.mkdir()
        package = _unpacked(Path(temporary) / "package") if packaged else None
        prepare(prepared)
        with serving(prepared) as server:
            yield _Bench({"stub": Endpoint(prepared), "tls": server}, package)


def _unpacked(folder: Path) -> Code:
    """The package as Lambda has it, with the bench beside it."""
    from infra.packaging import package

    package.build()
    with ZipFile(package.PACKAGE / package.CODE) as code:
        code.extractall(folder)
    (folder / "bench").symlink_to(ROOT / "bench")
    return Code(folder, ("-B",))  # nothing is written, as Lambda's folder is read-only


def _shown(pairs: Iterator[Pair], expected: int) -> Iterator[Pair]:
    """Show progress on a terminal."""
    for number, pair in enumerate(pairs, 1):
        if sys.stderr.isatty():
            end = "\n" if number == expected else "\r"
            print(f"{number} of {expected} pairs", end=end, file=sys.stderr, flush=True)
        yield pair
