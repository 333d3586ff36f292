"""The rows of the result: which contender answers which request, and how often."""

from typing import NamedTuple

from bench.prepare import BATCH, GROUP
from bench.processes import Warm

PACKAGED = "packaged "
"""What the names of rows begin with that run from the package."""


class Row(NamedTuple):
    """`name` is its key in results, goals and the released figures."""

    name: str
    title: str
    contender: str
    request: str
    warm: Warm = Warm(5, 30)
    crossings: int = 1
    """How many the request has. A warm figure is that of one of them."""
    cold: bool = True

    @property
    def packaged(self) -> bool:
        return self.name.startswith(PACKAGED)


BARE = Row("bare", "bare: declare", "bare", "declare")
ROWS = (
    Row("declare", "ours: declare", "ours", "declare"),
    Row("check", "ours: check", "ours", "check"),
    Row("crossing", "ours: crossing", "ours", "crossing"),
    Row("group", f"ours: group of {GROUP}", "ours", "group", Warm(3, 2), GROUP),
    Row("batch", f"ours: batch of {BATCH}", "ours", "batch", Warm(1, 1), BATCH, cold=False),
    Row("sync-all", "ours: sync, everything", "ours", "sync-all", Warm(3, 3)),
    Row("sync-new", "ours: sync, nothing new", "ours", "sync-new"),
    Row("packaged declare", "package: declare", "ours", "declare"),
    Row("packaged check", "package: check", "ours", "check"),
    Row("packaged crossing", "package: crossing", "ours", "crossing"),
    Row("powertools", "powertools: declare", "powertools", "declare"),
    Row("fastapi", "fastapi: declare", "fastapi", "declare"),
)
