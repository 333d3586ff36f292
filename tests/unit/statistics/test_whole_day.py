"""A day of 2,000 declarations, with 40 cases and 4,000 checks, from its events to what is published of it.

Each event is delivered one to three times and in any order, to workers of which one dies again and again. What must be
counted is a plain recount of the story. The records and the public's readers are in memory; figures are stored by the
real storage.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from chalicelib.models.cases import counting as case_counting
from chalicelib.models.cases.cases import Case, CasePerson
from chalicelib.models.cases.contacts import Edge
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.entry import counting as entry_counting
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import DeclarationRecord
from chalicelib.models.people.administrative_units import children
from chalicelib.models.people.province import province
from chalicelib.models.staff.roles import Principal
from chalicelib.models.statistics import checks
from chalicelib.models.statistics.counting import Source
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Family
from chalicelib.models.statistics.places import Places
from chalicelib.models.statistics.publications import Bulletin
from chalicelib.services.statistics import bulletins, counting
from chalicelib.services.statistics.bulletins import BulletinForm, Press
from chalicelib.services.statistics.counting import reckon
from chalicelib.services.statistics.readings import Desk
from chalicelib.storage.cases.cases import event_of as case_event_of
from chalicelib.storage.entry.events import event_of
from chalicelib.storage.entry.records import record_of
from chalicelib.storage.statistics.figures import Figures, StatisticsRow
from chalicelib.storage.tables import Table
from tests.recounts.days import Counts, Story, Where, counts_of, random_story, total_of
from tests.recounts.memory import StatisticsInMemory
from tests.recounts.worlds import seeded
from tests.unit.fakes.publications import Publications
from tests.unit.statistics.solver import Total, determined
from tests.unit.statistics.test_publishing import public

TRIPS, LATE, CASES, CHECKS = 2_000, 60, 40, 4_000
DIES_AFTER = 50
"""Events of the worker that dies."""

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MIDNIGHT = datetime(2021, 7, 22, tzinfo=ZONE)
DAY = MIDNIGHT.date()
DAYS = [DAY + timedelta(days=number) for number in range(6)]
HIDDEN_BELOW = 10

GATES = {f"chot-{number:02}": f"Chốt {number}" for number in range(1, 14)}
DISTRICTS = {each.code: [own.code for own in children("2021", each.code)] for each in children("2021", "72")}
COMMUNES = [each for own in DISTRICTS.values() for each in own]
PLACES = Places(GATES, "2021", DISTRICTS, {each: each for each in (*DISTRICTS, *COMMUNES)})
WHERE = Where(
    [None, *(gate for number, gate in enumerate(GATES) for _ in range(1 + 60 // (number + 1)))],
    [each for number, each in enumerate(COMMUNES) for _ in range(1 + 400 // (number + 1) ** 2)],
)
"""A few gates and communes have most people, and many have hardly anybody."""
AN, BINH = (Principal(name, frozenset()) for name in ("an", "binh"))


class Died(BaseException):
    """A worker was killed. Nothing that it runs can catch that."""


class Records:
    """What is on record by now."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, str]] = {}
        self.cases: dict[str, Case] = {}
        self.edges: dict[tuple[str, str], Edge] = {}
        self._read: dict[tuple[str, int], DeclarationRecord | None] = {}

    def sources(self) -> Mapping[str, Source]:
        sources = (
            Source(entry_counting.COUNTERS, entry_counting.record_of, self._entry),
            Source(case_counting.COUNTERS, case_counting.record_of, self._case),
            Source(checks.COUNTERS, checks.record_of, lambda event: event),
        )
        return {kind: source for source in sources for kind in source.counters}

    def write(self, partition: str, row: str, body: str) -> str:
        """Write a row of a declaration. Returns its event, as it is queued."""
        self.entries.setdefault(partition, {})[row] = body
        event = event_of({"declaration": {"S": partition}, "row": {"S": row}})
        assert event is not None
        return CountEvent.of_row(event, row).model_dump_json()

    def expire(self) -> None:
        self.entries.clear()
        self.cases.clear()
        self.edges.clear()
        self._read.clear()

    def _entry(self, event: CountEvent) -> DeclarationRecord | None:
        name = Code.parse(event.subject).declaration
        rows = self.entries.get(name, {})
        if (name, len(rows)) not in self._read:
            self._read[name, len(rows)] = record_of(dict(sorted(rows.items())))
        return self._read[name, len(rows)]

    def _case(self, event: CountEvent) -> object:
        if "EDGE" in event.fact:
            edge = self.edges.get((event.subject, event.fact))
            return None if edge is None else [edge]
        case = self.cases.get(event.subject)
        return None if case is None else (case, None)


