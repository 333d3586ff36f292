"""What counting needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.models.statistics.counting import Source
    from chalicelib.models.statistics.events import CountEvent
    from chalicelib.storage.statistics.figures import Figures


@cache
def figures() -> Figures:
    from chalicelib.storage.statistics.figures import Figures, StatisticsRow

    return Figures(wiring.table(StatisticsRow, "statistics_table"))


@cache
def start() -> None:
    """Once in a process: record since when series are counted that were not counted before."""
    figures().start(wiring.clock())


@cache
def sources() -> Mapping[str, Source]:
    """Where facts are counted from, by kind of event. A capability that counts its facts adds a line."""
    return {kind: source for source in (_entry(), _cases()) for kind in source.counters}


def _entry() -> Source:
    from chalicelib.models.entry import counting
    from chalicelib.models.entry.codes import Code
    from chalicelib.models.statistics.counting import Source
    from chalicelib.wiring.entry import entries

    return Source(counting.COUNTERS, counting.record_of, lambda event: entries().find(Code.parse(event.subject)))


def _cases() -> Source:
    from chalicelib.models.cases import counting
    from chalicelib.models.cases.events import CaseEventKind
    from chalicelib.models.statistics.counting import Source
    from chalicelib.wiring.cases import cases

    def find(event: CountEvent) -> object:
        if event.kind == CaseEventKind.CONTACT_FOUND:
            return cases().edges_to(event.subject, *counting.contact_of(event))
        return cases().find(event.subject)

    return Source(counting.COUNTERS, counting.record_of, find)
