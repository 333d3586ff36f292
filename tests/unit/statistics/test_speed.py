"""A process counts at least a thousand events a second, without the time that AWS takes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from time import process_time
from typing import Any

from chalicelib.models.entry import counting
from chalicelib.models.entry.codes import Code
from chalicelib.models.statistics.counting import Source
from chalicelib.models.statistics.events import CountEvent
from chalicelib.services.statistics.counting import reckon
from chalicelib.storage.entry.events import event_of
from chalicelib.storage.entry.records import record_of
from chalicelib.storage.statistics.figures import Figures, StatisticsRow
from chalicelib.storage.tables import Table
from tests.recounts.days import ZONE, random_story
from tests.recounts.worlds import seeded

SECONDS = 2
"""Of events, at a thousand a second. A minute of them took the same time for each."""


def _nothing_seen(_operation: str, _request: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _events(number: int) -> tuple[list[str], Mapping[str, Mapping[str, str]]]:
    """The bodies of so many events, as batches bring them, and the rows that they are about."""
    rows: dict[str, dict[str, str]] = {}
    bodies: list[str] = []
    for partition, row, body in random_story(seeded(1), datetime(2021, 7, 21, 17, tzinfo=UTC), number // 2).written:
        rows.setdefault(partition, {})[row] = body
        event = event_of({"declaration": {"S": partition}, "row": {"S": row}})
        assert event is not None
        bodies.append(CountEvent.of_row(event, row).model_dump_json())
    return bodies[:number], rows


def test_a_process_counts_a_thousand_events_a_second() -> None:
    bodies, rows = _events(SECONDS * 1_000)
    source = Source(
        counting.COUNTERS,
        counting.record_of,
        lambda event: record_of(rows[Code.parse(event.subject).declaration]),
    )
    sources = dict.fromkeys(counting.COUNTERS, source)
    figures = Figures(Table(StatisticsRow, "statistics", _nothing_seen))
    before, number = process_time(), 0
    for first in range(0, len(bodies), 10):
        events = [CountEvent.model_validate_json(each) for each in bodies[first : first + 10]]
        number += figures.append(reckon(events, sources=sources, zone=ZONE).counted)
    took = process_time() - before
    assert number >= len(bodies)
    assert took < SECONDS
