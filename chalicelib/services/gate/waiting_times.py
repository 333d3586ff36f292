"""How long people waited at each gate: for travellers who choose one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from chalicelib.models.enums import StrEnum
from chalicelib.models.tracing.exposures import Wait
from chalicelib.services.gate.ports import Waits
from chalicelib.services.parallel import in_parallel

WINDOW = timedelta(minutes=30)
"""Decisions of this time count."""

FEWEST = 10
"""People. A figure of fewer could be traced to one of them."""


class MeasuredFrom(StrEnum):
    """Where a wait begins."""

    ARRIVAL = "arrival"
    """In the queue of the gate."""
    DECLARATION = "declaration"
    """When the form was sent, on the way to the gate: for a gate where few arrivals are recorded."""


class WaitingTime(NamedTuple):
    """The median of a gate in whole minutes; None if too few people were decided about."""

    checkpoint: str
    minutes: int | None = None
    measured_from: MeasuredFrom | None = None


def waiting_times(checkpoints: Sequence[str], *, now: datetime, waits: Waits) -> list[WaitingTime]:
    """Of each checkpoint, in their order: one query or two for each, some at a time."""
    found = in_parallel(lambda each: waits.waits(each, since=now - WINDOW, until=now), checkpoints)
    return [_of(checkpoint, each) for checkpoint, each in zip(checkpoints, found, strict=True)]


def _of(checkpoint: str, waits: Sequence[Wait]) -> WaitingTime:
    arrived = [each.from_arrival for each in waits if each.from_arrival is not None]
    declared = [each.from_declaration for each in waits if each.from_declaration is not None]
    for seconds, since in ((arrived, MeasuredFrom.ARRIVAL), (declared, MeasuredFrom.DECLARATION)):
        if len(seconds) >= FEWEST:
            return WaitingTime(checkpoint, round(median(seconds) / 60), since)
    return WaitingTime(checkpoint)
