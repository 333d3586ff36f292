"""A clock that a test moves for a whole system: the engine and every process that runs a function.

The engine is started with libfaketime (`LD_PRELOAD`), and its children inherit it. Each time they ask for the time, it
reads from a file how far they are ahead of this machine's clock. Their monotonic clocks are left alone, so pauses take
as long as they say. Nothing of the package knows of it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from math import ceil
from pathlib import Path

import pytest

from infra.local.stack import Stack, running
from infra.steps import Silent
from tests.tools import missing

_LIBRARY = "vendor/libfaketime/src/libfaketime.so.1"
"""In the package libfaketime, which has it built for Linux on x86-64."""


class MovedClock:
    """The system's clock: this machine's, and some time ahead."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ahead = 0
        self._write()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def advance(self, by: timedelta) -> None:
        """Move it by whole seconds. Wait for what is under way first: it would seem to have taken as long."""
        self._ahead += ceil(by.total_seconds())
        self._write()

    def _write(self) -> None:
        # In one step: a reader gets the time before or the time after.
        new = self._file.with_suffix(".new")
        new.write_text(f"+{self._ahead}\n")
        new.replace(self._file)


@contextmanager
def running_with_clock(workdir: Path) -> Iterator[tuple[Stack, MovedClock]]:
    """A system and its clock, for as long as the `with` lasts. The test is left out where libfaketime does not work."""
    file = workdir / "ahead"
    clock, variables = MovedClock(file), _variables(file)
    _require(clock, variables)
    with ExitStack() as opened:
        with pytest.MonkeyPatch.context() as patched:
            # The engine inherits the environment of this moment.
            for name, value in variables.items():
                patched.setenv(name, value)
            stack, _ = opened.enter_context(running(Silent(), workdir=workdir))
        yield stack, clock


def _variables(file: Path) -> dict[str, str]:
    package = find_spec("libfaketime")
    if package is None or not package.submodule_search_locations:
        missing("there is no libfaketime: pip install -r requirements-dev.txt")
    return {
        "LD_PRELOAD": str(Path(package.submodule_search_locations[0]) / _LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def _require(clock: MovedClock, variables: Mapping[str, str]) -> None:
    """Leave the test out if a process does not follow the clock: on another system the library cannot be loaded."""
    clock.advance(timedelta(days=1))
    program = [sys.executable, "-c", "import time; print(time.time())"]
    asked = subprocess.run(program, env={**os.environ, **variables}, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    ahead = float(asked.stdout) - datetime.now(UTC).timestamp()
    if abs(ahead - 86400) > 60:
        missing("libfaketime does not work on this system")
    clock.advance(timedelta(days=-1))
