"""Trace: the exposures and aliases that events mean are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.models.entry.codes import DECLARATION_LENGTH
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.departures import Departure
from chalicelib.models.entry.erasures import BLANK
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.people import hashed
from chalicelib.models.people.identities import Identity, IdentityKind
from chalicelib.models.people.names import compared
from chalicelib.models.tracing.exposures import Exposure, ExposureKind, PersonAlias, Wait
from chalicelib.models.tracing.places import PlaceKind, name_of, places_of
from chalicelib.services.parallel import in_parallel

if TYPE_CHECKING:
    from chalicelib.models.tracing.markers import Marker, SearchEvent
    from chalicelib.services.entry.ports import FindRecord
    from chalicelib.services.ports import Clock, KeyedHash
    from chalicelib.services.tracing.ports import AppendAliases, AppendExposures, FindMarkers, SearchAgain


class Tracer(NamedTuple):
    """What storing exposures needs."""

    append: AppendExposures
    append_aliases: AppendAliases
    find_markers: FindMarkers
    search_again: SearchAgain
    zone: tzinfo


def trace(
    event: EntryEvent,
    *,
    find_record: FindRecord,
    tracer: Tracer,
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
    exposures: list[Exposure] = []
    aliases: list[PersonAlias] = []
    for each in read(HeldPass(event.code, record), keyed_hash):
        if isinstance(each, Exposure):
            exposures.append(each.model_copy(update={"known_since": known_since}))
        else:
            aliases.append(each)
    store(exposures, aliases, record.declaration.issued_at + retention, tracer=tracer)
    return len(exposures)


def store(
    exposures: Sequence[Exposure], aliases: Sequence[PersonAlias], keep_until: datetime, *, tracer: Tracer
) -> None:
    """Store exposures and aliases. Open cases that have searched there before are asked to search again.

    Markers are read after the exposures were written, because a case writes its markers before it reads exposures.
    """
    if exposures:
        tracer.append(exposures, keep_until)
    if aliases:
        tracer.append_aliases(aliases, keep_until)
    if met := _met_by(exposures, aliases, tracer.find_markers, tracer.zone):
        tracer.search_again(met)


def _met_by(
    exposures: Sequence[Exposure], aliases: Sequence[PersonAlias], find_markers: FindMarkers, zone: tzinfo
) -> list[SearchEvent]:
    """Searches for the markers that match the place and time of one of these exposures, limited to these exposures; and
    searches for the markers at the persons of an alias, of everything that is there."""
    at_places: dict[str, list[Exposure]] = {}
    for exposure in exposures:
        for place in places_of(exposure, zone):
            at_places.setdefault(place, []).append(exposure)
    persons = {name_of(PlaceKind.PERSON, each) for alias in aliases for each in (alias.person, alias.other)}
    places = [*at_places, *sorted(persons - at_places.keys())]
    due = []
    for place, markers in zip(places, in_parallel(find_markers, places), strict=True):
        by_case = [each for each in markers if each.hop == 0]
        for marker in markers:
            if place in persons:
                due.append(_due(marker, []))
                continue
            late = [each for each in at_places[place] if marker.covers(each.at)]
            if not all(_finds_nothing(marker, each, by_case) for each in late):
                due.append(_due(marker, late))
    return due


def _finds_nothing(marker: Marker, exposure: Exposure, by_case: Sequence[Marker]) -> bool:
    """Whether those near a contact were near the case itself at this place, and as early: a reason of more hops does
    not count then (`models.cases.contacts`). Of a thousand people in one vehicle each later one asks for one search."""
    return marker.hop > 0 and any(
        each.case == marker.case and each.at and marker.at and each.at <= marker.at and each.covers(exposure.at)
        for each in by_case
    )


def _due(marker: Marker, late: Sequence[Exposure]) -> SearchEvent:
    # Lazy import: most facts meet no marker.
    from chalicelib.models.tracing.markers import LateFacts, SearchEvent

    if not late:
        return SearchEvent.due(marker)
    times = [each.at for each in late]
    declarations = sorted({each.code[:DECLARATION_LENGTH] for each in late})
    facts = LateFacts(since=min(times).replace(microsecond=0), until=max(times), declarations=declarations)
    return SearchEvent.due(marker, facts)


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
        yield _at_gate(held, held.crossing, keyed_hash).model_copy(update={"wait": _wait(held, held.crossing)})


def _conflicted(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    """Someone stood at that gate too, whichever crossing turns out to be right."""
    for conflict in held.conflicts:
        yield _at_gate(held, conflict.crossing, keyed_hash)


def _departed(held: HeldPass, keyed_hash: KeyedHash) -> Iterator[Exposure]:
    """People are at a gate on the way out, too."""
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


def _wait(held: HeldPass, crossing: Crossing) -> Wait | None:
    """None for a person declared by staff at the gate: they waited before that."""
    since = held.arrived_at or held.issued_at
    seconds = max(0, round((crossing.recorded_at - since).total_seconds()))
    if held.arrived_at is not None:
        return Wait(seconds, None)
    return Wait(None, seconds) if held.record.declaration.declared_by is None else None


def _exposure(held: HeldPass, keyed_hash: KeyedHash) -> Exposure:
    person, trip = held.person, held.trip
    plate, destination = trip.transport.plate, trip.destination
    commune = destination.unit.code
    return Exposure(
        kind=ExposureKind.DECLARED,
        at=trip.expected_arrival,
        code=str(held.code),
        person=keyed_hash.text(hashed.PERSON, person.identifying_text),
        phone=keyed_hash.text(hashed.PHONE, person.phone) if person.phone else None,
        plate=keyed_hash.text(hashed.PLATE, plate) if plate else None,
        checkpoint=trip.checkpoint,
        commune=commune,
        address=_place(hashed.ADDRESS, destination.address, keyed_hash, commune),
        host=_place(hashed.HOST, destination.host, keyed_hash, commune),
        service=_place(hashed.SERVICE, trip.transport.service_number, keyed_hash),
        origin=held.origin,
    )


def _place(label: str, text: str | None, keyed_hash: KeyedHash, *within: str) -> str | None:
    """The keyed hash of a text that people write in many ways. None if nothing is left to compare, or the text was
    erased."""
    plain = compared(text) if text and text != BLANK else ""
    return keyed_hash.text(label, *within, plain) if plain else None
