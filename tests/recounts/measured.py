"""What a search costs: calls of DynamoDB, rows that are read, and time, by the real storage on the local engine.

`python -m tests.recounts.measured 10000 1000000`: a case with 200 contacts among so many rows of others.
`python -m tests.recounts.measured hops 300`: a case with so many contacts in two hops.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from chalicelib.adapters.aws_json import DYNAMODB, Client, Keys
from chalicelib.models.cases.cases import CASE, Case, CasePerson
from chalicelib.models.cases.events import CaseEvent
from chalicelib.models.entry.codes import Code
from chalicelib.models.events import Event
from chalicelib.models.tracing.exposures import Exposure, ExposureKind
from chalicelib.models.tracing.markers import SearchEvent
from chalicelib.services.cases.cases import CaseFile
from chalicelib.services.cases.searches import Searcher, expand
from chalicelib.storage.cases.cases import CaseRow, Cases, event_of
from chalicelib.storage.tables import Dynamodb, Table
from chalicelib.storage.tracing.exposures import ExposureRow, Exposures, moment_of
from chalicelib.storage.tracing.markers import Markers
from infra.accounts import LOCAL_KEY, engine
from infra.local import engine as engines
from tests.recounts.worlds import ZONE
from tests.tables import create_table

NOW = datetime.now(UTC).replace(microsecond=0)
ZONE_NAME = "Asia/Ho_Chi_Minh"
_WRITTEN_AT_ONCE = 1_000
_AT_ONCE = 8
"""Workers, of which each does one event after the other."""


class Counted:
    """DynamoDB, whose calls are counted. What it stored in `cases` is its stream."""

    def __init__(self, ask: Dynamodb) -> None:
        self._ask = ask
        self.asked: Counter[str] = Counter()
        self.stored: list[tuple[str, str]] = []

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._ask(operation, request)
        self.asked.update([operation])
        if operation == "Query":
            self.asked.update(further_pages="LastEvaluatedKey" in answer, rows_read=len(answer["Items"]))
        if operation == "BatchWriteItem":
            puts = [
                each["PutRequest"]["Item"] for each in request["RequestItems"].get("cases", []) if "PutRequest" in each
            ]
            self.stored += [(item["case"]["S"], item["row"]["S"]) for item in puts]
        return answer


def exposure(person: str, plate: str, number: int, at: datetime) -> Exposure:
    code = str(Code.of(number, 0))
    return Exposure(
        kind=ExposureKind.DECLARED,
        at=at,
        code=code,
        person=person,
        plate=plate,
        address=f"home of {person}",
        commune="25480",
    )


def a_case(hops: int, turn: int = 0) -> Case:
    return Case(
        code=str(Code.of(1 + turn, CASE)),
        person=CasePerson(),
        persons=[f"case {turn}"],
        infectious_from=NOW - timedelta(days=5),
        infectious_until=NOW,
        hops=hops,
        communes=False,
        checkpoint_minutes=15,
        household_days=14,
        policy_version="1",
        opened_by="officer",
        opened_at=NOW,
    )


class Took(NamedTuple):
    """Seconds after the opening."""

    first: float
    """Until the first contact was stored."""
    last: float
    """Until the last one was."""
    end: float
    """Until the other numbers of all contacts were looked for, and nothing waits."""

    def __str__(self) -> str:
        return f"first contact after {self.first:.2f} s, the last after {self.last:.1f} s, all after {self.end:.0f} s"


def search(dynamodb: Counted, case: Case) -> tuple[CaseFile, Took]:
    """Do all events."""
    cases = Cases(Table(CaseRow, "cases", dynamodb), retention=timedelta(days=180))
    table = Table(ExposureRow, "tracing", dynamodb)
    waiting: list[CaseEvent | SearchEvent] = []

    def send(events: Sequence[Event]) -> None:
        waiting.extend(each for each in events if isinstance(each, SearchEvent))

    searcher = Searcher(
        cases=cases,
        places=Markers(table),
        other_numbers=Exposures(table, time_zone=ZONE_NAME).other_numbers,
        send=send,
        zone=ZONE,
        retention=timedelta(days=21),
        clock=lambda: datetime.now(UTC),
    )
    assert cases.open(case, NOW + timedelta(days=1)) is None
    dynamodb.asked.clear()
    began, first, last = time.monotonic(), 0.0, 0.0
    waiting += [event_of({"case": {"S": case.code}, "row": {"S": "CASE"}})]  # type: ignore[list-item]
    dynamodb.stored.clear()
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        while waiting:
            events, waiting[:], find = list(waiting), [], cache(cases.find)
            list(workers.map(partial(expand, find=find, searcher=searcher), events))
            stored, dynamodb.stored[:] = list(dynamodb.stored), []
            found = [event_of({"case": {"S": code}, "row": {"S": row}}) for code, row in stored]
            waiting += [each for each in found if each is not None]
            if any(row.startswith("EDGE") for _, row in stored):
                last = time.monotonic() - began
                first = first or last
    took = Took(first, last, time.monotonic() - began)
    dynamodb.stored.clear()
    return CaseFile(case, None, cases.edges(case.code), [], {}, {}, ZONE), took


@contextmanager
def tables() -> Iterator[tuple[Counted, Exposures]]:
    """Both tables on an engine of their own."""
    with TemporaryDirectory() as folder, engines.running(engines.free_port(), Path(folder)) as started:
        for table in ("Cases", "Tracing"):
            create_table(table, dynamodb=engine(started.endpoint).client("dynamodb"))
        # The functions' own connection.
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = started.endpoint
        with closing(Client(DYNAMODB, "ap-southeast-1", lambda: Keys(LOCAL_KEY, LOCAL_KEY, None))) as client:
            dynamodb = Counted(client)
            yield dynamodb, Exposures(Table(ExposureRow, "tracing", dynamodb), time_zone=ZONE_NAME)


def among_others(sizes: Sequence[int]) -> None:
    """A case for each size, with buses of its own."""
    with tables() as (dynamodb, store):
        there = 0
        for turn, rows in enumerate(sizes):
            _fill(dynamodb, there, rows)
            there = rows
            for bus in range(4):
                riders = [f"case {turn}", *(f"{turn}-{bus}-{number}" for number in range(50))]
                at = NOW - bus * timedelta(hours=9)
                plate, first = f"bus {turn} {bus}", 1000 * turn + 100 * bus
                store.append(
                    [exposure(each, plate, first + number, at) for number, each in enumerate(riders)],
                    NOW + timedelta(days=21),
                )
            file, took = search(dynamodb, a_case(1, turn))
            asked = dict(sorted(dynamodb.asked.items()))
            print(f"{rows} rows of others: {len(file.contacts)} contacts, {took}: {asked}")


def _fill(dynamodb: Dynamodb, there: int, rows: int) -> None:
    """Others have one row under the person and one under the plate, of which three share one."""
    body = exposure("other", "plate", 1000, NOW).model_dump_json(exclude_none=True)

    def made(first: int) -> list[ExposureRow]:
        return [
            ExposureRow(
                f"PERSON#other {number}" if number % 2 else f"PLATE#plate {number // 6}",
                moment_of(exposure("other", "plate", 10_000 + number, NOW - timedelta(hours=2))),
                body=body,
                expires_at=int(NOW.timestamp()) + 10**6,
            )
            for number in range(first, min(first + _WRITTEN_AT_ONCE, rows))
        ]

    table = Table(ExposureRow, "tracing", dynamodb)
    with ThreadPoolExecutor(_AT_ONCE) as writers:
        list(writers.map(lambda first: table.batch_write(made(first)), range(there, rows, _WRITTEN_AT_ONCE)))


def in_two_hops(contacts: int) -> None:
    buses = 50
    with tables() as (dynamodb, store):
        first = ["case 0", *(f"f1-{number}" for number in range(buses))]
        made = [exposure(each, "bus", number, NOW - timedelta(days=2)) for number, each in enumerate(first)]
        for bus in range(buses):
            riders = [f"f1-{bus}", *(f"f2-{bus}-{number}" for number in range(contacts // buses - 1))]
            at = NOW - timedelta(days=1)
            made += [exposure(each, f"bus {bus}", 1000 * bus + 500 + n, at) for n, each in enumerate(riders)]
        store.append(made, NOW + timedelta(days=21))
        file, took = search(dynamodb, a_case(2))
        asked = dict(sorted(dynamodb.asked.items()))
        began = time.monotonic()
        cases = Cases(Table(CaseRow, "cases", dynamodb), retention=timedelta(days=180))
        read = CaseFile(file.case, None, cases.edges(file.case.code), [], {}, {}, ZONE)
        number, reading = len(read.contacts), time.monotonic() - began
        print(f"{len(file.edges)} reasons, {number} contacts, {_AT_ONCE} workers in one process: {asked}")
        print(f"{took}; read and counted in {reading:.2f} s")


if __name__ == "__main__":
    if sys.argv[1] == "hops":
        in_two_hops(int(sys.argv[2]))
    else:
        among_others([int(each) for each in sys.argv[1:]])
