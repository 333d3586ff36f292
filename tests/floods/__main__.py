"""Flood a stack of its own, and print how much slower the gate was: `python -m tests.floods`."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from infra.local.stack import running
from infra.steps import Printed
from tests.floods.flood import Flood, flood

_MOST = 2.0
"""As many times as in quiet the gate may take."""


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.floods", description="Flood the local stack, and measure the gate.")
    parser.add_argument("--forms", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=10, help="forms a second (%(default)s)")
    options = parser.parse_args()
    travellers = max(60, options.forms // 100)
    size = Flood(options.forms, options.rate, travellers, strangers=max(20, options.forms // 50))
    with TemporaryDirectory() as folder, running(Printed(), workdir=Path(folder)) as (stack, _):
        result = flood(stack, size)
    print(
        f"{options.forms} forms in {result.seconds:.0f} s, answered with {result.statuses}. "
        f"A person at the gate: {1000 * median(result.quiet):.0f} ms in quiet ({len(result.quiet)} persons), "
        f"{1000 * median(result.flooded):.0f} ms in the flood ({len(result.flooded)} persons), "
        f"ratio {result.ratio:.2f}.",
        *result.faults[:40],
        sep="\n",
    )
    if result.faults:
        sys.exit(f"{len(result.faults)} faults")
    if result.ratio > _MOST:
        sys.exit(f"the gate takes more than {_MOST:.0f} times as long")


if __name__ == "__main__":
    main()
