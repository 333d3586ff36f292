"""What a search costs on DynamoDB's interface: calls, pages and rows, by the real storage.

`python -m tests.recounts.measured 10000 100000`: a case with 200 contacts among so many exposures of others, on moto.
`python -m tests.recounts.measured engine 5000`: a case with so many contacts in two hops, on the local engine.
"""

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

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
from infra.accounts import calls, engine
from infra.local import engine as engines
from tests.recounts.worlds import ZONE
from tests.tables import REGION, client, create_table

NOW = datetime.now(UTC).replace(microsecond=0)
ZONE_NAME = "Asia/Ho_Chi_Minh"
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


def one_at_a_time(ask: Dynamodb) -> Dynamodb:
    """moto is not made for threads."""
    lock = Lock()

    def asked(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        with lock:
            return ask(operation, request)

    return asked


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


def a_case(hops: int) -> Case:
    return Case(
        code=str(Code.of(1, CASE)),
        person=CasePerson(),
        persons=["case"],
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


def search(dynamodb: Counted, case: Case) -> tuple[CaseFile, float, float]:
    """Do all events. Gives the case, and the seconds to the first contact and to the end."""
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
    began, first = time.monotonic(), 0.0
    waiting += [event_of({"case": {"S": case.code}, "row": {"S": "CASE"}})]  # type: ignore[list-item]
    dynamodb.stored.clear()
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        while waiting:
            events, waiting[:], find = list(waiting), [], cache(cases.find)
            list(workers.map(partial(expand, find=find, searcher=searcher), events))
            stored, dynamodb.stored[:] = list(dynamodb.stored), []
            found = [event_of({"case": {"S": code}, "row": {"S": row}}) for code, row in stored]
            waiting += [each for each in found if each is not None]
            first = first or (time.monotonic() - began if any(row.startswith("EDGE") for _, row in stored) else 0.0)
    end = time.monotonic() - began
    dynamodb.stored.clear()
    return CaseFile(case, None, cases.edges(case.code), [], {}, {}, ZONE), first, end


def among_others(others: int) -> None:
    with mock_aws():
        for table in ("Cases", "Tracing"):
            create_table(table)
        dynamodb = Counted(one_at_a_time(calls(client("dynamodb"))))
        store = Exposures(Table(ExposureRow, "tracing", dynamodb), time_zone=ZONE_NAME)
        for bus in range(4):
            riders = ["case", *(f"{bus}-{number}" for number in range(50))]
            at = NOW - bus * timedelta(hours=9)
            made = [exposure(each, f"bus {bus}", 100 * bus + number, at) for number, each in enumerate(riders)]
            store.append(made, NOW + timedelta(days=21))
        kept = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].get_table("tracing")
        for number in range(others):
            other = exposure(f"other {number}", f"plate {number // 3}", 1000 + number, NOW - timedelta(hours=2))
            body, moment = other.model_dump_json(exclude_none=True), moment_of(other)
            for place in store._places(other):
                row = ExposureRow(place, moment, body=body, expires_at=int(NOW.timestamp()) + 10**6)
                kept.put_item(row.to_dynamodb_dict())
        file, _, _ = search(dynamodb, a_case(1))
        print(f"{others} others: {len(file.contacts)} contacts; {dict(sorted(dynamodb.asked.items()))}")


def on_the_engine(contacts: int) -> None:
    buses = 50
    with TemporaryDirectory() as folder, engines.running(engines.free_port(), Path(folder)) as started:
        account = engine(started.endpoint)
        for table in ("Cases", "Tracing"):
            create_table(table, dynamodb=account.client("dynamodb"))
        dynamodb = Counted(calls(account.client("dynamodb")))
        store = Exposures(Table(ExposureRow, "tracing", dynamodb), time_zone=ZONE_NAME)
        first = ["case", *(f"f1-{number}" for number in range(buses))]
        made = [exposure(each, "bus", number, NOW - timedelta(days=2)) for number, each in enumerate(first)]
        for bus in range(buses):
            riders = [f"f1-{bus}", *(f"f2-{bus}-{number}" for number in range(contacts // buses - 1))]
            at = NOW - timedelta(days=1)
            made += [exposure(each, f"bus {bus}", 1000 * bus + 500 + n, at) for n, each in enumerate(riders)]
        store.append(made, NOW + timedelta(days=21))
        file, begins, ends = search(dynamodb, a_case(2))
        asked = dict(sorted(dynamodb.asked.items()))
        began = time.monotonic()
        cases = Cases(Table(CaseRow, "cases", dynamodb), retention=timedelta(days=180))
        read = CaseFile(file.case, None, cases.edges(file.case.code), [], {}, {}, ZONE)
        number, reading = len(read.contacts), time.monotonic() - began
        print(f"{len(file.edges)} reasons, {number} contacts, {_AT_ONCE} workers in one process: {asked}")
        print(f"first contacts after {begins:.2f} s, the last after {ends:.0f} s; read and counted in {reading:.2f} s")


if __name__ == "__main__":
    if sys.argv[1] == "engine":
        on_the_engine(int(sys.argv[2]))
    else:
        for each in sys.argv[1:]:
            among_others(int(each))
