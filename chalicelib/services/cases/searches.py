"""Search for contacts in steps. Each step is an event. A step may fail at any point and be repeated.

A marker is written before its place is read: see `models.tracing.markers`. Rows are written only if they do not exist.
So a repeated step, at any time and in any order, adds what is missing and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial

from chalicelib.models.cases.cases import Case
from chalicelib.models.cases.contacts import Edge, order_of_pairs
from chalicelib.models.cases.events import CaseEvent, CaseEventKind
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.entry.codes import DECLARATION_LENGTH
from chalicelib.models.tracing.exposures import Exposure, ExposureKind
from chalicelib.models.tracing.markers import LateFacts, Marker, SearchEvent
from chalicelib.models.tracing.places import SECOND, PlaceKind, kind_of, name_of, near, second
from chalicelib.services.cases.ports import Cases, FindCase, OtherNumbers, Places, Send
from chalicelib.services.parallel import in_parallel
from chalicelib.services.ports import Clock

NAMES_ONLY = 9
"""The hop of rows which only record that a person's other numbers were searched."""

_BY_PLACE = {
    PlaceKind.PLATE: ContactKind.VEHICLE,
    PlaceKind.ADDRESS: ContactKind.HOUSEHOLD,
    PlaceKind.HOST: ContactKind.HOST,
    PlaceKind.SERVICE: ContactKind.SERVICE,
    PlaceKind.CHECKPOINT: ContactKind.CHECKPOINT,
    PlaceKind.COMMUNE: ContactKind.COMMUNE,
}

_MOST_NUMBERS = 10
"""The most numbers of one person."""

_A_BATCH = 100
"""Markers deleted in one call."""

_PLACES_AT_ONCE = 32
"""Places that one step searches. A step must end within the worker's time limit, so further places are further
steps."""


@dataclass(frozen=True, slots=True)
class Searcher:
    """Dependencies of searches. `retention` is that of exposures."""

    cases: Cases
    places: Places
    other_numbers: OtherNumbers
    send: Send
    zone: tzinfo
    retention: timedelta
    clock: Clock


def expand(event: CaseEvent | SearchEvent, *, find: FindCase, searcher: Searcher) -> int:
    """Handle an event. Returns the number of new reasons."""
    found = find(event.subject)
    if found is None:
        return 0  # its retention is over
    case, end = found
    if isinstance(event, CaseEvent) and event.kind is CaseEventKind.CASE_ENDED:
        _take_markers_away(case, searcher)
    elif end is not None:
        return 0
    elif isinstance(event, SearchEvent):
        if not event.marker.is_of_person:
            return _search_places(case, [event.marker], searcher, event.late)
        return _search_person(case, event.marker, searcher, event.late)
    elif event.kind is CaseEventKind.CASE_OPENED:
        return _begin(case, searcher)
    else:
        return _follow(case, event, searcher)
    return 0


def _begin(case: Case, searcher: Searcher) -> int:
    new = 0
    for person in case.persons:
        marker = _of_person(case, 0, person, case.infectious_from, follows=True)
        new += _search_person(case, marker, searcher)
    visits = [
        Marker(place=each.place, case=case.code, hop=0, person=case.persons[0], since=each.since, until=each.until)
        for each in case.places
    ]
    return new + _search_first_places(case, visits, searcher)


def _follow(case: Case, event: CaseEvent, searcher: Searcher) -> int:
    """Search the exposures of a contact, unless they were searched already with as few hops and as early a start."""
    assert event.since is not None
    follows = event.follows and event.hop < case.hops
    hops = [*range(event.hop + 1), *([] if follows else [NAMES_ONLY])]
    done = searcher.cases.searched_since(case.code, [event.person], hops)
    if event.person in done and not (follows and done[event.person] > event.since):
        return 0
    return _search_person(case, _of_person(case, event.hop, event.person, event.since, follows=follows), searcher)


