"""Count facts: each once, whatever is delivered twice, late or out of order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from chalicelib.models.statistics.counting import Source
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted
from chalicelib.services.parallel import in_parallel


class Reckoning(NamedTuple):
    """What some events count for."""

    counted: Sequence[Counted]
    gone: Sequence[CountEvent]
    """The events whose record has left, or lacks the fact: they are counted nowhere."""


def reckon(events: Iterable[CountEvent], *, sources: Mapping[str, Source], zone: tzinfo) -> Reckoning:
    """What these events count for, by their records: one read for each record, side by side.

    `sources` are by kind of event. Raises `ServiceUnavailable`.
    """
    by_record: dict[tuple[int, str], list[CountEvent]] = {}
    for event in events:
        source = sources[event.kind]
        by_record.setdefault((id(source), source.record_of(event)), []).append(event)
    firsts = [together[0] for together in by_record.values()]
    records = in_parallel(lambda event: sources[event.kind].find(event), firsts)
    counted: list[Counted] = []
    gone: list[CountEvent] = []
    for record, together in zip(records, by_record.values(), strict=True):
        for event in together:
            facts = _facts(event, record, sources[event.kind], zone)
            if facts is None:
                gone.append(event)
            else:
                counted += facts
    return Reckoning(counted, gone)


def _facts(event: CountEvent, record: Any, source: Source, zone: tzinfo) -> Sequence[Counted] | None:
    return None if record is None else source.counters[event.kind](event, record, zone)
