"""How the facts of declarations and passes are counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from chalicelib.models.entry.announcements import ANNOUNCED
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Crossing, Decision, Direction
from chalicelib.models.entry.departures import Departure
from chalicelib.models.entry.events import EntryEventKind as Kind
from chalicelib.models.entry.records import DeclarationRecord
from chalicelib.models.entry.reminders import DRAFT_DUE
from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import At, Counter, counted, minutes, one
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted, Figure


def _declared(event: CountEvent, record: DeclarationRecord, zone: tzinfo) -> Sequence[Counted] | None:
    declaration = record.declaration
    trip, at = declaration.form.trip, At.of(declaration.issued_at, zone)
    gate, persons = _declared_gate(record), len(declaration.passes)
    unit = trip.destination.unit
    increments = [
        one(at.day, series.DECLARATIONS, gate, at.hour, declaration.origin),
        one(at.day, series.DECLARED, gate, at.hour, count=persons),
        one(at.day, series.PURPOSES, gate, trip.purpose),
        one(at.day, series.TRANSPORTS, gate, trip.transport.kind),
        one(at.day, series.EXPECTED, unit.list_version, unit.code, count=persons),
    ]
    known_at = declaration.issued_at if declaration.offline is None else declaration.offline.received_at
    return [counted(_id(event), event.kind, increments, day=at.day, known_at=known_at, zone=zone)]


def _crossed(event: CountEvent, record: DeclarationRecord, zone: tzinfo) -> Sequence[Counted] | None:
    person = Code.parse(event.subject).person
    crossing = record.crossings.get(person)
    if crossing is None:
        return None
    at = At.of(crossing.recorded_at, zone)
    waited = minutes(record.declaration.issued_at, crossing.recorded_at)
    bucket = series.FROM_DECLARATION.bucket(waited)
    increments = [
        *_decision(record, crossing, crossing.decision, 1, zone),
        one(at.day, series.FROM_DECLARATION, crossing.checkpoint, at.hour, bucket),
    ]
    if crossing.offline is not None:
        increments.append(one(at.day, series.OFFLINE, crossing.checkpoint, Direction.IN))
    fact = counted(_id(event), event.kind, increments, day=at.day, known_at=_known_at(crossing), zone=zone)
    return [fact, *_waited(event, record, zone)]


def _arrived(event: CountEvent, record: DeclarationRecord, zone: tzinfo) -> Sequence[Counted] | None:
    return _waited(event, record, zone) if Code.parse(event.subject).person in record.arrivals else None


def _waited(event: CountEvent, record: DeclarationRecord, zone: tzinfo) -> Sequence[Counted]:
    """The wait of a person with an arrival and a crossing, which may come in any order. The event of the second sees
    both; if both see both, the identity, which they share, counts once."""
    code = Code.parse(event.subject)
    arrival, crossing = record.arrivals.get(code.person), record.crossings.get(code.person)
    if arrival is None or crossing is None or arrival.recorded_at > crossing.recorded_at:
        return []
    at = At.of(crossing.recorded_at, zone)
    bucket = series.FROM_ARRIVAL.bucket(minutes(arrival.recorded_at, crossing.recorded_at))
    increment = one(at.day, series.FROM_ARRIVAL, crossing.checkpoint, at.hour, bucket)
    known_at = max(_known_at(crossing), arrival.received_at)
    # Not as a fact that came late: it is none of its own, and its crossing may be one.
    return [Counted(f"waited/{code}", [increment], known_at)]


def _corrected(event: CountEvent, record: DeclarationRecord, zone: tzinfo) -> Sequence[Counted] | None:
    person, number = Code.parse(event.subject).person, _number(event)
    crossing, corrections = record.crossings.get(person), record.corrections.get(person, ())
    if crossing is None or number >= len(corrections):
        return None
    correction = corrections[number]
    before = corrections[number - 1].decision if number else crossing.decision
    at = At.of(crossing.recorded_at, zone)
    increments = [
        *_decision(record, crossing, before, -1, zone),
        *_decision(record, crossing, correction.decision, 1, zone),
        one(at.day, series.CORRECTIONS, crossing.checkpoint, correction.decision),
    ]
    return [counted(_id(event), event.kind, increments, day=at.day, known_at=correction.recorded_at, zone=zone)]


def _conflicted(event: CountEvent, record: DeclarationRecord, zone: tzinfo) -> Sequence[Counted] | None:
    person, number = Code.parse(event.subject).person, _number(event)
    conflicts = record.conflicts.get(person, ())
    if number >= len(conflicts):
        return None
    conflict = conflicts[number]
    at = At.of(conflict.crossing.recorded_at, zone)
    increments = [one(at.day, series.CONFLICTS, conflict.crossing.checkpoint, conflict.kind)]
    known_at = _known_at(conflict.crossing)
    return [counted(_id(event), event.kind, increments, day=at.day, known_at=known_at, zone=zone)]


def _revoked(event: CountEvent, record: DeclarationRecord, zone: tzinfo) -> Sequence[Counted] | None:
    revocation = record.revocations.get(Code.parse(event.subject).person)
    if revocation is None:
        return None
    at = At.of(revocation.recorded_at, zone)
    increments = [one(at.day, series.REVOCATIONS, _declared_gate(record))]
    return [counted(_id(event), event.kind, increments, day=at.day, known_at=revocation.recorded_at, zone=zone)]


def _left(event: CountEvent, record: DeclarationRecord, zone: tzinfo) -> Sequence[Counted] | None:
    """The earliest departure of a pass counts. One that came later and was earlier moves the count."""
    person, number = Code.parse(event.subject).person, _number(event)
    departures = record.departures.get(person, ())
    if number >= len(departures):
        return None
    departure = departures[number]
    before = min(departures[:number], key=_when, default=None)
    increments: list[Figure] = []
    if before is None or _when(departure) < _when(before):
        increments += _departure(record, departure, 1, zone)
        if before is not None:
            increments += _departure(record, before, -1, zone)
    day = At.of(departure.recorded_at, zone).day
    return [counted(_id(event), event.kind, increments, day=day, known_at=_known_at(departure), zone=zone)]


COUNTERS: Mapping[str, Counter] = {
    Kind.DECLARATION_SUBMITTED: _declared,
    Kind.ARRIVAL_RECORDED: _arrived,
    Kind.CROSSING_RECORDED: _crossed,
    Kind.CROSSING_CORRECTED: _corrected,
    Kind.CROSSING_CONFLICTED: _conflicted,
    Kind.PASS_REVOKED: _revoked,
    Kind.DEPARTURE_RECORDED: _left,
}

NOT_COUNTED: Mapping[str, str] = {
    Kind.PHONE_PROVEN: "Declarations are counted by their origin when they were received.",
    Kind.VERIFICATION_REQUESTED: "Its message is counted.",
    Kind.ALIAS_RECORDED: "It says that two numbers are one person's: nothing happened at that time.",
    ANNOUNCED: "Its message is counted.",
    DRAFT_DUE: "Its message is counted; the declaration is, once it is confirmed.",
}


def record_of(event: CountEvent) -> str:
    """The declaration that an event is about."""
    return Code.parse(event.subject).declaration


def _decision(
    record: DeclarationRecord, crossing: Crossing, decision: Decision, count: int, zone: tzinfo
) -> Sequence[Figure]:
    at, unit = At.of(crossing.recorded_at, zone), record.declaration.form.trip.destination.unit
    return [
        one(at.day, series.CROSSINGS_IN, crossing.checkpoint, at.hour, decision, count=count),
        one(at.day, series.ENTERED, unit.list_version, unit.code, decision, count=count),
    ]


def _departure(record: DeclarationRecord, departure: Departure, count: int, zone: tzinfo) -> list[Figure]:
    at, unit = At.of(departure.recorded_at, zone), record.declaration.form.trip.destination.unit
    increments = [
        one(at.day, series.CROSSINGS_OUT, departure.checkpoint, at.hour, count=count),
        one(at.day, series.LEFT, unit.list_version, unit.code, count=count),
    ]
    if departure.offline is not None:
        increments.append(one(at.day, series.OFFLINE, departure.checkpoint, Direction.OUT, count=count))
    return increments


def _known_at(fact: Crossing | Departure) -> datetime:
    return fact.recorded_at if fact.offline is None else fact.offline.received_at


def _when(departure: Departure) -> datetime:
    return departure.recorded_at


def _declared_gate(record: DeclarationRecord) -> str:
    return record.declaration.form.trip.checkpoint or series.NO_GATE


def _number(event: CountEvent) -> int:
    """The number of a fact that a person may have several times: the end of its row's name."""
    return int(event.fact.rpartition("#")[2])


def _id(event: CountEvent) -> str:
    return f"{record_of(event)}/{event.fact}"
