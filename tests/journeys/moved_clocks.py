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
from http import HTTPStatus
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from time import monotonic, sleep

import pytest
import urllib3

from infra.local import engine
from infra.local.stack import Stack, running
from infra.steps import Silent
from tests.journeys import moved_engine
from tests.journeys.actors import PATIENCE
from tests.tools import missing

_LIBRARY = "vendor/libfaketime/src/libfaketime.so.1"
"""In the package libfaketime, which has it built for Linux on x86-64."""


class MovedClock:
    """The system's clock: this machine's, and some time ahead."""

    def __init__(self, endpoint: str) -> None:
        self._url = endpoint + moved_engine.PATH
        self._ahead = 0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def advance(self, by: timedelta) -> None:
        """Move it by whole seconds, as soon as nothing is under way."""
        self._ahead += ceil(by.total_seconds())
        end = monotonic() + PATIENCE
        while (answer := self._move()).status != HTTPStatus.OK:
            assert monotonic() < end, f"after {PATIENCE:.0f} s under way: {answer.data.decode()}"
            sleep(0.05)

    def _move(self) -> urllib3.BaseHTTPResponse:
        # By a connection of its own: the engine closes one that nobody has used since yesterday.
        return urllib3.request("POST", f"{self._url}?{self._ahead}", headers={"Connection": "close"})


@contextmanager
def running_with_clock(workdir: Path) -> Iterator[tuple[Stack, MovedClock]]:
    """A system and its clock, for as long as the `with` lasts. The test is left out where libfaketime does not work."""
    file = workdir / "ahead"
    variables = _variables(file)
    _require(file, variables)
    with ExitStack() as opened:
        with pytest.MonkeyPatch.context() as patched:
            # The engine inherits the environment of this moment.
            for name, value in variables.items():
                patched.setenv(name, value)
            patched.setattr(engine, "PROGRAM", moved_engine.__name__)
            stack, _ = opened.enter_context(running(Silent(), workdir=workdir))
        yield stack, MovedClock(stack["endpoint_url"])


def _variables(file: Path) -> dict[str, str]:
    package = find_spec("libfaketime")
    if package is None or not package.submodule_search_locations:
        missing("there is no libfaketime: pip install -r requirements-dev.txt")
    return {
        "LD_PRELOAD": str(Path(package.submodule_search_locations[0]) / _LIBRARY),
        moved_engine.FILE: str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # In pthread_cond_timedwait libfaketime moves the monotonic clock all the same, and each wait ends at once.
        # Threads of Python wait so for the interpreter's lock: they would fight for it all the time, and do a
        # twentieth of their work. So each wait is as long as Python's own is (sys.getswitchinterval).
        "FAKETIME_WAIT_MS": "5",
        "FAKETIME_FORCE_MONOTONIC_FIX": "1",
    }


def _require(file: Path, variables: Mapping[str, str]) -> None:
    """Leave the test out if a process does not follow the clock: on another system the library cannot be loaded."""
    moved_engine.write(file, 86400)
    program = [sys.executable, "-c", "import time; print(time.time())"]
    asked = subprocess.run(program, env={**os.environ, **variables}, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    ahead = float(asked.stdout) - datetime.now(UTC).timestamp()
    if abs(ahead - 86400) > 60:
        missing("libfaketime does not work on this system")
    moved_engine.write(file, 0)