def _of_person(case: Case, hop: int, person: str, since: datetime, *, follows: bool) -> Marker:
    return Marker(
        place=name_of(PlaceKind.PERSON, person),
        case=case.code,
        hop=hop,
        person=person,
        since=second(since),
        until=second(case.searched_until(hop)),
        follows=follows,
    )


def _search_person(case: Case, marker: Marker, searcher: Searcher, late: LateFacts | None = None) -> int:
    """Look for a person's other numbers, and search each place where the person was in the searched time. Returns the
    number of new reasons."""
    numbers, new = _all_numbers(case, marker, searcher), 0
    if marker.follows:
        places = [name_of(PlaceKind.PERSON, each) for each in numbers]
        read = partial(_exposures_at, marker=marker, late=late, searcher=searcher)
        exposures = [each for found in in_parallel(read, places) for each in found]
        due = {
            each.place + each.key: each for exposure in exposures for each in _near(case, marker, exposure, searcher)
        }
        new = _search_first_places(case, list(due.values()), searcher)
    if late is None:  # else the whole search may still be under way
        searcher.cases.searched(case, marker.hop if marker.follows else NAMES_ONLY, marker.person, marker.since)
    return new


def _search_first_places(case: Case, markers: Sequence[Marker], searcher: Searcher) -> int:
    """Queue a search for each place that is too many for this step, and search the others. Returns the number of new
    reasons."""
    searcher.send([SearchEvent.due(each) for each in markers[_PLACES_AT_ONCE:]])
    return _search_places(case, markers[:_PLACES_AT_ONCE], searcher)


def _exposures_at(place: str, marker: Marker, late: LateFacts | None, searcher: Searcher) -> Sequence[Exposure]:
    """The exposures in the marker's time; only the late ones, if the search is for these."""
    if late is None:
        return searcher.places.exposures_at(place, marker.since, marker.until)
    found = searcher.places.exposures_at(place, max(late.since, marker.since), min(late.until, marker.until))
    return [each for each in found if each.code[:DECLARATION_LENGTH] in late.declarations]


def _all_numbers(case: Case, marker: Marker, searcher: Searcher) -> list[str]:
    """The person's number, the other numbers on record for it, and theirs in turn. Each gets a marker before it is
    read."""
    numbers = [marker.person]
    for number in numbers:
        place = name_of(PlaceKind.PERSON, number)
        _leave(case, [marker.model_copy(update={"place": place, "person": number})], searcher)
        for other in searcher.other_numbers(number):
            searcher.cases.append_same(case, number, other)
            if other not in numbers and len(numbers) < _MOST_NUMBERS:
                numbers.append(other)
    return numbers


def _near(case: Case, marker: Marker, exposure: Exposure, searcher: Searcher) -> Iterator[Marker]:
    communes = case.communes and marker.hop == 0
    for span in near(exposure, case.windows, searcher.zone, communes=communes):
        yield Marker(
            place=span.place,
            case=case.code,
            hop=marker.hop,
            person=exposure.person,
            since=span.since,
            until=span.until,
            at=second(exposure.at),
            code=exposure.code,
            fact=_fact(exposure),
        )


def _search_places(case: Case, markers: Sequence[Marker], searcher: Searcher, late: LateFacts | None = None) -> int:
    """Store the reasons why others at these places are contacts: places where people of one hop were. Returns the
    number of new reasons."""
    if markers and markers[0].hop:
        left = partial(_not_searched_by_case, searcher=searcher)
        markers = [each for part in in_parallel(left, markers) for each in part]
    _leave(case, markers, searcher)
    read = partial(_at_marker, late=late, searcher=searcher)
    there = zip(markers, in_parallel(read, markers), strict=True)
    edges = _best((edge for each in there for edge in _edges(case, *each, searcher)), searcher.zone)
    if edges and markers[0].hop:
        # This only saves writes: `models.cases.contacts` ignores edges that are no earlier.
        persons = sorted({each.person for each in edges})
        found = searcher.cases.found_since(case.code, persons)
        edges = [each for each in edges if each.person not in found or not found[each.person].covers(each)]
        if markers[0].hop > 1:
            # For persons of hop 2, the origin of the forms by which they were found is not on record.
            done = searcher.cases.searched_since(case.code, persons, range(1, markers[0].hop + 1))
            edges = [each for each in edges if each.person not in done or each.reach < done[each.person]]
    return searcher.cases.append_edges(case, _with_events(edges))


