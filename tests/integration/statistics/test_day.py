"""A day at the gates is counted by three workers on moto, one of which dies again and again."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from itertools import count as numbers
from threading import Lock, local
from typing import Any

import pytest
from chalice.app import SQSEvent

from chalicelib import wiring
from chalicelib.handlers.workers.count import count
from chalicelib.models.statistics.figures import Family
from chalicelib.storage.entry.rows import Entry
from chalicelib.wiring.statistics import figures
from infra.accounts import engine
from infra.operation.recount import TABLES, recount
from tests.integration.conftest import Clock
from tests.integration.queues import batch
from tests.integration.statistics.conftest import Counting
from tests.recounts.days import ZONE, Counts, Story, counts_of, deliveries, random_story, total_of
from tests.recounts.worlds import seeded
from tests.tables import by_botocore, client

TRIPS = 40
EVERY = 5
"""Batches of up to ten events: then the mortal worker dies."""


class Died(BaseException):
    """A worker was killed. Nothing that it runs can catch that."""


class Mortal:
    """DynamoDB for workers of which one dies at a transaction: before it, or when it is done."""

    def __init__(self, dynamodb: Callable[[str, Mapping[str, Any]], dict[str, Any]]) -> None:
        self._dynamodb, self._lock, self._transactions = dynamodb, Lock(), numbers(1)
        self.worker, self.deaths = local(), 0

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        number = 0
        if operation == "TransactWriteItems" and getattr(self.worker, "is_mortal", False):
            with self._lock:
                number = next(self._transactions)
        dies = number and number % EVERY == 0
        if dies and number % 2:
            self.deaths += 1
            raise Died
        # One call after the other: moto takes a failed transaction back by restoring all tables, with what others have
        # written meanwhile. Between calls workers meet in any order.
        with self._lock:
            answer = self._dynamodb(operation, request)
        if dies:
            self.deaths += 1
            raise Died
        return answer


@pytest.fixture
def mortal(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Mortal:
    mortal = Mortal(wiring._client_of_dynamodb())
    monkeypatch.setattr(wiring, "_client_of_dynamodb", lambda: mortal)
    return mortal


def write(story: Story) -> list[dict[str, Any]]:
    """Write the rows of a story. Returns their keys in order."""
    leaves = int((datetime.now(ZONE) + timedelta(days=30)).timestamp())
    table = by_botocore().entries
    table.batch_write(Entry(partition, row, body=body, expires_at=leaves) for partition, row, body in story.written)
    return [{"declaration": {"S": partition}, "row": {"S": row}} for partition, row, _ in story.written]


def play(batches: list[list[str]], mortal: Mortal) -> None:
    """Three workers take batches from a queue; what a dead one had comes again."""
    lock = Lock()

    def work(is_mortal: bool) -> None:
        mortal.worker.is_mortal = is_mortal
        while True:
            with lock:
                if not batches:
                    return
                mine = batches.pop()
            try:
                answer = count(SQSEvent(batch(*mine), None))
            except Died:
                with lock:
                    batches.insert(0, mine)
                continue
            failed = [mine[int(each["itemIdentifier"][1:])] for each in answer["batchItemFailures"]]
            if failed:
                with lock:
                    batches.insert(0, failed)

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(work, [True, False, False]))


def counted(*days: Any) -> Counts:
    return counts_of(each for family in Family for each in figures().read(family, days).figures)


def test_each_fact_of_a_day_is_counted_once(
    mortal: Mortal, counting: Counting, clock: Clock, moto_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = seeded(2021)
    day = datetime.now(ZONE).date() - timedelta(days=4)
    begins = datetime.combine(day, time(), ZONE)
    days = [day + timedelta(days=number) for number in range(5)]
    # Counting begins before the day.
    clock.now = begins - timedelta(days=1)
    story = random_story(random, begins, TRIPS)

    keys = write(story)
    counting.stream("entries", keys[:100])
    counting.stream("entries", keys)  # the first ones come again
    events = counting.waiting()
    assert len(events) == len(keys) + min(100, len(keys))
    play(deliveries(random, sorted(set(events))), mortal)
    assert mortal.deaths > 1
    assert counted(*days) == story.counts()

    # A recount of the records says the same.
    account, names = engine(moto_url), {table: table.lower() for table in (*TABLES, "Statistics")}
    cells, differences = recount(account, names, day, ZONE)
    assert (cells > 50, differences) == (True, [])

    # A device sends declarations of that day when it is over: the day changes, and says by how much.
    received_at = begins + timedelta(days=2, hours=1)
    late = random_story(random, begins, 3, first=TRIPS, received_at=received_at)
    before = counted(*days)
    late_keys = write(late)
    counting.stream("entries", late_keys)
    play(deliveries(random, counting.waiting()), mortal)
    after = counted(*days)
    assert after == story.counts() + late.counts()
    late_cell = (day, "gates", "late", ("declaration_submitted", received_at.date().isoformat()))
    assert after[late_cell] - before[late_cell] == 3
    assert total_of(after, "declarations", day) - total_of(before, "declarations", day) == 3

    # The records leave, and every event comes again: nothing changes.
    for key in [*keys, *late_keys]:
        client("dynamodb").delete_item(TableName="entries", Key=key)
    play(deliveries(random, events), mortal)
    assert counted(*days) == after
    assert len(recount(account, names, day, ZONE)[1]) > 50
