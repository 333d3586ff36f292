"""Cases in memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chalicelib.models.cases.cases import Case, CaseEnd, ContactOf
from chalicelib.models.cases.contacts import Edge, FoundSince
from chalicelib.models.cases.events import CaseEvent, CaseEventKind
from chalicelib.models.cases.tellings import Telling, Told
from chalicelib.models.cases.works import OpenWork, Work
from chalicelib.models.tracing.markers import Marker


@dataclass
class Cases:
    now: datetime
    """By which guards expire."""
    opened: dict[str, Case] = field(default_factory=dict)
    ended: dict[str, CaseEnd] = field(default_factory=dict)
    guards: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    found: dict[str, dict[tuple[object, ...], Edge]] = field(default_factory=dict)
    pairs: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    done: dict[tuple[str, int, str], datetime] = field(default_factory=dict)
    marked: dict[str, dict[tuple[str, str], None]] = field(default_factory=dict)
    recorded: dict[str, dict[str, list[Work]]] = field(default_factory=dict)
    lists: dict[str, set[OpenWork]] = field(default_factory=dict)
    tellings: dict[tuple[str, str], Telling] = field(default_factory=dict)
    taken: dict[str, dict[str, Told]] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)
    stream: list[CaseEvent] = field(default_factory=list)
    """The events that new rows mean."""

    def open(self, case: Case, again_from: datetime) -> str | None:
        for each in case.persons:
            if each in self.guards and self.guards[each][1] > self.now:
                return self.guards[each][0]
        self.guards |= dict.fromkeys(case.persons, (case.code, again_from))
        self.opened[case.code] = case
        self.stream.append(CaseEvent(kind=CaseEventKind.CASE_OPENED, subject=case.code))
        return None

    def find(self, code: str) -> tuple[Case, CaseEnd | None] | None:
        return (self.opened[code], self.ended.get(code)) if code in self.opened else None

    def end(self, case: Case, end: CaseEnd) -> CaseEnd | None:
        if case.code in self.ended:
            return self.ended[case.code]
        self.ended[case.code] = end
        self.stream.append(CaseEvent(kind=CaseEventKind.CASE_ENDED, subject=case.code))
        return None

    def listed(self, month: datetime, before: str | None, limit: int) -> list[str]:
        utc = month.astimezone(UTC)
        names = sorted(
            (
                f"{each.opened_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}#{each.code}"
                for each in self.opened.values()
                if (each.opened_at.astimezone(UTC).year, each.opened_at.astimezone(UTC).month) == (utc.year, utc.month)
            ),
            reverse=True,
        )
        return [each for each in names if before is None or each < before][:limit]

    def append_edges(self, case: Case, edges: Sequence[tuple[Edge, bool]]) -> int:
        return sum(self._append_edge(case, *each) for each in edges)

    def _append_edge(self, case: Case, edge: Edge, is_event: bool) -> bool:
        key = (edge.hop, edge.person, edge.until, edge.kind, edge.fact, edge.is_unproven, is_event)
        edges = self.found.setdefault(case.code, {})
        if key in edges:
            return False
        edges[key] = edge
        if not is_event:
            return True
        self.stream.append(
            CaseEvent(
                kind=CaseEventKind.CONTACT_FOUND,
                subject=case.code,
                hop=edge.hop,
                person=edge.person,
                since=edge.until,
                follows=edge.kind.is_followed,
            )
        )
        return True

    def edges(self, code: str) -> list[Edge]:
        return list(self.found.get(code, {}).values())

    def append_same(self, case: Case, one: str, other: str) -> None:
        first, second = sorted((one, other))
        self.pairs.setdefault(case.code, set()).add((first, second))

    def same(self, code: str) -> list[tuple[str, str]]:
        return sorted(self.pairs.get(code, ()))

    def found_since(self, code: str, persons: Iterable[str]) -> dict[str, FoundSince]:
        found: dict[str, list[Edge]] = {}
        for each in self.found.get(code, {}).values():
            if each.hop == 1 and each.kind.is_followed and each.person in set(persons):
                found.setdefault(each.person, []).append(each)
        return {
            person: FoundSince(
                min(each.reach for each in reasons),
                min((each.reach for each in reasons if not each.is_unproven), default=None),
            )
            for person, reasons in found.items()
        }

    def searched_since(self, code: str, persons: Iterable[str], hops: Iterable[int]) -> dict[str, datetime]:
        hops = list(hops)
        found: dict[str, datetime] = {}
        for person in persons:
            times = [self.done[code, hop, person] for hop in hops if (code, hop, person) in self.done]
            if times:
                found[person] = min(times)
        return found

    def searched(self, case: Case, hop: int, person: str, since: datetime) -> None:
        key = case.code, hop, person
        self.done[key] = min(since, self.done.get(key, since))

    def append_marks(self, case: Case, markers: Sequence[Marker]) -> None:
        self.marked.setdefault(case.code, {}).update(((each.place, each.key), None) for each in markers)

    def marks(self, code: str) -> Iterator[tuple[str, str]]:
        return iter(sorted(self.marked.get(code, {})))

    def delete_marks(self, code: str, marks: Sequence[tuple[str, str]]) -> None:
        for each in marks:
            self.marked[code].pop(each, None)

    def works(self, code: str) -> dict[str, list[Work]]:
        return {person: list(works) for person, works in self.recorded.get(code, {}).items()}

    def append_work(
        self, case: Case, person: str, number: int, work: Work, before: OpenWork | None, after: OpenWork | None
    ) -> bool:
        works = self.recorded.setdefault(case.code, {}).setdefault(person, [])
        if number != len(works):
            return False
        works.append(work)
        if before is not None:
            self.lists.setdefault(before.officer, set()).discard(before)
        if after is not None:
            self.lists.setdefault(after.officer, set()).add(after)
        return True

    def find_telling(self, code: str, wave: str) -> Telling | None:
        return self.tellings.get((code, wave))

    def append_telling(self, case: Case, telling: Telling) -> Telling | None:
        if (case.code, telling.wave) in self.tellings:
            return self.tellings[case.code, telling.wave]
        self.tellings[case.code, telling.wave] = telling
        return None

    def append_told(self, case: Case, person: str, told: Told, instead_of: Told | None) -> Told | None:
        there = self.taken.setdefault(case.code, {}).get(person)
        if there is not None and there != instead_of:
            return there
        self.taken[case.code][person] = told
        return None

    def told(self, code: str) -> dict[str, Told]:
        return dict(self.taken.get(code, {}))

    def contact_of(self, persons: Sequence[str], until: datetime) -> list[ContactOf]:
        found: dict[str, int] = {}
        for code, edges in self.found.items():
            hops = [
                each.hop
                for each in edges.values()
                if each.person in persons
                and each.found_at <= until
                and any((code, hop, each.person) in self.done for hop in (0, 1, 2, 3, 9))
            ]
            if hops:
                found[code] = min(hops)
        return sorted((ContactOf(case=code, hop=hop) for code, hop in found.items()), key=lambda each: each.hop)

    def count_opened(self, month: datetime) -> tuple[int, int]:
        opened = [
            each
            for each in self.opened.values()
            if f"{each.opened_at.astimezone(UTC):%Y-%m}" == f"{month.astimezone(UTC):%Y-%m}"
        ]
        return len(opened), sum(bool(each.contact_of) for each in opened)

    def open_work(self, officer: str, after: str | None, limit: int) -> list[OpenWork]:
        found = sorted(self.lists.get(officer, ()), key=lambda each: each.key)
        return [each for each in found if after is None or each.key > after][:limit]

    def note_officer(self, subject: str) -> None:
        self.noted.add(subject)

    def officers(self) -> list[str]:
        return sorted(self.noted)
