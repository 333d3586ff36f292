"""The queue of a gate: who arrived there and still waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.records import DeclarationRecord, HeldPass, pass_of
from chalicelib.models.policy.policies import LONGEST_HOLD
from chalicelib.services.entry.ports import ArrivalsAtGates, ExpectedPasses
from chalicelib.services.entry.records import records_of
from chalicelib.services.pages import Page, page_of


class Queue(NamedTuple):
    """Collaborators."""

    arrivals: ArrivalsAtGates
    crossed: ExpectedPasses


def list_waiting(checkpoint: str, *, cursor: str | None, limit: int, queue: Queue, now: datetime) -> Page[HeldPass]:
    """A page of people who arrived at a checkpoint and whose pass is still valid, the longest wait first: one query,
    one for each hour since the first arrival that may still hold, and one for each declaration of the page.

    A page may have fewer people than `limit`: who was decided about at another gate, or a moment ago, is left out.
    Raises `InvalidInput` (`cursor_unknown`).
    """
    begins = now - timedelta(hours=LONGEST_HOLD)
    arrived = queue.arrivals.arrived_at(checkpoint, since=begins)
    # Most of them have crossed since. Their records need not be read.
    crossed = queue.crossed.crossed_at(checkpoint, since=begins, until=now) if arrived else set()
    codes = [each for each in dict.fromkeys(arrived) if str(each) not in crossed]
    page = page_of(codes, cursor=cursor, limit=limit, name_of=str)
    waiting = _waiting(checkpoint, page.items, records_of(page.items, queue.arrivals), now)
    return Page(sorted(waiting, key=lambda held: (held.arrived_at or now, held.code)), page.cursor)


def _waiting(
    checkpoint: str, codes: Sequence[Code], records: dict[str, DeclarationRecord], now: datetime
) -> list[HeldPass]:
    found = []
    for code in codes:
        try:
            held = pass_of(code, records.get(code.declaration))
        except PassUnknown:  # erased meanwhile
            continue
        # Rows of the former release name no checkpoint.
        is_here = held.arrival is not None and held.arrival.checkpoint == checkpoint
        if is_here and held.verdict(now) is Verdict.VALID:
            found.append(held)
    return found
