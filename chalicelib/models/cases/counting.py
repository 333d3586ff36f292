"""How cases and their contacts are counted."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

from chalicelib.models.cases.cases import Case, CaseEnd
from chalicelib.models.cases.contacts import Edge
from chalicelib.models.cases.events import CaseEventKind as Kind
from chalicelib.models.cases.tellings import CONTACT_TOLD
from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import At, Counter, counted, minutes, one
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted
from chalicelib.models.tracing.markers import SEARCH_DUE


def _opened(event: CountEvent, record: tuple[Case, CaseEnd | None], zone: tzinfo) -> Sequence[Counted] | None:
    case, _ = record
    day = At.of(case.opened_at, zone).day
    increments = [one(day, series.CASES, "known" if case.contact_of else "new")]
    if case.sampled_at is not None:
        hours = minutes(case.sampled_at, case.opened_at) / 60
        increments.append(one(day, series.FROM_SAMPLE, series.FROM_SAMPLE.bucket(hours)))
    return [counted(_id(event), event.kind, increments, day=day, known_at=case.opened_at, zone=zone)]


def _ended(event: CountEvent, record: tuple[Case, CaseEnd | None], zone: tzinfo) -> Sequence[Counted] | None:
    _, end = record
    if end is None:
        return None
    day = At.of(end.ended_at, zone).day
    increments = [one(day, series.CASE_ENDS)]
    return [counted(_id(event), event.kind, increments, day=day, known_at=end.ended_at, zone=zone)]


def _found(event: CountEvent, edges: Sequence[Edge], zone: tzinfo) -> Sequence[Counted] | None:
    """A person counts once for a case and a hop, on the day of the first reason: all reasons share an identity."""
    if not edges:
        return None
    first = min(edges, key=lambda each: each.found_at)
    day = At.of(first.found_at, zone).day
    increments = [one(day, series.CONTACTS, str(first.hop))]
    return [counted(record_of(event), event.kind, increments, day=day, known_at=first.found_at, zone=zone)]


COUNTERS: Mapping[str, Counter] = {Kind.CASE_OPENED: _opened, Kind.CASE_ENDED: _ended, Kind.CONTACT_FOUND: _found}

NOT_COUNTED: Mapping[str, str] = {
    SEARCH_DUE: "It asks for work: nothing happened.",
    CONTACT_TOLD: "Its message is counted.",
}


def record_of(event: CountEvent) -> str:
    """The case, or the reasons why a person is a contact of it at a hop."""
    if event.kind != Kind.CONTACT_FOUND:
        return event.subject
    found = contact_of(event)
    return f"{event.subject}/{found.hop}/{found.person}"


class FoundContact(NamedTuple):
    """The person of an event `contact_found`."""

    hop: int
    person: str
    """The keyed hash."""


def contact_of(event: CountEvent) -> FoundContact:
    """By the name of the row: `EDGE#<hop>#<person>#…`."""
    _, hop, person, *_ = event.fact.split("#")
    return FoundContact(int(hop), person)


def _id(event: CountEvent) -> str:
    return f"{event.subject}/{event.fact}"
