"""Each fact is counted once, for the day on which it happened, whatever is delivered twice, late or out of order."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.models.cases import counting as cases
from chalicelib.models.cases.cases import Case, CaseEnd, CasePerson
from chalicelib.models.cases.contacts import Edge
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.entry import counting
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import DeclarationRecord
from chalicelib.models.messaging.messages import Channel, DeliveryOutcome, DeliveryState, Message
from chalicelib.models.statistics import looks, messages
from chalicelib.models.statistics.counting import Source
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted
from chalicelib.services.statistics.counting import reckon
from chalicelib.storage.entry.events import event_of
from chalicelib.storage.entry.records import record_of
from tests.recounts.days import ZONE, Story, counts_of, deliveries, random_story
from tests.recounts.worlds import seeded
from tests.unit.fakes.statistics import Figures

BEGINS = datetime(2021, 7, 21, 17, tzinfo=UTC)
"""Midnight in the province."""
DAY = date(2021, 7, 22)


class Died(Exception):
    """A worker was killed between two calls."""


class Records:
    """Rows that are written one after the other, and workers that count them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, str]] = {}
        self.figures = Figures()
        self.gone = 0

    def write(self, partition: str, row: str, body: str) -> str:
        """Write a row. Returns its event, as it is queued."""
        self.rows.setdefault(partition, {})[row] = body
        event = event_of({"declaration": {"S": partition}, "row": {"S": row}})
        assert event is not None
        return CountEvent.of_row(event, row).model_dump_json()

    def find(self, event: CountEvent) -> DeclarationRecord | None:
        return record_of(dict(sorted(self.rows.get(Code.parse(event.subject).declaration, {}).items())))

    def count(self, bodies: list[str], *, dies: Callable[[], bool] = lambda: False) -> None:
        source = Source(counting.COUNTERS, counting.record_of, self.find)
        sources: Mapping[str, Source] = dict.fromkeys(counting.COUNTERS, source)
        found = reckon(map(CountEvent.model_validate_json, bodies), sources=sources, zone=ZONE)
        self.gone += len(found.gone)
        if dies():
            raise Died
        self.figures.append(found.counted)
        if dies():
            raise Died


@pytest.mark.parametrize("seed", range(40))
def test_figures_are_a_plain_recount_of_the_day(seed: int) -> None:
    """Workers count while later facts are still being written. Some die before a transaction, some after it."""
    random = seeded(seed)
    story, records = random_story(random, BEGINS, 12), Records()
    waiting: list[str] = []

    def deliver(batches: list[list[str]]) -> None:
        while batches:
            batch = batches.pop()
            try:
                records.count(batch, dies=lambda: random.random() < 0.1)
            except Died:
                batches.insert(0, batch)

    for row in story.written:
        event = records.write(*row)
        waiting += [event] * random.choice((1, 1, 2))
        random.shuffle(waiting)
        if random.random() < 0.2:
            deliver([[waiting.pop() for _ in range(min(10, len(waiting)))]])
    deliver(deliveries(random, waiting))
    assert counts_of(records.figures.counted) == story.counts()
    assert records.gone == 0


def test_when_records_have_left_nothing_is_counted_and_figures_stay() -> None:
    story, records = random_story(seeded(1), BEGINS, 5), Records()
    events = [records.write(*row) for row in story.written]
    records.count(events[:-3])
    before = counts_of(records.figures.counted)
    records.rows.clear()
    records.count(events)
    assert counts_of(records.figures.counted) == before
    assert records.gone == len(events)


def test_an_event_without_its_fact_is_said_to_be_gone() -> None:
    """The fact was erased, and the declaration is still there."""
    records = Records()
    story = Story(written=[row for row in random_story(seeded(1), BEGINS, 1).written if row[1] == "DECLARATION"])
    (declared,) = [records.write(*row) for row in story.written]
    name = story.written[0][0]
    rows = (
        *("CROSSING#0", "ARRIVAL#0", "CORRECTION#0#000", "CONFLICT#0#000", "DEPARTURE#0#000", "REVOCATION#0"),
        "CROSSING#9",
    )
    for row in rows:
        event = records.write(name, row, "{}")
        del records.rows[name][row]
        records.count([event])
    assert records.gone == len(rows)
    records.count([declared])
    assert records.gone == len(rows)


NOW = datetime(2021, 7, 22, 3, tzinfo=UTC)


def _facts(increments: list[Counted]) -> dict[str, int]:
    return {figure.counter: figure.count for each in increments for figure in each.increments}


def _message(outcome: DeliveryOutcome | None, state: DeliveryState | None = None, days: int = 0) -> Message:
    channel = Channel.SMS if outcome is DeliveryOutcome.SENT else None
    settled = NOW if outcome else None
    return Message("crossing_recorded", channel, outcome, state, settled, NOW + timedelta(days=days), settled)


def _counted(message: Message, known_since: datetime | None = None) -> list[Counted]:
    event = CountEvent(kind=messages.MessageFactKind.MESSAGE_CHANGED, subject="0" * 16, fact="crossing_recorded")
    found = messages.COUNTERS[event.kind](event, messages.MessageRecord(message, known_since), ZONE)
    assert found is not None
    return [*found]


