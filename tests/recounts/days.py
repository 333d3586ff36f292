"""Random days at the gates, told as plain facts; what they must count for, by plain code; and how they are delivered.

The recount shares no code with the counting functions: it reads the story, not the records.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.models.entry.arrivals import ArrivalBy, GateArrival
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict, ConflictKind
from chalicelib.models.entry.corrections import Correction
from chalicelib.models.entry.crossings import Crossing, Decision, Offline
from chalicelib.models.entry.departures import Departure, Entered
from chalicelib.models.entry.offline_declarations import DeclaredOffline
from chalicelib.models.entry.revocations import Revocation
from chalicelib.models.records import Record
from tests.forms import form
from tests.records import declaration

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
GATES = (None, "an-hoa", "moc-bai", "xa-mat")
COMMUNES = ("25480", "25465", "25459")
TRANSPORTS = ("bicycle", "on_foot", "airplane")
PURPOSES = ("return_home", "work", "visit")
GUARD = "guard"
MINUTES = (0, 5, 10, 15, 20, 25, 30, 45, 60, 90, 120, 180, 240, 360)


class Where(NamedTuple):
    """The gates that are named and crossed, and the communes that are gone to. One that is listed more often has more
    people."""

    gates: Sequence[str | None] = GATES
    """The first is that of a form that names none."""
    communes: Sequence[str] = COMMUNES


ANYWHERE = Where()

Counts = Counter[tuple[date, str, str, tuple[str, ...]]]


@dataclass
class Person:
    code: Code
    crossing: Crossing | None = None
    arrival: GateArrival | None = None
    corrections: list[Correction] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    departures: list[Departure] = field(default_factory=list)
    revocation: Revocation | None = None


@dataclass
class Trip:
    """A declaration, with the facts of its persons."""

    name: str
    gate: str | None
    commune: str
    transport: str
    purpose: str
    declared_at: datetime
    known_at: datetime
    persons: list[Person]


@dataclass
class Story:
    """`written` are the rows in their order: the partition, the row's name and its body. `known_at` says of each when
    it became known."""

    trips: list[Trip] = field(default_factory=list)
    written: list[tuple[str, str, str]] = field(default_factory=list)
    known_at: list[datetime] = field(default_factory=list)

    def counts(self) -> Counts:
        """What must be counted in the end."""
        counts: Counts = Counter()
        for trip in self.trips:
            _count_trip(counts, trip)
        return Counter({key: count for key, count in counts.items() if count})


def counts_of(figures: Any) -> Counts:
    """Figures as a story counts."""
    return Counter({(each.day, str(each.family), each.series, each.cell): each.count for each in figures})


def random_story(
    random: Random,
    begins: datetime,
    trips: int,
    *,
    first: int = 0,
    received_at: datetime | None = None,
    where: Where = ANYWHERE,
) -> Story:
    """A day from `begins` on, in which so many declare; what follows from it may be known two days later.

    With `received_at` a device kept all declarations until then.
    """
    story, facts = Story(), list[tuple[datetime, str, str, Record]]()
    for number in range(first, first + trips):
        trip, of_trip = _random_trip(random, number, begins, received_at, where)
        story.trips.append(trip)
        facts += of_trip
    # As they became known, and those of a person with a number in the order of their numbers.
    facts.sort(key=lambda each: each[0])
    story.known_at = [each[0] for each in facts]
    story.written = [(partition, row, fact.model_dump_json(exclude_none=True)) for _, partition, row, fact in facts]
    return story


def _random_trip(
    random: Random, number: int, begins: datetime, received_at: datetime | None, where: Where
) -> tuple[Trip, list[tuple[datetime, str, str, Record]]]:
    at = begins + timedelta(seconds=random.randrange(24 * 3600))
    companions = random.choice((0, 0, 0, 1, 3))
    gate, commune = random.choice(where.gates), random.choice(where.communes)
    name = Code.of(2**40 + number, 0).declaration
    persons = [Person(Code(name, person)) for person in range(companions + 1)]
    kept = received_at or (at + timedelta(hours=random.choice((1, 30))) if random.random() < 0.1 else None)
    known_at = kept or at
    trip = Trip(name, gate, commune, random.choice(TRANSPORTS), random.choice(PURPOSES), at, known_at, persons)
    body = form(
        at,
        companions,
        destination={"unit": {"list_version": "2021", "code": commune}, "address": "Tổ 3"},
        transport={"kind": trip.transport},
        purpose=trip.purpose,
        checkpoint=gate,
    )
    made = declaration(companions, at)
    offline = DeclaredOffline(device="tablet", id="1", said_at=at, received_at=kept) if kept else None
    made = made.model_copy(update={"form": type(made.form).model_validate_json(json.dumps(body)), "offline": offline})
    facts: list[tuple[datetime, str, str, Record]] = [(known_at, name, "DECLARATION", made)]
    for person in persons:
        own = _random_facts(random, person, at, known_at, where.gates[1:])
        facts += [(known, name, row, fact) for known, row, fact in own]
    return trip, facts


def _random_facts(
    random: Random, person: Person, declared_at: datetime, after: datetime, gates: Sequence[str | None]
) -> Iterator[tuple[datetime, str, Record]]:
    number = person.code.person
    if random.random() < 0.05:
        person.revocation = Revocation(recorded_at=after + timedelta(minutes=5), reason="x", recorded_by=GUARD)
        yield person.revocation.recorded_at, f"REVOCATION#{number}", person.revocation
        return
    if random.random() < 0.05:
        return  # never came
    gate = random.choice(gates) or ""
    crossed_at = declared_at + timedelta(minutes=random.randrange(240))
    person.crossing, known = _crossing(random, person.code, gate, crossed_at, after)
    yield known, f"CROSSING#{number}", person.crossing
    if random.random() < 0.4:
        arrived_at = max(declared_at, crossed_at - timedelta(minutes=random.randrange(-5, 90)))
        arrival_known = max(after, arrived_at + timedelta(hours=random.choice((0, 0, 30))))
        offline = _offline(arrived_at, arrival_known) if arrival_known > arrived_at else None
        person.arrival = GateArrival(
            checkpoint=gate, recorded_at=arrived_at, holds_until=arrived_at, by=ArrivalBy.STAFF, offline=offline
        )
        yield arrival_known, f"ARRIVAL#{number}", person.arrival
    while random.random() < 0.1:
        known += timedelta(hours=random.choice((1, 20)))
        person.corrections.append(
            Correction(decision=random.choice([*Decision]), reason="x", recorded_at=known, recorded_by=GUARD)
        )
        yield known, f"CORRECTION#{number}#{len(person.corrections) - 1:03d}", person.corrections[-1]
    while random.random() < 0.1:
        other, conflict_known = _crossing(random, person.code, gates[0] or "", crossed_at, after, certain=True)
        conflict_known = max(conflict_known, *(each.crossing.offline.received_at for each in person.conflicts), known)  # type: ignore[union-attr]
        conflict = Conflict(id=f"x-{len(person.conflicts)}", kind=random.choice([*ConflictKind]), crossing=other)
        person.conflicts.append(conflict)
        yield conflict_known, f"CONFLICT#{number}#{len(person.conflicts) - 1:03d}", conflict
    left_known = known
    while random.random() < 0.25:
        left_at = crossed_at + timedelta(hours=random.randrange(1, 20))
        left_known = max(left_known, left_at) + timedelta(minutes=1)
        departure = Departure(
            code=str(person.code),
            checkpoint=random.choice(gates) or "",
            entered=Entered.ADMITTED,
            recorded_at=left_at,
            offline=_offline(left_at, left_known),
            recorded_by=GUARD,
        )
        person.departures.append(departure)
        yield left_known, f"DEPARTURE#{number}#{len(person.departures) - 1:03d}", departure


def _crossing(
    random: Random, code: Code, gate: str, at: datetime, after: datetime, *, certain: bool = False
) -> tuple[Crossing, datetime]:
    """A crossing, and when it became known: some were recorded without network."""
    known = at + timedelta(hours=random.choice((1, 30))) if certain or random.random() < 0.2 else at
    known = max(known, after)
    crossing = Crossing(
        code=str(code),
        checkpoint=gate,
        decision=random.choice([*Decision]),
        reason="x",
        recorded_at=at,
        offline=_offline(at, known) if certain or known > at else None,
        recorded_by=GUARD,
    )
    return crossing, known


def _offline(said_at: datetime, received_at: datetime) -> Offline:
    return Offline(device="tablet", id="1", said_at=said_at, received_at=received_at)


def _count_trip(counts: Counts, trip: Trip) -> None:
    day, hour = _there(trip.declared_at)
    gate, people = trip.gate or "none", len(trip.persons)
    counts[day, "gates", "declarations", (gate, hour, "unproven")] += 1
    counts[day, "gates", "declared", (gate, hour)] += people
    counts[day, "gates", "purposes", (gate, trip.purpose)] += 1
    counts[day, "gates", "transports", (gate, trip.transport)] += 1
    counts[day, "communes", "expected", ("2021", trip.commune)] += people
    _count_late(counts, trip.declared_at, trip.known_at, "declaration_submitted", "gates", "communes")
    for person in trip.persons:
        if person.revocation is not None:
            counts[_there(person.revocation.recorded_at)[0], "gates", "revocations", (gate,)] += 1
        if person.crossing is not None:
            _count_crossing(counts, trip, person, person.crossing)
        _count_departures(counts, trip, person)
        for conflict in person.conflicts:
            at, known = conflict.crossing.recorded_at, _known(conflict.crossing)
            counts[_there(at)[0], "gates", "conflicts", (conflict.crossing.checkpoint, conflict.kind)] += 1
            _count_late(counts, at, known, "crossing_conflicted", "gates")


def _count_crossing(counts: Counts, trip: Trip, person: Person, crossing: Crossing) -> None:
    day, hour = _there(crossing.recorded_at)
    gate = crossing.checkpoint
    decision = person.corrections[-1].decision if person.corrections else crossing.decision
    counts[day, "gates", "crossings_in", (gate, hour, decision)] += 1
    counts[day, "communes", "entered", ("2021", trip.commune, decision)] += 1
    counts[day, "gates", "offline", (gate, "in")] += crossing.offline is not None
    counts[day, "waits", "from_declaration", (gate, hour, _bucket(crossing.recorded_at - trip.declared_at))] += 1
    if person.arrival is not None and person.arrival.recorded_at <= crossing.recorded_at:
        waited = crossing.recorded_at - person.arrival.recorded_at
        counts[day, "waits", "from_arrival", (gate, hour, _bucket(waited))] += 1
    _count_late(counts, crossing.recorded_at, _known(crossing), "crossing_recorded", "gates", "communes", "waits")
    for correction in person.corrections:
        counts[day, "gates", "corrections", (gate, correction.decision)] += 1
        late = ("gates", "communes")
        _count_late(counts, crossing.recorded_at, correction.recorded_at, "crossing_corrected", *late)


def _count_departures(counts: Counts, trip: Trip, person: Person) -> None:
    """The earliest counts. Each that was the earliest when it became known is late by itself."""
    first: Departure | None = None
    for each in person.departures:
        if first is None or each.recorded_at < first.recorded_at:
            first = each
            _count_late(counts, each.recorded_at, _known(each), "departure_recorded", "gates", "communes")
    if first is not None:
        day, hour = _there(first.recorded_at)
        counts[day, "gates", "crossings_out", (first.checkpoint, hour)] += 1
        counts[day, "gates", "offline", (first.checkpoint, "out")] += 1
        counts[day, "communes", "left", ("2021", trip.commune)] += 1


def _count_late(counts: Counts, at: datetime, known: datetime, kind: str, *families: str) -> None:
    day, known_on = _there(at)[0], _there(known)[0]
    if known_on > day:
        for family in families:
            counts[day, family, "late", (kind, known_on.isoformat())] += 1


def _known(fact: Crossing | Departure) -> datetime:
    return fact.offline.received_at if fact.offline else fact.recorded_at


def _bucket(waited: timedelta) -> str:
    return str(max(each for each in MINUTES if timedelta(minutes=each) <= max(waited, timedelta())))


def _there(moment: datetime) -> tuple[date, str]:
    return moment.astimezone(ZONE).date(), f"{moment.astimezone(ZONE):%H}"


def total_of(counts: Mapping[Any, int], series: str, day: date) -> int:
    return sum(count for (on, _, name, _), count in counts.items() if (on, name) == (day, series))


def deliveries(random: Random, events: list[str]) -> list[list[str]]:
    """Each event one to three times, in any order, in batches of up to ten."""
    bodies = [each for each in events for _ in range(random.choice((1, 1, 2, 3)))]
    random.shuffle(bodies)
    return [bodies[first : first + 10] for first in range(0, len(bodies), 10)]