def _not_searched_by_case(marker: Marker, searcher: Searcher) -> list[Marker]:
    """The parts of a contact's marker that the case itself does not cover at this place. If the case was there, too,
    and no later, those near the contact are near the case: the reason of more hops would not count
    (`models.cases.contacts`). Without this, a place of a thousand people would cost a million reasons."""
    left = [(marker.since, marker.until)]
    for each in searcher.places.of_case(marker.place, marker.case):
        if each.at is None or (marker.at is not None and each.at <= marker.at):
            left = [
                part
                for since, until in left
                for part in ((since, min(until, each.since - SECOND)), (max(since, each.until + SECOND), until))
                if part[0] <= part[1]
            ]
    return [marker.model_copy(update={"since": since, "until": until}) for since, until in left]


def _with_events(edges: Sequence[Edge]) -> list[tuple[Edge, bool]]:
    """Each edge, and whether it is an event: one of each person is, the earliest one that is followed. A search from
    there covers the others of this step."""
    found: set[str] = set()
    pairs = []
    for each in sorted(edges, key=lambda each: (not each.kind.is_followed, each.reach)):
        pairs.append((each, each.person not in found))
        found.add(each.person)
    return pairs


def _at_marker(marker: Marker, late: LateFacts | None, searcher: Searcher) -> Sequence[Exposure]:
    return _exposures_at(marker.place, marker, late, searcher)


def _edges(case: Case, marker: Marker, there: Sequence[Exposure], searcher: Searcher) -> Iterator[Edge]:
    kind = _BY_PLACE[kind_of(marker.place)]
    for exposure in there:
        if exposure.person == marker.person or exposure.person in case.persons:
            continue
        if kind is ContactKind.CHECKPOINT and exposure.kind is not ExposureKind.CROSSED:
            continue  # only declared to come to this gate
        at = second(exposure.at)
        # The case was at a place of the interview the whole time.
        seen_at = marker.at or max(at, case.infectious_from)
        together = marker.code is not None and marker.code[:DECLARATION_LENGTH] == exposure.code[:DECLARATION_LENGTH]
        yield Edge(
            hop=marker.hop + 1,
            person=exposure.person,
            through=marker.person,
            kind=ContactKind.DECLARATION if together else kind,
            seen_at=seen_at,
            from_=min(seen_at, at),
            until=max(seen_at, at),
            code=exposure.code,
            fact=f"{marker.fact or f'{marker.place}#{marker.key}'}|{_fact(exposure)}",
            found_at=searcher.clock(),
            is_unproven=not exposure.is_known,
        )


def _best(edges: Iterable[Edge], zone: tzinfo) -> list[Edge]:
    """The earliest pair of each two persons, kind and day. Other pairs add no information."""
    best: dict[tuple[object, ...], Edge] = {}
    for each in sorted(edges, key=order_of_pairs):
        best.setdefault((each.person, each.through, each.kind, each.until.astimezone(zone).date()), each)
    return list(best.values())


def _fact(exposure: Exposure) -> str:
    """What distinguishes an exposure from all others of a person."""
    at = int(exposure.at.timestamp())
    return "/".join([str(at), exposure.code, exposure.kind, exposure.checkpoint or ""])


def _leave(case: Case, markers: Sequence[Marker], searcher: Searcher) -> None:
    """Store markers. The case records them first, so that closing the case finds and deletes them."""
    searcher.cases.append_marks(case, markers)
    searcher.places.put(markers, case.opened_at + searcher.retention)


def _take_markers_away(case: Case, searcher: Searcher) -> None:
    marks = list(searcher.cases.marks(case.code))
    for start in range(0, len(marks), _A_BATCH):
        some = marks[start : start + _A_BATCH]
        searcher.places.delete(some)
        searcher.cases.delete_marks(case.code, some)
