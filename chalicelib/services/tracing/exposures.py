"""Trace: the exposures that events mean are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.records import Facts
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
    exposures = list(read(event.code, record, keyed_hash))
    if exposures:
        append(exposures, record.declaration.issued_at + retention)
    return len(exposures)


def _declared(code: Code, record: Facts, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    for number in range(len(record.declaration.passes)):
        yield _exposure(Code(code.declaration, number), record, keyed_hash)


def _crossed(code: Code, record: Facts, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    if code.person in record.crossings:
        yield _at_gate(code, record.crossings[code.person], record, keyed_hash)


def _conflicted(code: Code, record: Facts, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    """Someone stood at that gate too, whichever crossing turns out to be right."""
    for conflict in record.conflicts.get(code.person, ()):
        yield _at_gate(code, conflict.crossing, record, keyed_hash)


_READERS: Mapping[EntryEventKind, Callable[[Code, Facts, KeyedHash], Iterator[Exposure]]] = {
    EntryEventKind.DECLARATION_SUBMITTED: _declared,
    EntryEventKind.CROSSING_RECORDED: _crossed,
    EntryEventKind.CROSSING_CONFLICTED: _conflicted,
}


def _at_gate(code: Code, crossing: Crossing, record: Facts, keyed_hash: KeyedHash) -> Exposure:
    declared = _exposure(code, record, keyed_hash)
    return declared.model_copy(
        update={"kind": ExposureKind.CROSSED, "at": crossing.recorded_at, "checkpoint": crossing.checkpoint}
    )


def _exposure(code: Code, record: Facts, keyed_hash: KeyedHash) -> Exposure:
    form = record.declaration.form
    person = form.persons[code.person]
    plate = form.trip.transport.plate
    return Exposure(
        kind=ExposureKind.DECLARED,
        at=form.trip.expected_arrival,
        code=str(code),
        person=keyed_hash.text("person", person.is_who),
        phone=keyed_hash.text("phone", person.phone) if person.phone else None,
        plate=keyed_hash.text("plate", plate) if plate else None,
        checkpoint=form.trip.checkpoint,
        commune=form.trip.destination.unit.code,
    )
