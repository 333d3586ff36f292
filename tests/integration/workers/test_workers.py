"""What runs behind the request, on moto: the stream's function and the queues' workers."""

import gzip
import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any, cast

import pytest
from chalice.test import Client

from chalicelib.handlers import workers
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import RECEIVED_BY, EntryEventKind
from chalicelib.models.events import Queue
from chalicelib.models.messaging.messages import PermanentRefusal, TemporaryFailure
from chalicelib.wiring import messaging
from tests.integration.conftest import Api, Clock
from tests.integration.entry.test_declarations import rows
from tests.tables import REGION, client

Submit = Callable[..., dict[str, Any]]


@pytest.fixture
def lambdas(aws: dict[str, str]) -> Iterator[Client]:
    import app

    with Client(app.app) as client:
        yield client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    texts: list[tuple[str, str]] = []

    def send(phone: str, text: str) -> str:
        texts.append((phone, text))
        return "id"

    monkeypatch.setattr(messaging, "send_sms", send)
    return texts


def inserted(*keys: dict[str, Any], name: str = "INSERT") -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventID": str(number),
                "eventName": name,
                "eventSource": "aws:dynamodb",
                "eventVersion": "1.1",
                "awsRegion": REGION,
                "eventSourceARN": "arn:aws:dynamodb:x:1:table/entries/stream/0",
                "dynamodb": {"Keys": each, "SequenceNumber": str(number), "StreamViewType": "KEYS_ONLY"},
            }
            for number, each in enumerate(keys)
        ]
    }


def row(declaration: str, name: str) -> dict[str, Any]:
    return {"declaration": {"S": declaration}, "row": {"S": name}}


def batch(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": f"m{number}", "body": body, "receiptHandle": "r", "eventSource": "aws:sqs"}
            for number, body in enumerate(bodies)
        ]
    }


def submitted_event(declaration: str) -> str:
    return json.dumps(event("declaration_submitted", Code(declaration, 0)))


def event(kind: str, code: Code) -> dict[str, str]:
    return {"kind": kind, "subject": str(code)}


def queued(name: str) -> list[dict[str, Any]]:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return [
        json.loads(each["Body"])
        for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]


def test_a_workers_module_is_imported_when_it_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = "chalicelib.handlers.workers.audit"
    monkeypatch.delitem(sys.modules, module, raising=False)
    run = workers.worker("audit", "keep_audit")
    assert (run.__name__, module in sys.modules) == ("keep_audit", False)
    handed_over = b64encode(gzip.compress(b'{"messageType": "CONTROL_MESSAGE"}')).decode()
    run({"awslogs": {"data": handed_over}}, None)
    assert module in sys.modules
    assert capsys.readouterr().out == ""


def test_a_new_row_becomes_an_event_in_both_queues(lambdas: Client) -> None:
    new = inserted(row("0123456789ABC", "DECLARATION"), row("0123456789ABC", "CROSSING#7"))
    lambdas.lambda_.invoke("fan_out", new)
    expected = [
        event("declaration_submitted", Code("0123456789ABC", 0)),
        event("crossing_recorded", Code("0123456789ABC", 7)),
    ]
    assert queued("tracing") == expected
    assert queued("messages") == expected


def test_what_stands_beside_a_declaration_becomes_an_event_in_the_queues_that_need_it_or_none(
    lambdas: Client,
) -> None:
    meant = ("REVOCATION#1", "CORRECTION#2", "CORRECTION#3#001", "CONFLICT#1#a")
    silent = (
        row("0123456789ABC", "SETTLEMENT#1"),
        row("CHANGES", "2021-07-22T07:00:00.000000Z#0000000000000000#REVOCATION"),
        row("CONFLICTS", "2021-07-22T07:00:00.000000Z#0000000000000000"),
    )
    lambdas.lambda_.invoke("fan_out", inserted(*silent, *(row("0123456789ABC", name) for name in meant)))
    assert queued("tracing") == [event("crossing_conflicted", Code("0123456789ABC", 1))]
    assert queued("messages") == [
        event("pass_revoked", Code("0123456789ABC", 1)),
        event("crossing_corrected", Code("0123456789ABC", 2)),
        event("crossing_corrected", Code("0123456789ABC", 3)),
    ]
    assert queued("set_aside") == []


def test_one_more_consumer_is_one_more_line_of_the_table(lambdas: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    new = inserted(*(row("0123456789ABC", name) for name in ("DECLARATION", "REVOCATION#0", "CONFLICT#0#a")))
    # A queue that is there already stands for one that is new.
    consumer = cast("Queue", "set_aside")
    monkeypatch.setitem(RECEIVED_BY, consumer, frozenset({EntryEventKind.PASS_REVOKED}))
    lambdas.lambda_.invoke("fan_out", new)
    kinds = {queue: [each["kind"] for each in queued(queue)] for queue in ("tracing", "messages", "set_aside")}
    assert kinds == {
        "tracing": ["declaration_submitted", "crossing_conflicted"],
        "messages": ["declaration_submitted", "pass_revoked"],
        "set_aside": ["pass_revoked"],
    }


def test_messages_of_the_former_release_are_worked_off(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]]
) -> None:
    former = json.dumps({"kind": "declaration_submitted", "declaration": submitted()["declaration"], "person": 0})
    for worker in ("trace", "notify"):
        assert lambdas.lambda_.invoke(worker, batch(former)).payload == {"batchItemFailures": []}
    assert len(sent) == 1
    assert rows("tracing") != []
    assert [each["event"]["S"] for each in rows("messages")] == ["declaration_submitted"]


