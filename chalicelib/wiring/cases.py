"""Dependencies of cases."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib import wiring
from chalicelib.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.models.cases.events import CaseEvent
    from chalicelib.models.events import Event
    from chalicelib.services.cases.cases import Registry
    from chalicelib.services.cases.searches import Searcher
    from chalicelib.services.cases.tellings import Teller
    from chalicelib.storage.cases.cases import Cases


@cache
def cases() -> Cases:
    from chalicelib.storage.cases.cases import CaseRow, Cases

    return Cases(wiring.table(CaseRow, "cases_table"), retention=settings().case_retention)


@cache
def registry() -> Registry:
    from chalicelib.services.cases.cases import Registry
    from chalicelib.wiring.entry import entries
    from chalicelib.wiring.permits import permits
    from chalicelib.wiring.policy import in_force
    from chalicelib.wiring.tracing import exposures, markers

    return Registry(
        cases=cases(),
        places=markers(),
        other_numbers=exposures().other_numbers,
        records=entries(),
        permits=permits(),
        in_force=in_force(),
        keyed_hash=wiring.keyed_hash(),
        zone=wiring.zone(),
        retention=settings().exposure_retention,
        clock=wiring.clock,
    )


@cache
def teller() -> Teller:
    from chalicelib.services.cases.tellings import Teller
    from chalicelib.wiring.messaging import messages
    from chalicelib.wiring.waves import waves

    return Teller(registry=registry(), waves=waves(), messages=messages(), retention=settings().declaration_retention)


@cache
def searcher() -> Searcher:
    from chalicelib.services.cases.searches import Searcher
    from chalicelib.wiring.tracing import exposures, markers

    return Searcher(
        cases=cases(),
        places=markers(),
        other_numbers=exposures().other_numbers,
        send=_send,
        zone=wiring.zone(),
        retention=settings().exposure_retention,
        clock=wiring.clock,
    )


def event_of(keys: Any) -> CaseEvent | None:
    """The event for a new row of the cases table, by its keys in the stream; None if there is no event for it.

    Raises `RowUnreadable`.
    """
    from chalicelib.storage.cases.cases import event_of

    return event_of(keys)


def _send(events: Sequence[Event]) -> None:
    from chalicelib.models.cases.events import RECEIVED_BY
    from chalicelib.wiring.queues import publish

    publish(events, RECEIVED_BY)
