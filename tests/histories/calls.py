"""What is recorded of a race: each call, from when to when it took, what was asked, and the answer."""

import json
import time
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple


class Kind(StrEnum):
    """What a call asks for."""

    DECLARE = "declare"
    CHECK = "check"
    STATE = "state"
    """What everyone may read of a pass."""
    MANIFEST = "manifest"
    """Of a declaration."""
    CROSS = "cross"
    GROUP = "group"
    BATCH = "batch"
    LEAVE = "leave"
    """The way out."""
    CORRECT = "correct"
    REVOKE = "revoke"
    SETTLE = "settle"
    SYNC = "sync"
    POST = "post"
    """A member of staff to a checkpoint."""
    ARRIVE = "arrive"
    """Guards record who waits."""
    ARRIVE_ALONE = "arrive alone"
    """The holder's phone reads the board of a gate."""
    ASK_PERMIT = "ask for a permit"
    DECIDE_PERMIT = "decide about a permit"
    REVOKE_PERMIT = "revoke a permit"
    CROSS_PERMIT = "cross by permit"
    CHECK_PERMIT = "check a permit"


class Call(NamedTuple):
    """One call. Times are seconds since 1970."""

    kind: Kind
    caller: str
    """The subject of the member of staff; `public` for a traveller."""
    about: str
    """What is in the URL: a code without hyphens, a conflict's id, a subject, a cursor; empty if there is nothing."""
    asked: Any
    """The body."""
    key: str
    """The idempotency key, or the secret of a pass, if there is one."""
    began: float
    ended: float
    status: int
    """0 if no answer came."""
    answer: Any

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the answer says that nothing was done."""
        return 400 <= self.status < 500

    @property
    def problem(self) -> str:
        """The code of the refusal."""
        return str(self.answer.get("code", "")) if isinstance(self.answer, dict) else ""

    def __str__(self) -> str:
        return f"{self.kind} by {self.caller[:8]} at {self.began % 10_000:.3f} ({self.status} {self.problem})"


class History:
    """The calls that were recorded, by any thread."""

    def __init__(self, calls: Iterable[Call] = ()) -> None:
        self._calls = list(calls)
        self._lock = Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def __iter__(self) -> Iterator[Call]:
        with self._lock:
            return iter(list(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def write(self, file: Path) -> None:
        with file.open("w") as lines:
            lines.writelines(f"{json.dumps(call, ensure_ascii=False)}\n" for call in self)

    @classmethod
    def read(cls, file: Path) -> "History":
        with file.open() as lines:
            rows = [Call(*json.loads(line)) for line in lines]
        return cls(row._replace(kind=Kind(row.kind)) for row in rows)


_STARTED = time.time() - time.monotonic()


def now() -> float:
    """Seconds since 1970. It never goes back, as the system's clock may."""
    return _STARTED + time.monotonic()