class Workers:
    """Three workers that take events from a queue, ten at once. They meet in the table: before a transaction of one of
    them, others may do all of theirs. One dies again and again, and what it had comes again."""

    def __init__(self, random: Random, records: Records) -> None:
        self.table = StatisticsInMemory(self._transaction)
        self.figures = Figures(Table(StatisticsRow, "statistics", self.table))
        self.gone = self.deaths = 0
        self._random, self._records = random, records
        self._queue: list[list[str]] = []
        self._mortal: list[bool] = []
        """Of the workers that are at work: the last one has interrupted those before it."""
        self._since_death = 0

    def count(self, events: Sequence[str], times: Sequence[int] = (1, 1, 2, 3)) -> None:
        """Deliver each event so many times, in any order, until all are counted."""
        bodies = [each for each in events for _ in range(self._random.choice(times))]
        self._random.shuffle(bodies)
        self._queue = [bodies[first : first + 10] for first in range(0, len(bodies), 10)]
        while self._queue:
            self._work()

    def counts(self) -> Counts:
        return counts_of(each for family in Family for each in self.figures.cells(family, DAYS))

    def _work(self) -> None:
        batch = self._queue.pop()
        self._mortal.append(self._random.randrange(3) == 0)
        self._since_death += len(batch) if self._mortal[-1] else 0
        try:
            events = [CountEvent.model_validate_json(each) for each in batch]
            found = reckon(events, sources=self._records.sources(), zone=ZONE)
            self.gone += len(found.gone)
            self.figures.append(found.counted)
        except Died:
            self._queue.insert(0, batch)
        finally:
            self._mortal.pop()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        dies = self._mortal and self._mortal[-1] and self._since_death >= DIES_AFTER
        if dies:
            self._since_death, self.deaths = 0, self.deaths + 1
            if self.deaths % 2:
                raise Died
        while self._queue and len(self._mortal) < 3 and self._random.random() < 0.1:
            self._work()
        yield
        if dies:
            raise Died


class More(NamedTuple):
    """What the story of the gates does not have, and what it must count for."""

    events: list[str]
    counts: Counts


def random_cases(random: Random, records: Records) -> More:
    """Cases, and contacts of whom some are found for several reasons."""
    events, counts = list[str](), Counts()
    for number in range(CASES):
        code, at = str(Code.of(number, 0))[:13] + "C00", MIDNIGHT + timedelta(minutes=30 * number)
        known = random.random() < 0.5
        hours = random.choice([None, 3, 30])
        members: dict[str, Any] = {
            "code": code,
            "person": CasePerson(),
            "contact_of": ["other"] if known else [],
            "sampled_at": at - timedelta(hours=hours) if hours else None,
            "opened_at": at,
        }
        records.cases[code] = Case.model_construct(**members)
        rows = ["CASE"]
        counts[DAY, "cases", "cases", ("known" if known else "new",)] += 1
        if hours:
            counts[DAY, "cases", "from_sample", ({3: "2", 30: "24"}[hours],)] += 1
        for contact in range(random.choice((0, 0, 5, 30))):
            hop = random.choice((1, 1, 2))
            counts[DAY, "cases", "contacts", (str(hop),)] += 1
            for reason in range(random.choice((1, 1, 3))):
                row = f"EDGE#{hop}#{code}{contact}#{int(at.timestamp())}#f#{reason}"
                records.edges[code, row] = _edge(hop, f"{code}{contact}", at)
                rows.append(row)
        for row in rows:
            event = case_event_of({"case": {"S": code}, "row": {"S": row}})
            assert event is not None
            events.append(CountEvent.of_row(event, row).model_dump_json())
    return More(events, counts)


def _edge(hop: int, person: str, at: datetime) -> Edge:
    return Edge(
        hop=hop,
        person=person,
        through="x",
        kind=next(iter(ContactKind)),
        seen_at=at,
        from_=at,
        until=at,
        code="0" * 16,
        fact="x",
        found_at=at,
    )


def random_checks(random: Random) -> More:
    """The lines of a gate's function. Who checks is at the gate that has their name."""
    lines, counts = list[dict[str, Any]](), Counts()
    for number in range(CHECKS):
        at = MIDNIGHT + timedelta(seconds=random.randrange(24 * 3600))
        gate, verdict = random.choice([*GATES, ""]), random.choice(["valid"] * 9 + ["expired", "used", "forged"])
        text = (
            f'{{"message":"invocation","outcome":"answered","status":200,"staff":"{gate}",'
            f'"read_as":"token","verdict":"{verdict}"}}'
        )
        lines.append({"id": f"{number}", "timestamp": int(at.timestamp() * 1000), "message": text})
        counts[DAY, "checks", "checks", (gate or "none", f"{at:%H}", "token", verdict)] += 1
    events = checks.checks_of(lines, lambda staff, _: staff or None)
    return More([each.model_dump_json() for each in events], counts)


