"""Progress of a long task: each step, and how long it took."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

_WIDTH = 44


class Steps(Protocol):
    """Where a long task reports its progress."""

    def step(self, what: str, /) -> AbstractContextManager[None]:
        """A step, which lasts as long as its `with`."""
        ...

    def say(self, text: str, /) -> None:
        """A line about the current step."""
        ...


class Silent:
    """Reports nothing: for tests."""

    def step(self, _: str) -> AbstractContextManager[None]:
        return nullcontext()

    def say(self, _: str) -> None:
        """Nothing."""


class Printed:
    """Prints to the standard output. A step's line ends with its duration, or with "failed"."""

    def __init__(self) -> None:
        self._line_is_open = False

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        print(f"  {what} ".ljust(_WIDTH, "."), end=" ", flush=True)
        self._line_is_open = True
        started = time.monotonic()
        result = "failed"
        try:
            yield
            result = f"{time.monotonic() - started:5.1f} s"
        finally:
            # `say` has ended the step's own line.
            print(result if self._line_is_open else f"  … {result}", flush=True)
            self._line_is_open = False

    def say(self, text: str) -> None:
        if self._line_is_open:
            print(flush=True)
            self._line_is_open = False
        print(f"    {text}", flush=True)
