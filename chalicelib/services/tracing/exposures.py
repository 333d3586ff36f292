"""Trace: turn what happened into exposures."""

from collections.abc import Iterator
from datetime import timedelta

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.events import Event, EventKind
from chalicelib.models.entry.records import DeclarationRecord
from chalicelib.models.tracing.exposures import Exposure, ExposureKind
from chalicelib.services.collaborators import Entries, Exposures, KeyedHash


def trace(event: Event, *, entries: Entries, exposures: Exposures, keyed_hash: KeyedHash, retention: timedelta) -> int:
    """Store the exposures that an event means; the same event again changes nothing. How many there are.

    A record that has left since (its retention ended) has nothing to trace.
    """
    facts = entries.find(event.code)
    if facts is None:
        return 0
    found = list(_exposures(event, facts, keyed_hash))
    if found:
        exposures.append(found, facts.declaration.issued_at + retention)
    return len(found)


def _exposures(event: Event, facts: DeclarationRecord, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    if event.kind is EventKind.DECLARATION_SUBMITTED:
        for number in range(len(facts.declaration.passes)):
            yield _exposure(Code(event.declaration, number), facts, keyed_hash)
    elif event.kind is EventKind.CROSSING_RECORDED and event.person in facts.crossings:
        yield _crossed(event.code, facts.crossings[event.person], facts, keyed_hash)
    elif event.kind is EventKind.CROSSING_CONFLICTED:
        # Someone stood there, too, whoever is right about the pass.
        for conflict in facts.conflicts.get(event.person, ()):
            yield _crossed(event.code, conflict.crossing, facts, keyed_hash)


def _crossed(code: Code, crossing: Crossing, facts: DeclarationRecord, keyed_hash: KeyedHash) -> Exposure:
    declared = _exposure(code, facts, keyed_hash)
    return declared.model_copy(
        update={"kind": ExposureKind.CROSSED, "at": crossing.recorded_at, "checkpoint": crossing.checkpoint}
    )


def _exposure(code: Code, facts: DeclarationRecord, keyed_hash: KeyedHash) -> Exposure:
    form = facts.declaration.form
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
