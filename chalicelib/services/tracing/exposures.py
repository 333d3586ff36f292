"""Trace: the exposures and aliases that events mean are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.departures import Departure
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.people import hashed
from chalicelib.models.people.identities import Identity, IdentityKind
from chalicelib.models.tracing.exposures import Exposure, ExposureKind, PersonAlias

if TYPE_CHECKING:
    from chalicelib.services.entry.ports import FindRecord
    from chalicelib.services.ports import Clock, KeyedHash
    from chalicelib.services.tracing.ports import AppendAliases, AppendExposures


def trace(
    event: EntryEvent,
    *,
    find_record: FindRecord,
    append: AppendExposures,
    append_aliases: AppendAliases,
    keyed_hash: KeyedHash,
    retention: timedelta,
    clock: Clock,
) -> int:
    """Store the exposures and aliases that an event means. Returns how many exposures there are.

    The same event again stores them under the same keys. There are none if the record has left, its retention being
    over.
    """
    read, record = _READERS.get(event.kind), find_record(event.code)
    if read is None or record is None:
        return 0
    # The time of this writing, and not that of the proof: a reader must know since when the rows are there.
    known_since = clock() if record.is_proven_later else None
    exposures, aliases = [], []
    for each in read(HeldPass(event.code, record), keyed_hash):
        if isinstance(each, Exposure):
            exposures.append(each.model_copy(update={"known_since": known_since}))
        else:
            aliases.append(each)
    keep_until = record.declaration.issued_at + retention
    if exposures:
        append(exposures, keep_until)
    if aliases:
        append_aliases(aliases, keep_until)
    return len(exposures)


def _declared(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[Exposure | PersonAlias]:
    for each in held.record.passes(held.code.declaration):
        yield _exposure(each, keyed_hash)
        yield from _older_number(each, keyed_hash)


def _proven(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[Exposure | PersonAlias]:
    """All that is on record by now: what comes later is written with its origin by its own event."""
    for each in held.record.passes(held.code.declaration):
        yield _exposure(each, keyed_hash)
        yield from _crossed(each, keyed_hash)
        yield from _conflicted(each, keyed_hash)
        yield from _departed(each, keyed_hash)


def _older_number(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[PersonAlias]:
    """What a member of staff read from the card: of other forms anyone may have written it."""
    person = held.person
    if held.record.declaration.declared_by is not None and person.identity and person.older_number:
        older = Identity.model_construct(kind=IdentityKind.CMND, number=person.older_number)
        if older.identifying_text != person.identifying_text:
            yield PersonAlias(
                held.issued_at,
                str(held.code),
                keyed_hash.text(hashed.PERSON, person.identifying_text),
                keyed_hash.text(hashed.PERSON, older.identifying_text),
            )


def _aliased(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[PersonAlias]:
    if held.alias:
        person = keyed_hash.text(hashed.PERSON, held.person.identifying_text)
        yield PersonAlias(held.alias.recorded_at, str(held.code), person, held.alias.other)


def _crossed(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    if held.crossing:
        yield _at_gate(held, held.crossing, keyed_hash)


def _conflicted(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    """Someone stood at that gate too, whichever crossing turns out to be right."""
    for conflict in held.conflicts:
        yield _at_gate(held, conflict.crossing, keyed_hash)


def _departed(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    """People stand at a gate on the way out, too."""
    for departure in held.departures:
        yield _at_gate(held, departure, keyed_hash)


_READERS: Mapping[EntryEventKind, Callable[[HeldPass, KeyedHash], Iterator[Exposure | PersonAlias]]] = {
    EntryEventKind.DECLARATION_SUBMITTED: _declared,
    EntryEventKind.PHONE_PROVEN: _proven,
    EntryEventKind.CROSSING_RECORDED: _crossed,
    EntryEventKind.CROSSING_CONFLICTED: _conflicted,
    EntryEventKind.DEPARTURE_RECORDED: _departed,
    EntryEventKind.ALIAS_RECORDED: _aliased,
}


def _at_gate(held: HeldPass, crossing: Crossing | Departure, keyed_hash: KeyedHash) -> Exposure:
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
        person=keyed_hash.text(hashed.PERSON, person.identifying_text),
        phone=keyed_hash.text(hashed.PHONE, person.phone) if person.phone else None,
        plate=keyed_hash.text(hashed.PLATE, plate) if plate else None,
        checkpoint=trip.checkpoint,
        commune=trip.destination.unit.code,
        origin=held.origin,
    )