class Committee:
    """Two people who publish."""

    def __init__(self, figures: Figures) -> None:
        self.publications = Publications()
        desk = Desk(figures=figures, province=province("tay-ninh"), zone=ZONE)
        self._press = Press(desk=desk, publications=self.publications, places=PLACES, hidden_below=HIDDEN_BELOW)

    def publishes(self, day: date, number: int) -> Bulletin:
        at = datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=6 if number == 1 else 18)
        form = BulletinForm(number, f"{day}-{number}-x")
        draft = bulletins.draft_bulletin(form, at, staff=AN, press=self._press).bulletin
        return bulletins.release_bulletin(
            draft.draft, at + timedelta(minutes=5), staff=BINH, publications=self.publications
        )


def known_between(story: Story, begins: datetime, ends: datetime) -> list[tuple[str, str, str]]:
    """The rows that became known in a time."""
    return [row for row, at in zip(story.written, story.known_at, strict=True) if begins <= at < ends]


def test_a_day_of_two_thousand_declarations_is_counted_once_and_published_safely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Records are read in memory: threads would only take their time.
    monkeypatch.setattr(counting, "in_parallel", lambda find, events: [find(each) for each in events])
    random = seeded(2021)
    records = Records()
    workers = Workers(random, records)
    workers.figures.start(MIDNIGHT - timedelta(days=1))
    committee = Committee(workers.figures)
    story = random_story(random, MIDNIGHT, TRIPS, where=WHERE)
    cases, checked = random_cases(random, records), random_checks(random)
    mornings = [MIDNIGHT + timedelta(days=number, hours=6) for number in range(5)]
    events = [*cases.events, *checked.events]

    # What is known by the morning of the next day is published then; what becomes known later, by later bulletins.
    events += [records.write(*row) for row in known_between(story, MIDNIGHT, mornings[1])]
    workers.count(events)
    first = committee.publishes(DAYS[1], 1)
    published = committee.publications.newest(DAY)
    assert published is not None
    second = [records.write(*row) for row in known_between(story, mornings[1], mornings[2])]
    workers.count([*second, *random.sample(events, 500)])
    for number in (1, 2):
        committee.publishes(DAYS[2], number)
    events += second
    third = [records.write(*row) for row in known_between(story, mornings[2], mornings[4] + timedelta(days=9))]
    workers.count(third)
    events += third
    expected = story.counts() + cases.counts + checked.counts
    assert workers.counts() == expected

    # A batch of that day comes late: the day changes, and says by how much.
    received = MIDNIGHT + timedelta(days=2, hours=7)
    late = random_story(random, MIDNIGHT, LATE, first=TRIPS, received_at=received, where=WHERE)
    late_events = [records.write(*row) for row in late.written]
    workers.count([*late_events, *random.sample(events, 500)])
    events += late_events
    after = expected + late.counts()
    assert workers.counts() == after
    cell = (DAY, "gates", "late", ("declaration_submitted", DAYS[2].isoformat()))
    assert after[cell] - expected[cell] == LATE
    assert workers.gone == 0
    assert workers.deaths > TRIPS // 40

    # A bulletin keeps its numbers, and lists what later ones changed; cells stay as they were first.
    committee.publishes(DAYS[3], 1)
    found = bulletins.read_bulletin(DAYS[1], 1, publications=committee.publications)
    assert found.bulletin == first
    newest = committee.publications.newest(DAY)
    assert newest is not None
    before = {each.table: each for each in published.tables}
    now = {each.table: each for each in newest.tables}
    for table, series in (("declared_by_gate_hour", "declared"), ("entered_by_commune", "entered")):
        assert now[table].total == total_of(after, series, DAY)
        assert before[table].total == total_of(after, series, DAY) - now[table].late
        assert now[table].cells == before[table].cells
        changes = [each for each in found.later_changes if each.table == table]
        assert (changes[0].from_, changes[-1].to) == (before[table].total, now[table].total)

    # Nobody works out what is hidden.
    totals, hidden = list[Total](), 0
    for edition in committee.publications.editions.values():
        for each in edition.tables:
            if each.total is not None:
                totals += public(edition, each, PLACES)
                hidden += sum(shown.hidden for shown in each.cells) + each.all_hidden
                assert not [shown for shown in each.cells if shown.count and 0 < shown.count < HIDDEN_BELOW]
    assert hidden > 200
    assert determined(totals, HIDDEN_BELOW) == {}

    # The records leave, and every event comes again: nothing changes.
    records.expire()
    workers.count(events, times=(1,))
    assert workers.counts() == after
    assert workers.gone >= len(events) - CHECKS
