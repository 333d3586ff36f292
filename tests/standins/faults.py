"""How a stand-in misbehaves, and when: by the number of the call, so that a run can be repeated."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple


class Kind(StrEnum):
    """A way to misbehave."""

    CLOSES = "closes"
    """The connection ends without an answer, and nothing was done."""
    SILENT = "silent"
    """No answer comes, and nothing was done."""
    EMPTY = "empty"
    """HTTP 200 with no body. Zalo is said to answer a refresh token so that was used before."""
    GARBLED = "garbled"
    """JSON that is cut off."""
    HTML = "html"
    """HTTP 200 with a page, as a proxy or a maintenance gives."""
    STATUS = "status"
    """An HTTP status, `code`."""
    ERROR = "error"
    """HTTP 200 with the provider's error `code`."""
    SLOW = "slow"
    """It is done, and the answer comes `seconds` later."""
    LOST = "lost"
    """It is done, and the connection ends without an answer."""
    RECEIPT_FIRST = "receipt first"
    """The receipt comes before the answer."""
    RECEIPT_TWICE = "receipt twice"
    RECEIPT_HELD = "receipt held"
    """The receipt comes when the test releases it: late, and the newest first."""


_DONE = frozenset({Kind.SLOW, Kind.LOST, Kind.RECEIPT_FIRST, Kind.RECEIPT_TWICE, Kind.RECEIPT_HELD})


class Fault(NamedTuple):
    """One wrong answer."""

    kind: Kind
    code: int = 0
    """Of `STATUS` and `ERROR`."""
    seconds: float = 0.0
    """Of `SLOW`; of `SILENT`, after which the connection ends (0: when the stand-in ends); of `LOST`, after which the
    receipt comes (0: as after any message)."""

    @property
    def is_done(self) -> bool:
        """Whether the provider does what the call asks for."""
        return self.kind in _DONE

    @property
    def reason(self) -> str:
        """Its name in the counters."""
        match self.kind:
            case Kind.STATUS:
                return f"status {self.code}"
            case Kind.ERROR:
                return str(self.code)
            case kind:
                return kind.value


Schedule = Callable[[int], Fault | None]
"""What goes wrong with the call of a number, from 1 on."""


def never(_number: int) -> None:
    """Everything goes well."""
    return


def always(fault: Fault) -> Schedule:
    return lambda _: fault


def first(*faults: Fault | None) -> Schedule:
    """The first calls, one by one; later ones go well."""
    return lambda number: faults[number - 1] if number <= len(faults) else None


def every(nth: int, faults: Sequence[Fault]) -> Schedule:
    """Each nth call, by all faults in turn."""
    return lambda number: None if number % nth else faults[(number // nth - 1) % len(faults)]


def at_random(seed: int, share: float, faults: Sequence[Fault]) -> Schedule:
    """A share of the calls, from 0 to 1. The same seed gives the same numbers."""

    def chosen(number: int) -> Fault | None:
        drawn = sha256(f"{seed}:{number}".encode()).digest()
        if int.from_bytes(drawn[:4]) >= share * 2**32:
            return None
        return faults[int.from_bytes(drawn[4:8]) % len(faults)]

    return chosen