def test_workers_pass_over_what_they_have_nothing_to_do_for(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]]
) -> None:
    code = Code(submitted()["declaration"], 0)
    others = [json.dumps(event(kind, code)) for kind in ("crossing_corrected", "crossing_conflicted", "pass_revoked")]
    for worker in ("trace", "notify"):
        assert lambdas.lambda_.invoke(worker, batch(*others)).payload == {"batchItemFailures": []}
    assert (sent, rows("tracing")) == ([], [])


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
    sqs.delete_queue(QueueUrl=aws["MESSAGES_QUEUE_URL"])
    with pytest.raises(Exception, match="NonExistentQueue"):
        lambdas.lambda_.invoke("fan_out", inserted(row("0123456789ABC", "DECLARATION")))


def test_exposures_are_stored_under_all_they_connect_and_twice_is_once(
    api: Api, lambdas: Client, submitted: Submit
) -> None:
    declaration = submitted(companions=50)["declaration"]
    for _ in range(2):
        answer = lambdas.lambda_.invoke("trace", batch(submitted_event(declaration))).payload
        assert answer == {"batchItemFailures": []}
    found = rows("tracing")
    kinds = [item["place"]["S"].partition("#")[0] for item in found]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == dict.fromkeys(
        ("PERSON", "PHONE", "PLATE", "COMMUNE", "CHECKPOINT"), 51
    )
    everything = json.dumps(found)
    assert not any(private in everything for private in ("912345678", "0720900", "70E112345", "Thử"))
    assert all(int(item["expires_at"]["N"]) > 0 for item in found)


def test_a_message_is_sent_once_however_often_it_is_delivered(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]]
) -> None:
    declaration = submitted()["declaration"]
    body = submitted_event(declaration)
    for _ in range(3):
        assert lambdas.lambda_.invoke("notify", batch(body, body)).payload == {"batchItemFailures": []}
    assert len(sent) == 1
    (message,) = rows("messages")
    assert message["outcome"]["S"] == "sent"
    assert "912345678" not in json.dumps(message)


def test_one_bad_message_is_not_its_neighbours_failure(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]]
) -> None:
    declaration = submitted()["declaration"]
    answer = lambdas.lambda_.invoke("notify", batch("nonsense", submitted_event(declaration), "{}")).payload
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}
    assert len(sent) == 1


def test_a_provider_that_fails_for_now_is_asked_again_and_one_that_refuses_is_not(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = submitted()["declaration"], submitted()["declaration"]
    working = messaging.send_sms

    def failing(error: Exception) -> Callable[[str, str], str]:
        def send(phone: str, text: str) -> str:
            raise error

        return send

    monkeypatch.setattr(messaging, "send_sms", failing(TemporaryFailure("Throttled")))
    answer = lambdas.lambda_.invoke("notify", batch(submitted_event(first))).payload
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    monkeypatch.setattr(messaging, "send_sms", failing(PermanentRefusal("OptedOut")))
    assert lambdas.lambda_.invoke("notify", batch(submitted_event(second))).payload == {"batchItemFailures": []}
    monkeypatch.setattr(messaging, "send_sms", working)
    lambdas.lambda_.invoke("notify", batch(submitted_event(first), submitted_event(second)))
    assert len(sent) == 1
    assert sorted(message["outcome"]["S"] for message in rows("messages")) == ["refused", "sent"]


def test_a_claim_left_behind_is_taken_over_when_its_lease_has_run_out(
    api: Api,
    lambdas: Client,
    submitted: Submit,
    sent: list[tuple[str, str]],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declaration = submitted()["declaration"]

    def die(phone: str, text: str) -> str:
        raise KeyboardInterrupt  # what a worker's end looks like from inside: nothing after it runs

    working = messaging.send_sms
    monkeypatch.setattr(messaging, "send_sms", die)
    with pytest.raises(KeyboardInterrupt):
        lambdas.lambda_.invoke("notify", batch(submitted_event(declaration)))
    monkeypatch.setattr(messaging, "send_sms", working)
    held = lambdas.lambda_.invoke("notify", batch(submitted_event(declaration))).payload
    assert held == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    clock.advance(seconds=31)
    assert lambdas.lambda_.invoke("notify", batch(submitted_event(declaration))).payload == {"batchItemFailures": []}
    assert len(sent) == 1


def test_the_log_of_a_worker_names_nobody(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]], logged: StringIO
) -> None:
    declaration = submitted()["declaration"]
    logged.truncate(0)
    lambdas.lambda_.invoke("notify", batch(submitted_event(declaration)))
    (line,) = logged.getvalue().strip("\0").splitlines()
    logged_line = json.loads(line)
    assert [logged_line[name] for name in ("function", "events", "failed", "Message_sent")] == ["notify", 1, 0, 1]
    assert "912345678" not in line
