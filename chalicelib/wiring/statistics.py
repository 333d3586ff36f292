"""What counting needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib import wiring
from chalicelib.models.statistics.counting import Source
from chalicelib.settings import needed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from chalicelib.models.statistics.events import CountEvent
    from chalicelib.storage.cases.cases import Cases
    from chalicelib.storage.entry.entries import Entries
    from chalicelib.storage.messaging.messages import Messages
    from chalicelib.storage.messaging.waves import Waves
    from chalicelib.storage.permits.permits import Permits
    from chalicelib.storage.statistics.figures import Figures
    from chalicelib.storage.stays.stays import Stays


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
    """Where facts are counted from, by kind of event."""
    from chalicelib.wiring.cases import cases
    from chalicelib.wiring.entry import entries
    from chalicelib.wiring.messaging import messages
    from chalicelib.wiring.permits import permits
    from chalicelib.wiring.stays import stays
    from chalicelib.wiring.waves import waves

    return sources_of(entries=entries, cases=cases, stays=stays, permits=permits, messages=messages, waves=waves)


def sources_of(
    *,
    entries: Callable[[], Entries],
    cases: Callable[[], Cases],
    stays: Callable[[], Stays],
    permits: Callable[[], Permits],
    messages: Callable[[], Messages],
    waves: Callable[[], Waves],
) -> Mapping[str, Source]:
    """The same with these tables, each made when it is first read. A capability that counts its facts adds a line."""
    of_messages = _messages(messages, waves)
    rooms = (_entry(entries), _cases(cases), _stays(stays), _permits(permits), of_messages, _looks(), _checks())
    return {kind: source for source in rooms for kind in source.counters}


def fact_of(record: dict[str, Any]) -> CountEvent | None:
    """What a stream record of the tables of stays, permits or messages means to those who count; None if it means
    nothing. Raises `RowUnreadable`."""
    change, keys = record.get("eventName"), record.get("dynamodb", {}).get("Keys")
    # `arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<time>`
    _, table, *_ = record["eventSourceARN"].split("/")
    if table == needed("messages_table"):
        from chalicelib.storage.statistics.messages import fact_of

        # A new row is a claim: nothing has happened to the message.
        return fact_of(keys) if change == "MODIFY" else None
    if change != "INSERT":
        return None
    if table == needed("stays_table"):
        from chalicelib.storage.stays.facts import fact_of

        return fact_of(keys)
    from chalicelib.storage.permits.facts import fact_of

    return fact_of(keys)


def _entry(entries: Callable[[], Entries]) -> Source:
    from chalicelib.models.entry import counting
    from chalicelib.models.entry.codes import Code

    return Source(counting.COUNTERS, counting.record_of, lambda event: entries().find(Code.parse(event.subject)))


def _cases(cases: Callable[[], Cases]) -> Source:
    from chalicelib.models.cases import counting
    from chalicelib.models.cases.events import CaseEventKind

    def find(event: CountEvent) -> object:
        if event.kind == CaseEventKind.CONTACT_FOUND:
            # Not all reasons: a case of a crowd has thousands of rows. The first event to be counted gives the day.
            edge = cases().edge(event.subject, event.fact)
            return None if edge is None else [edge]
        return cases().find(event.subject)

    return Source(counting.COUNTERS, counting.record_of, find)


def _stays(stays: Callable[[], Stays]) -> Source:
    from chalicelib.models.entry.codes import Code
    from chalicelib.models.stays import counting

    def find(event: CountEvent) -> object:
        return stays().find_without_health(Code.parse(event.subject))

    return Source(counting.COUNTERS, counting.record_of, find)


def _permits(permits: Callable[[], Permits]) -> Source:
    from chalicelib.models.entry.codes import Code
    from chalicelib.models.permits import counting

    def find(event: CountEvent) -> object:
        code = Code.parse(event.subject)
        crossing = counting.crossing_of(event)
        return permits().find(code) if crossing is None else permits().find_crossing(code, crossing)

    return Source(counting.COUNTERS, counting.record_of, find)


def _messages(messages: Callable[[], Messages], waves: Callable[[], Waves]) -> Source:
    from chalicelib.models.messaging.waves import wave_of
    from chalicelib.models.statistics import messages as counting

    @cache
    def known_since(wave: str) -> datetime | None:
        # It never changes, and is the same for thousands of messages.
        record = waves().find(wave)
        return None if record is None else record.wave.known_since

    def find(event: CountEvent) -> object:
        message = next((each for each in messages().about(event.subject) if each.event == event.fact), None)
        if message is None:
            return None
        wave = wave_of(event.fact)
        return counting.MessageRecord(message, None if wave is None else known_since(wave))

    return Source(counting.COUNTERS, counting.record_of, find)


def _looks() -> Source:
    from chalicelib.models.statistics import looks as counting

    # The event has all that is counted.
    return Source(counting.COUNTERS, counting.record_of, lambda event: event)


def _checks() -> Source:
    from chalicelib.models.statistics import checks as counting

    # The same.
    return Source(counting.COUNTERS, counting.record_of, lambda event: event)
