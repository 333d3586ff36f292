"""What all tables share, on moto: several writes as one."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.storage import tables
from chalicelib.storage.entry.entries import Entry
from chalicelib.storage.tables import MOST_WRITES, Delete, Put, transact
from chalicelib.wiring.entry import entries
from tests.tables import rows

ABSENT = Entry.declaration.does_not_exist()


@pytest.fixture(autouse=True)
def placed(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    entries()
    monkeypatch.setattr(tables, "sleep", lambda _: None)


def entry(row: str, body: str = "{}", partition: str = "P") -> Entry:
    return Entry(partition, row, body=body, expires_at=2_000_000_000)


def stored() -> dict[str, str]:
    return {item["row"]["S"]: item["body"]["S"] for item in rows("entries")}


def cancelled(*codes: str) -> ClientError:
    reasons: Any = [{"Code": code} for code in codes]
    error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(error, "TransactWriteItems")


def answer(monkeypatch: pytest.MonkeyPatch, *failures: Exception) -> list[Any]:
    """Let DynamoDB answer the next transactions with these failures. All requests that are made."""
    client = Entry._get_connection().connection.client
    waiting, requests, working = list(failures), [], client.transact_write_items

    def respond(**request: Any) -> Any:
        requests.append(request)
        if waiting:
            raise waiting.pop(0)
        return working(**request)

    monkeypatch.setattr(client, "transact_write_items", respond)
    return requests


def test_all_writes_are_done() -> None:
    entry("OLD").save()
    assert transact([Put(entry("A"), ABSENT), Put(entry("B", partition="Q")), Delete(entry("OLD"))]) is None
    assert stored() == {"A": "{}", "B": "{}"}


def test_where_a_condition_fails_nothing_is_written_and_what_stands_is_handed_back() -> None:
    entry("A", "first").save()
    entry("OLD", "old").save()
    failed = transact(
        [
            Put(entry("B")),
            Put(entry("A", "second"), ABSENT),
            Delete(entry("GONE"), Entry.declaration.exists()),
            Delete(entry("OLD"), Entry.body == "new"),
        ]
    )
    assert failed is not None
    assert {position: item.get("body", {}).get("S") for position, item in failed.items()} == {
        1: "first",
        2: None,
        3: "old",
    }
    assert stored() == {"A": "first", "OLD": "old"}


def test_a_hundred_writes_are_one_transaction() -> None:
    assert transact([Put(entry(f"ROW#{number}"), ABSENT) for number in range(MOST_WRITES)]) is None
    assert len(stored()) == MOST_WRITES


def test_a_transaction_that_meets_another_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    conflict = cancelled("None", "TransactionConflict")
    requests = answer(monkeypatch, conflict, cancelled("ThrottlingError", "None"))
    assert transact([Put(entry("A")), Put(entry("B"))]) is None
    assert len(requests) == 3
    assert set(stored()) == {"A", "B"}


def test_a_conflict_that_does_not_end_is_unavailable_for_now(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = answer(monkeypatch, *[cancelled("TransactionConflict")] * 9)
    with pytest.raises(ServiceUnavailable):
        transact([Put(entry("A"))])
    assert len(requests) == 5
    assert stored() == {}


def test_what_cannot_be_written_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = answer(monkeypatch, cancelled("ValidationError"))
    with pytest.raises(ServiceUnavailable):
        transact([Put(entry("A"))])
    assert len(requests) == 1


def test_a_transaction_has_a_token_of_its_own_so_that_botocore_may_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    client = Entry._get_connection().connection.client

    def note(params: Any, **_: Any) -> None:
        sent.append(params["body"].decode())

    client.meta.events.register("before-call.dynamodb.TransactWriteItems", note)
    try:
        transact([Put(entry("A"))])
    finally:
        client.meta.events.unregister("before-call.dynamodb.TransactWriteItems", note)
    assert '"ClientRequestToken"' in sent[0]
