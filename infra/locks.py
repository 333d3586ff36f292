"""One at a time: a lock on a file, which the system lets go of when its holder ends, however it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Held(Exception):
    """Another process holds the lock."""


@contextmanager
def lock_when_free(file: Path) -> Iterator[None]:
    """Hold the lock of a file, made if it is missing; waits for whoever holds it."""
    with _locked(file, fcntl.LOCK_EX):
        yield


@contextmanager
def lock_now(file: Path) -> Iterator[None]:
    """Hold the lock of a file, made if it is missing. Raises `Held`."""
    with _locked(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
        yield


@contextmanager
def _locked(file: Path, operation: int) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        try:
            fcntl.flock(handle, operation)
        except BlockingIOError as error:
            raise Held from error
        yield
