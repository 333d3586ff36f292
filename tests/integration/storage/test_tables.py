"""What all tables share, on moto: batches, transactions, and what is tried again."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.storage import tables
from chalicelib.storage.entry.entries import Entry
from chalicelib.storage.tables import MOST_WRITES, Delete, Dynamodb, Put, Table
from tests.tables import by_botocore, rows

ABSENT = Entry.declaration.does_not_exist()


class Connection:
    """moto, but that it answers the next calls of an operation with these failures. `requests` are all it was sent."""

    def __init__(self) -> None:
        self.requests: list[Mapping[str, Any]] = []
        self._real: Dynamodb = by_botocore().entries._dynamodb
        self._failures: dict[str, list[Any]] = {}

    def fails(self, operation: str, *failures: Exception | dict[str, Any]) -> None:
        self._failures[operation] = list(failures)

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self.requests.append(dict(request))
        if waiting := self._failures.get(operation):
            failure = waiting.pop(0)
            if isinstance(failure, Exception):
                raise failure
            answer: dict[str, Any] = failure
            return answer
        return self._real(operation, request)


@pytest.fixture
def connection(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setattr(tables, "sleep", lambda _: None)
    return Connection()


@pytest.fixture
def table(connection: Connection) -> Table[Entry]:
    return Table(Entry, "entries", connection)


def entry(row: str, body: str = "{}", partition: str = "P") -> Entry:
    return Entry(partition, row, body=body, expires_at=2_000_000_000)


def stored() -> dict[str, str]:
    return {item["row"]["S"]: item["body"]["S"] for item in rows("entries")}


def cancelled(*codes: str) -> ClientError:
    reasons: Any = [{"Code": code} for code in codes]
    error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(error, "TransactWriteItems")


def refused(code: str, operation: str = "PutItem") -> ClientError:
    return ClientError({"Error": {"Code": code}}, operation)


def test_all_writes_of_a_transaction_are_done(table: Table[Entry]) -> None:
    table.put(entry("OLD"))
    assert table.transact([Put(entry("A"), ABSENT), Put(entry("B", partition="Q")), Delete(entry("OLD"))]) is None
    assert stored() == {"A": "{}", "B": "{}"}


def test_where_a_condition_fails_nothing_is_written_and_what_stands_is_handed_back(table: Table[Entry]) -> None:
    table.put(entry("A", "first"))
    table.put(entry("OLD", "old"))
    failed = table.transact(
        [
            Put(entry("B")),
            Put(entry("A", "second"), ABSENT),
            Delete(entry("GONE"), Entry.declaration.exists()),
            Delete(entry("OLD"), Entry.body == "new"),
        ]
    )
    assert failed is not None
    assert {position: row.body for position, row in failed.items()} == {1: "first", 2: None, 3: "old"}
    assert stored() == {"A": "first", "OLD": "old"}


def test_a_write_whose_condition_fails_hands_back_what_stands(table: Table[Entry]) -> None:
    assert table.put_if(ABSENT, entry("A", "first")) is None
    stands = table.put_if(ABSENT, entry("A", "second"))
    assert stands is not None
    assert (stands.declaration, stands.row, stands.body, stands.expires_at) == ("P", "A", "first", 2_000_000_000)
    nothing = table.put_if(Entry.body == "first", entry("B"))
    assert nothing is not None
    assert nothing.body is None
    assert stored() == {"A": "first"}


def test_a_row_is_deleted_if_its_condition_holds(table: Table[Entry]) -> None:
    table.put(entry("A", "first"))
    assert not table.delete_if(Entry.body == "second", entry("A"))
    assert stored() == {"A": "first"}
    assert table.delete_if(Entry.body == "first", entry("A"))
    assert stored() == {}


def test_a_hundred_writes_are_one_transaction(table: Table[Entry], connection: Connection) -> None:
    assert table.transact([Put(entry(f"ROW#{number}"), ABSENT) for number in range(MOST_WRITES)]) is None
    assert len(stored()) == MOST_WRITES
    assert len(connection.requests) == 1


def test_a_transaction_that_meets_another_is_tried_again_as_another_one(
    table: Table[Entry], connection: Connection
) -> None:
    connection.fails(
        "TransactWriteItems", cancelled("None", "TransactionConflict"), cancelled("ThrottlingError", "None")
    )
    assert table.transact([Put(entry("A")), Put(entry("B"))]) is None
    assert len({request["ClientRequestToken"] for request in connection.requests}) == 3
    assert set(stored()) == {"A", "B"}


def test_a_single_write_that_meets_a_transaction_is_tried_again(table: Table[Entry], connection: Connection) -> None:
    connection.fails("PutItem", refused("TransactionConflictException"), refused("TransactionConflictException"))
    assert table.put_if(ABSENT, entry("A")) is None
    assert set(stored()) == {"A"}


@pytest.mark.parametrize(
    ("operation", "conflict"),
    [
        ("TransactWriteItems", cancelled("TransactionConflict")),
        ("PutItem", refused("TransactionConflictException")),
    ],
)
def test_a_conflict_that_does_not_end_is_unavailable_for_now(
    table: Table[Entry], connection: Connection, operation: str, conflict: ClientError
) -> None:
    connection.fails(operation, *[conflict] * 9)
    with pytest.raises(ServiceUnavailable):
        table.put(entry("A")) if operation == "PutItem" else table.transact([Put(entry("A"))])
    assert len(connection.requests) == 5
    assert stored() == {}


@pytest.mark.parametrize(
    "failure",
    [
        cancelled("ValidationError"),
        refused("AccessDeniedException"),
        refused("ThrottlingException"),  # the connection has tried again already
        EndpointConnectionError(endpoint_url="https://nowhere.example"),
    ],
    ids=lambda failure: str(failure)[:60],
)
def test_what_cannot_be_done_is_not_tried_again(
    table: Table[Entry], connection: Connection, failure: Exception
) -> None:
    connection.fails("TransactWriteItems", failure)
    with pytest.raises(ServiceUnavailable) as raised:
        table.transact([Put(entry("A"))])
    assert raised.value.__cause__ is failure
    assert len(connection.requests) == 1


def test_rows_are_written_and_deleted_25_a_call(table: Table[Entry], connection: Connection) -> None:
    many = [entry(f"{number:03}") for number in range(60)]
    table.batch_write(many)
    assert [len(request["RequestItems"]["entries"]) for request in connection.requests] == [25, 25, 10]
    table.batch_write([entry("new")], delete=many)
    assert set(stored()) == {"new"}


def test_what_a_write_leaves_over_is_written_again(table: Table[Entry], connection: Connection) -> None:
    many = [entry(f"{number:03}") for number in range(30)]
    left = [{"PutRequest": {"Item": each.to_dynamodb_dict()}} for each in many[:25]]
    connection.fails("BatchWriteItem", {"UnprocessedItems": {"entries": left}}, {"UnprocessedItems": {}})
    table.batch_write(many)
    # The second call was answered as if it had done the 25.
    assert [len(request["RequestItems"]["entries"]) for request in connection.requests] == [25, 25, 5]


def test_what_a_read_leaves_over_is_read_again(table: Table[Entry], connection: Connection) -> None:
    for number in range(3):
        table.put(entry(str(number)))
    connection.requests.clear()
    keys = [("P", str(number)) for number in range(4)]
    left = [Entry.key_of(*key) for key in keys[:2]]
    connection.fails("BatchGetItem", {"Responses": {}, "UnprocessedKeys": {"entries": {"Keys": left}}})
    assert {row.row for row in table.batch_get(keys)} == {"0", "1"}
    assert [len(request["RequestItems"]["entries"]["Keys"]) for request in connection.requests] == [4, 2]


def test_a_table_that_does_nothing_is_unavailable_after_five_calls(table: Table[Entry], connection: Connection) -> None:
    left = [{"PutRequest": {"Item": entry("A").to_dynamodb_dict()}}]
    connection.fails("BatchWriteItem", *[{"UnprocessedItems": {"entries": left}}] * 9)
    with pytest.raises(ServiceUnavailable):
        table.batch_write([entry("A")])
    assert len(connection.requests) == 5


def test_a_query_reads_page_by_page_as_far_as_the_caller_goes_on(table: Table[Entry], connection: Connection) -> None:
    for number in range(6):
        table.put(entry(str(number)))
    connection.requests.clear()
    found = table.query("P", page_size=2, scan_index_forward=False)
    assert [next(found).row for _ in range(3)] == ["5", "4", "3"]
    assert len(connection.requests) == 2
    assert [row.row for row in table.query("P", limit=4)] == ["0", "1", "2", "3"]
    assert [row.row for row in table.query("P", Entry.row.between("2", "3"))] == ["2", "3"]
    (last,) = table.query("P", Entry.row >= "5", attributes_to_get=["row"])
    assert last.attribute_values == {"row": "5"}
