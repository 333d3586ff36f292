"""Trace: the exposures that events mean are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.tracing.exposures import Exposure, ExposureKind

if TYPE_CHECKING:
    from chalicelib.services.ports import KeyedHash
    from chalicelib.services.tracing.ports import AppendExposures, FindRecord


def trace(
    event: EntryEvent,
    *,
    find_record: FindRecord,
    append: AppendExposures,
    keyed_hash: KeyedHash,
    retention: timedelta,
) -> int:
    """Store the exposures that an event means; the same event again changes nothing. Returns how many there are.

    There are none if the record has left, its retention being over.
    """
    read, record = _READERS.get(event.kind), find_record(event.code)
    if read is None or record is None:
        return 0
    exposures = list(read(HeldPass(event.code, record), keyed_hash))
    if exposures:
        append(exposures, record.declaration.issued_at + retention)
    return len(exposures)


def _declared(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    for each in held.record.passes(held.code.declaration):
        yield _exposure(each, keyed_hash)


def _crossed(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    if held.crossing:
        yield _at_gate(held, held.crossing, keyed_hash)


def _conflicted(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    """Someone stood at that gate too, whichever crossing turns out to be right."""
    for conflict in held.conflicts:
        yield _at_gate(held, conflict.crossing, keyed_hash)


_READERS: Mapping[EntryEventKind, Callable[[HeldPass, KeyedHash], Iterator[Exposure]]] = {
    EntryEventKind.DECLARATION_SUBMITTED: _declared,
    EntryEventKind.CROSSING_RECORDED: _crossed,
    EntryEventKind.CROSSING_CONFLICTED: _conflicted,
}


def _at_gate(held: HeldPass, crossing: Crossing, keyed_hash: KeyedHash) -> Exposure:
    # Devices may send fractions of a second. Tracing does not need them, and storage has whole seconds.
    at = crossing.recorded_at.replace(microsecond=0)
    return _exposure(held, keyed_hash).model_copy(
        update={"kind": ExposureKind.CROSSED, "at": at, "checkpoint": crossing.checkpoint}
    )


def _exposure(held: HeldPass, keyed_hash: KeyedHash) -> Exposure:
    person, trip = held.person, held.trip
    plate = trip.transport.plate
    return Exposure(
        kind=ExposureKind.DECLARED,
        at=trip.expected_arrival,
        code=str(held.code),
        person=keyed_hash.text("person", person.identifying_text),
        phone=keyed_hash.text("phone", person.phone) if person.phone else None,
        plate=keyed_hash.text("plate", plate) if plate else None,
        checkpoint=trip.checkpoint,
        commune=trip.destination.unit.code,
    )
