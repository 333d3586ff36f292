"""What tracing needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib.models.people.province import province
from chalicelib.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.models.tracing.markers import SearchEvent
    from chalicelib.services.tracing.exposures import Tracer
    from chalicelib.storage.tracing.exposures import Exposures
    from chalicelib.storage.tracing.markers import Markers

from chalicelib import wiring


@cache
def exposures() -> Exposures:
    from chalicelib.storage.tracing.exposures import ExposureRow, Exposures

    table = wiring.table(ExposureRow, "tracing_table")
    return Exposures(table, time_zone=province(settings().province).time_zone)


@cache
def markers() -> Markers:
    from chalicelib.storage.tracing.exposures import ExposureRow
    from chalicelib.storage.tracing.markers import Markers

    return Markers(wiring.table(ExposureRow, "tracing_table"))


@cache
def tracer() -> Tracer:
    """Dependencies of storing exposures."""
    from chalicelib.services.tracing.exposures import Tracer

    table = exposures()
    return Tracer(table.append, table.append_aliases, markers().at, _search_again, wiring.zone())


def _search_again(due: Sequence[SearchEvent]) -> None:
    """Ask the cases that left these markers to search there again."""
    from chalicelib.models.events import Queue
    from chalicelib.models.tracing.markers import SEARCH_DUE
    from chalicelib.wiring.queues import publish

    publish(due, {Queue.CASES: frozenset({SEARCH_DUE})})
