"""Work of one kind, done side by side: what waits for the database need not wait in a row."""

from collections.abc import Callable, Sequence
from typing import TypeVar

AT_MOST = 16
"""Threads. A function has one or two processors; more threads would only wait for those."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """The results in the order of the items. The first error is raised when all have ended."""
    if len(items) < 2:
        return [work(item) for item in items]
    # Its import is for those who need it.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(AT_MOST, len(items))) as threads:
        return list(threads.map(work, items))
