"""What a person sees while something takes a while: each step, and how long it took."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

_WIDTH = 44


class Steps(Protocol):
    """How long work tells of itself."""

    def step(self, what: str, /) -> AbstractContextManager[None]:
        """A step that lasts as long as the `with` it is used in."""
        ...

    def say(self, text: str, /) -> None:
        """A line about the step under way."""
        ...


class Silent:
    """Tells nothing: for tests."""

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
        ended = "failed"
        try:
            yield
            ended = f"{time.monotonic() - started:5.1f} s"
        finally:
            # Lines that were said in between stand below the step's own.
            print(ended if self._line_is_open else f"  … {ended}", flush=True)
            self._line_is_open = False

    def say(self, text: str) -> None:
        if self._line_is_open:
            print(flush=True)
            self._line_is_open = False
        print(f"    {text}", flush=True)
