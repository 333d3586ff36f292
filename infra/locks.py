"""One process at a time: a lock on a file. The system releases it when its holder ends, in whatever way."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Held(Exception):
    """Another process holds the lock."""


@contextmanager
def lock_when_free(file: Path) -> Iterator[None]:
    """Hold the lock of a file, which is created if missing. Waits while another process holds it."""
    with _locked(file, fcntl.LOCK_EX):
        yield


@contextmanager
def lock_now(file: Path) -> Iterator[None]:
    """Hold the lock of a file, which is created if missing. Raises `Held`."""
    with _locked(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
        yield


def is_held(file: Path) -> bool:
    """Whether a process holds the lock of a file."""
    try:
        with lock_now(file):
            return False
    except Held:
        return True


@contextmanager
def _locked(file: Path, operation: int) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        try:
            fcntl.flock(handle, operation)
        except BlockingIOError as error:
            raise Held from error
        yield