def test_a_message_counts_what_it_has_reached_by_now_for_the_day_on_which_it_was_sent() -> None:
    assert _counted(_message(None)) == []
    assert _facts(_counted(_message(DeliveryOutcome.LATE))) == {"messages|none|late": 1}
    sent = {"messages|sms|sent": 1}
    assert _facts(_counted(_message(DeliveryOutcome.SENT, DeliveryState.SENT))) == sent
    assert _facts(_counted(_message(DeliveryOutcome.SENT, DeliveryState.FAILED))) == sent
    delivered = {**sent, "receipts|sms|delivered": 1}
    assert _facts(_counted(_message(DeliveryOutcome.SENT, DeliveryState.DELIVERED, days=2))) == delivered
    seen = _counted(_message(DeliveryOutcome.SENT, DeliveryState.SEEN, days=2))
    assert _facts(seen) == {**delivered, "receipts|sms|seen": 1}
    assert {figure.day for each in seen for figure in each.increments} == {DAY}


def test_a_contact_counts_by_the_hours_until_a_message_was_sent_to_them() -> None:
    opened = NOW - timedelta(hours=9)
    sent = _facts(_counted(_message(DeliveryOutcome.SENT, DeliveryState.SEEN, days=2), opened))
    assert sent == {"messages|sms|sent": 1, "until_told|8": 1, "receipts|sms|delivered": 1, "receipts|sms|seen": 1}
    assert _facts(_counted(_message(DeliveryOutcome.LATE), opened)) == {"messages|none|late": 1}


def test_whichever_changes_of_a_message_are_seen_it_counts_the_same() -> None:
    states = [_message(DeliveryOutcome.SENT, state) for state in (*DeliveryState,)]
    for seen in ([3], [0, 3], [2, 3], [0, 1, 2, 3], [3, 3, 0]):
        figures = Figures()
        for number in seen:
            figures.append(_counted(states[number]))
        assert len(figures.counted) == 3


def _case(**more: Any) -> Case:
    members: dict[str, Any] = {
        "code": "0" * 13 + "C" + "00",
        "person": CasePerson(),
        "persons": ["a"],
        "infectious_from": NOW,
        "infectious_until": NOW,
        "hops": 2,
        "communes": False,
        "checkpoint_minutes": 30,
        "household_days": 1,
        "policy_version": "1",
        "opened_by": "officer",
        "opened_at": NOW,
    }
    return Case.model_construct(**{**members, **more})


def _of_case(kind: str, record: object, fact: str = "CASE") -> list[Counted]:
    found = cases.COUNTERS[kind](CountEvent(kind=kind, subject="case", fact=fact), record, ZONE)
    assert found is not None
    return [*found]


def test_a_case_counts_with_the_hours_since_its_sample() -> None:
    assert _facts(_of_case("case_opened", (_case(), None))) == {"cases|new": 1}
    known = _case(contact_of=["other"], sampled_at=NOW - timedelta(hours=30))
    assert _facts(_of_case("case_opened", (known, None))) == {"cases|known": 1, "from_sample|24": 1}
    end = CaseEnd(reason="x", ended_by="officer", ended_at=NOW)
    assert _facts(_of_case("case_ended", (_case(), end), "CASE#END")) == {"case_ends": 1}
    event = CountEvent(kind="case_ended", subject="case", fact="CASE#END")
    assert cases.COUNTERS["case_ended"](event, (_case(), None), ZONE) is None


def _edge(at: datetime) -> Edge:
    return Edge(
        hop=1,
        person="p",
        through="q",
        kind=next(iter(ContactKind)),
        seen_at=NOW,
        from_=NOW,
        until=NOW,
        code="0" * 16,
        fact="x|y",
        found_at=at,
    )


def test_a_contact_counts_once_for_the_day_of_the_first_reason() -> None:
    first, second = _edge(NOW), _edge(NOW + timedelta(days=1))
    figures = Figures()
    for fact, edges in (("EDGE#1#p#1#f#b", [second, first]), ("EDGE#1#p#1#f#a", [first, second])):
        figures.append(_of_case("contact_found", edges, fact))
    assert counts_of(figures.counted) == {(DAY, "cases", "contacts", ("1",)): 1}


def test_looks_are_counted_by_what_was_done_and_name_nobody() -> None:
    lines = [
        {"id": "1", "timestamp": 1626922800000, "message": '{"action": "look up pass", "codes": ["X"], "staff": "s"}'},
        {"id": "2", "timestamp": 1626922800000, "message": '{"action": "change policy", "codes": []}'},
        {"id": "3", "timestamp": 1626922800000, "message": "{}"},
        {"id": "4", "timestamp": 1626922800000, "message": "no line of ours"},
        {"id": "5", "timestamp": 1626922800000, "message": '{"action": "look|up", "codes": ["X"]}'},
        {"id": "6", "timestamp": 1626922800000, "message": '["action"]'},
    ]
    (event,) = looks.looks_of(lines)
    assert event.model_dump() == {"kind": "looked", "subject": "1", "fact": "1626922800000 look up pass"}
    found = looks.COUNTERS[event.kind](event, event, ZONE)
    assert found is not None
    assert counts_of([figure for each in found for figure in each.increments]) == {
        (DAY, "looks", "looks", ("look up pass",)): 1
    }
    assert looks.COUNTERS[event.kind](event.model_copy(update={"fact": "?"}), event, ZONE) is None
