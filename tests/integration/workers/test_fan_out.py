"""New rows become events in the queues of those who need them."""

from collections.abc import Sequence
from threading import Barrier
from typing import Any, cast

import pytest
from chalice.test import Client

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import RECEIVED_BY, EntryEventKind
from chalicelib.models.events import Queue
from tests.integration.queues import event, inserted, queued, row
from tests.tables import client


def test_a_new_row_becomes_an_event_in_each_queue_that_needs_it(lambdas: Client) -> None:
    new = inserted(row("0123456789ABC", "DECLARATION"), row("0123456789ABC", "CROSSING#7"))
    lambdas.lambda_.invoke("fan_out", new)
    declared = event("declaration_submitted", Code("0123456789ABC", 0))
    crossed = event("crossing_recorded", Code("0123456789ABC", 7))
    assert queued("tracing") == [declared, crossed]
    assert queued("messages") == [crossed]
    assert queued("declared") == [declared]


def test_a_new_fact_about_a_pass_becomes_an_event_only_in_the_queues_that_need_it(
    lambdas: Client,
) -> None:
    meant = ("REVOCATION#1", "CORRECTION#2", "CORRECTION#3#001", "CONFLICT#1#a")
    silent = (
        row("0123456789ABC", "SETTLEMENT#1"),
        row("CHANGES", "2021-07-22T07:00:00.000000Z#0000000000000000#REVOCATION"),
        row("CONFLICTS", "2021-07-22T07:00:00.000000Z#0000000000000000"),
        *(row(each, "0123456789abcdef0123456789abcdef") for each in ("ERASED", "ERASURES", "ERASING")),
    )
    lambdas.lambda_.invoke("fan_out", inserted(*silent, *(row("0123456789ABC", name) for name in meant)))
    assert queued("tracing") == [event("crossing_conflicted", Code("0123456789ABC", 1))]
    assert queued("messages") == [
        event("pass_revoked", Code("0123456789ABC", 1)),
        event("crossing_corrected", Code("0123456789ABC", 2)),
        event("crossing_corrected", Code("0123456789ABC", 3)),
    ]
    assert queued("set_aside") == []


def test_a_batch_goes_to_many_queues_at_once(lambdas: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(3, timeout=30)
    sent: list[str] = []

    def send(queue: str, bodies: Sequence[str]) -> None:
        if sent:  # the first makes the client that the others share
            together.wait()
        sent.append(queue)
        assert len(bodies) == 1

    monkeypatch.setattr("chalicelib.wiring.queues.send", send)
    lambdas.lambda_.invoke("fan_out", inserted(row("0123456789ABC", "DECLARATION")))
    assert sorted(sent) == ["counts", "declared", "tracing", "webhooks"]


def test_one_more_consumer_is_one_more_line_of_the_table(lambdas: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    new = inserted(*(row("0123456789ABC", name) for name in ("DECLARATION", "REVOCATION#0", "CONFLICT#0#a")))
    # A queue that is there already stands for one that is new.
    consumer = cast("Queue", "set_aside")
    monkeypatch.setitem(RECEIVED_BY, consumer, frozenset({EntryEventKind.PASS_REVOKED}))
    lambdas.lambda_.invoke("fan_out", new)
    kinds = {
        queue: [each["kind"] for each in queued(queue)] for queue in ("tracing", "messages", "declared", "set_aside")
    }
    assert kinds == {
        "tracing": ["declaration_submitted", "crossing_conflicted"],
        "messages": ["pass_revoked"],
        "declared": ["declaration_submitted"],
        "set_aside": ["pass_revoked"],
    }


def test_a_record_that_leaves_is_no_event(lambdas: Client) -> None:
    lambdas.lambda_.invoke("fan_out", inserted(row("0123456789ABC", "DECLARATION"), name="REMOVE"))
    assert queued("tracing") == []


@pytest.mark.parametrize(
    "keys",
    [
        {},
        row("x", "DECLARATION"),
        row("0123456789ABC", "PARTY#1"),
        row("0123456789ABC", "CROSSING"),
        row("0123456789ABC", "CROSSING#x"),
        row("0123456789ABC", "CROSSING#-1"),
        row("0123456789ABC", "CROSSING#1024"),
        row("0123456789AB", "DECLARATION"),
        row("0123456789abc", "DECLARATION"),
    ],
)
def test_a_record_we_cannot_read_is_set_aside_and_stands_in_nobodys_way(lambdas: Client, keys: dict[str, Any]) -> None:
    lambdas.lambda_.invoke("fan_out", inserted(keys, row("0123456789ABC", "DECLARATION")))
    assert len(queued("tracing")) == 1
    ((aside),) = queued("set_aside")
    assert aside["dynamodb"]["Keys"] == keys


def test_a_queue_that_does_not_take_a_batch_makes_the_stream_send_it_again(
    lambdas: Client, aws: dict[str, str]
) -> None:
    sqs = client("sqs")
    sqs.delete_queue(QueueUrl=aws["DECLARED_QUEUE_URL"])
    with pytest.raises(Exception, match="NonExistentQueue"):
        lambdas.lambda_.invoke("fan_out", inserted(row("0123456789ABC", "DECLARATION")))
