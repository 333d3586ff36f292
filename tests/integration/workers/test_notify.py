"""Events become messages, each sent once."""

import json
import time
from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any

import pytest
from chalice.app import SQSEventConfig
from chalice.local import LambdaContext
from chalice.test import Client

from chalicelib import settings
from chalicelib.models.messaging.messages import (
    Outgoing,
    PermanentRefusal,
    RequestRejected,
    TemporaryFailure,
    Throttled,
)
from chalicelib.wiring import messaging, providers
from infra.operation.redrive import move
from tests.forms import form, person
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.queues import batch, submitted_event
from tests.tables import client, rows


def messages() -> list[dict[str, Any]]:
    """The rows of messages, without those of budgets."""
    return [each for each in rows("messages") if "outcome" in each]


def test_a_message_is_sent_once_however_often_it_is_delivered(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]]
) -> None:
    declaration = submitted()["declaration"]
    body = submitted_event(declaration)
    for _ in range(3):
        assert lambdas.lambda_.invoke("notify_declared", batch(body, body)).payload == {"batchItemFailures": []}
    assert len(sent) == 1
    (message,) = messages()
    assert message["outcome"]["S"] == "sent"
    assert "912345678" not in json.dumps(message)


@pytest.mark.parametrize(
    ("path", "how", "texts"),
    [
        ("/v1/declarations", {}, 1),
        ("/v1/partner/declarations", {"X_Api_Key": "key-of-a-partner-app"}, 2),
        ("/v1/checkpoint/declarations", {"role": "checkpoint"}, 2),
    ],
)
def test_companions_are_texted_where_the_sender_of_the_form_is_known(
    api: Api,
    lambdas: Client,
    clock: Clock,
    sent: list[tuple[str, str]],
    path: str,
    how: dict[str, str],
    texts: int,
) -> None:
    body = {**form(clock()), "companions": [person(1)]}
    answer = api("POST", path, body, **how)
    assert answer.status_code == 201, answer.body
    lambdas.lambda_.invoke("notify_declared", batch(submitted_event(answer.json_body["declaration"])))
    assert len(sent) == texts


def test_a_phones_texts_of_the_day_are_counted_without_its_number(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]], clock: Clock, logged: StringIO
) -> None:
    bodies = [submitted_event(submitted()["declaration"]) for _ in range(5)]
    logged.truncate(0)
    assert lambdas.lambda_.invoke("notify_declared", batch(*bodies)).payload == {"batchItemFailures": []}
    assert len(sent) == 3
    outcomes = sorted(each["outcome"]["S"] for each in messages())
    assert outcomes == ["limited", "limited", "sent", "sent", "sent"]
    line = json.loads(logged.getvalue().strip("\0"))
    assert (line["Message_sent"], line["Message_limited"]) == (3, 2)
    assert "spending" not in line
    assert (line["Sent_sms"], line["Spent"]) == (3, 3 * 800)
    stage, budget = sorted(
        (each for each in rows("messages") if "outcome" not in each), key=lambda row: "counted" in row
    )
    assert (stage["code"], stage["number"]) == ({"S": "SPENT"}, {"N": "2400"})
    assert "912345678" not in json.dumps(budget)
    assert budget["event"] == {"S": clock().date().isoformat()}


def test_money_that_is_used_up_is_counted_and_logged(
    api: Api,
    lambdas: Client,
    submitted: Submit,
    sent: list[tuple[str, str]],
    logged: StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPENDING_A_DAY", "2000")
    settings.settings.cache_clear()
    bodies = [submitted_event(submitted()["declaration"]) for _ in range(3)]
    logged.truncate(0)
    assert lambdas.lambda_.invoke("notify_declared", batch(*bodies)).payload == {"batchItemFailures": []}
    line = json.loads(logged.getvalue().strip("\0"))
    assert (line["Message_sent"], line["Message_over_budget"], line["spending"]) == (2, 1, "used up")


def test_one_bad_message_is_not_its_neighbours_failure(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]]
) -> None:
    declaration = submitted()["declaration"]
    answer = lambdas.lambda_.invoke("notify_declared", batch("nonsense", submitted_event(declaration), "{}")).payload
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}
    assert len(sent) == 1


def test_a_provider_that_fails_for_now_is_asked_again_and_one_that_refuses_is_not(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = submitted()["declaration"], submitted()["declaration"]
    working = providers._send_by_sns

    def failing(error: Exception) -> Callable[[Outgoing], str]:
        def send(outgoing: Outgoing) -> str:
            raise error

        return send

    monkeypatch.setattr(providers, "_send_by_sns", failing(TemporaryFailure("Throttled")))
    answer = lambdas.lambda_.invoke("notify_declared", batch(submitted_event(first))).payload
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    monkeypatch.setattr(providers, "_send_by_sns", failing(PermanentRefusal("OptedOut")))
    assert lambdas.lambda_.invoke("notify_declared", batch(submitted_event(second))).payload == {
        "batchItemFailures": []
    }
    monkeypatch.setattr(providers, "_send_by_sns", working)
    lambdas.lambda_.invoke("notify_declared", batch(submitted_event(first), submitted_event(second)))
    assert len(sent) == 1
    assert sorted(message["outcome"]["S"] for message in messages()) == ["refused", "sent"]


def test_a_provider_that_throttles_gets_no_more_texts_of_the_batch_and_the_rest_comes_again(
    api: Api,
    lambdas: Client,
    submitted: Submit,
    sent: list[tuple[str, str]],
    logged: StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bodies = [submitted_event(submitted()["declaration"]) for _ in range(3)]
    working, asked = providers._send_by_sns, []
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)

    def throttle(outgoing: Outgoing) -> str:
        asked.append(outgoing)
        if len(asked) == 1:
            return working(outgoing)
        raise Throttled("Throttled")

    monkeypatch.setattr(providers, "_send_by_sns", throttle)
    logged.truncate(0)
    answer = lambdas.lambda_.invoke("notify_declared", batch(*bodies)).payload
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}
    assert [each for each in slept if each >= 1] == [1, 2, 4, 4]
    line = json.loads(logged.getvalue().strip("\0"))
    assert (line["stopped_by"], line["returned"], line["failed"]) == ("Throttled", 2, 0)
    monkeypatch.setattr(providers, "_send_by_sns", working)
    assert lambdas.lambda_.invoke("notify_declared", batch(*bodies)).payload == {"batchItemFailures": []}
    assert len(sent) == 3


def received(count: int) -> list[dict[str, Any]]:
    """So many messages of the queue, as a worker gets them."""
    sqs, url = client("sqs"), settings.settings().queue_url
    messages = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=count, VisibilityTimeout=600, AttributeNames=["ApproximateReceiveCount"]
    )["Messages"]
    assert len(messages) == count
    return [
        {
            "messageId": each["MessageId"],
            "body": each["Body"],
            "receiptHandle": each["ReceiptHandle"],
            "eventSource": "aws:sqs",
            "attributes": each["Attributes"],
        }
        for each in messages
    ]


def visible() -> int:
    """Messages that the queue would give out now."""
    names = ["ApproximateNumberOfMessages"]
    attributes = client("sqs").get_queue_attributes(QueueUrl=settings.settings().queue_url, AttributeNames=names)
    return int(attributes["Attributes"][names[0]])


def test_what_a_worker_had_no_time_for_is_in_its_queue_again_at_once(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        body = submitted_event(submitted()["declaration"])
        client("sqs").send_message(QueueUrl=settings.settings().queue_url, MessageBody=body)
    records = received(2)
    assert visible() == 0
    with monkeypatch.context() as context:
        context.setattr("chalice.test.LambdaContext", partial(LambdaContext, max_runtime_ms=5_000))
        lambdas.lambda_.invoke("notify_declared", {"Records": records})
    assert visible() == 2
    assert lambdas.lambda_.invoke("notify_declared", {"Records": received(2)}).payload == {"batchItemFailures": []}
    assert len(sent) == 2


def test_an_event_that_cannot_be_given_back_comes_again_all_the_same(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]], logged: StringIO
) -> None:
    logged.truncate(0)
    answer = lambdas.lambda_.invoke("notify_declared", batch("nonsense")).payload  # of no queue
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert json.loads(logged.getvalue().strip("\0"))["not_given_back"]


def test_what_a_provider_rejects_waits_in_the_dead_letters_and_is_sent_after_redrive(
    api: Api,
    lambdas: Client,
    clock: Clock,
    sent: list[tuple[str, str]],
    logged: StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = {**form(clock()), "companions": [person(1)]}
    declaration = api("POST", "/v1/checkpoint/declarations", body, role="checkpoint").json_body["declaration"]
    working, asked = providers._send_by_sns, []

    def reject_first(outgoing: Outgoing) -> str:
        asked.append(outgoing)
        if len(asked) == 1:
            raise RequestRejected("-131")
        return working(outgoing)

    monkeypatch.setattr(providers, "_send_by_sns", reject_first)
    logged.truncate(0)
    answer = lambdas.lambda_.invoke("notify_declared", batch(submitted_event(declaration))).payload
    assert answer == {"batchItemFailures": []}
    assert len(sent) == 1
    line = json.loads(logged.getvalue().strip("\0"))
    assert (line["Message_rejected"], line["rejected"], line["Message_sent"]) == (1, "-131", 1)
    redriven = move(client("sqs"), settings.needed("dead_letters_url"), settings.needed("queue_url"))
    assert list(redriven) == [1]
    assert lambdas.lambda_.invoke("notify_declared", {"Records": received(1)}).payload == {"batchItemFailures": []}
    assert len(sent) == len(set(sent)) == 2


def test_an_event_whose_dead_letter_cannot_be_written_comes_again(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def reject(outgoing: Outgoing) -> str:
        raise RequestRejected("-131")

    monkeypatch.setattr(providers, "_send_by_sns", reject)
    event = batch(submitted_event(submitted()["declaration"]))
    client("sqs").delete_queue(QueueUrl=settings.settings().dead_letters_url)
    answer = lambdas.lambda_.invoke("notify_declared", event).payload
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_a_worker_whose_time_is_nearly_over_gives_all_back_that_it_has_not_begun(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [submitted_event(submitted()["declaration"]) for _ in range(2)]
    monkeypatch.setattr("chalice.test.LambdaContext", partial(LambdaContext, max_runtime_ms=5_000))
    answer = lambdas.lambda_.invoke("notify_declared", batch(*bodies)).payload
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m1"}]}
    assert (sent, rows("messages")) == ([], [])


def test_all_workers_together_send_as_many_texts_a_second_as_the_provider_takes() -> None:
    import app

    at_once = [
        each.maximum_concurrency or 0
        for each in app.app.event_sources
        if isinstance(each, SQSEventConfig) and each.handler_string.startswith("app.notify")
    ]
    assert (at_once, sum(at_once)) == ([3, 2], messaging.WORKERS)


def test_a_claim_left_behind_is_taken_over_when_its_lease_has_run_out(
    api: Api,
    lambdas: Client,
    submitted: Submit,
    sent: list[tuple[str, str]],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declaration = submitted()["declaration"]

    def die(outgoing: Outgoing) -> str:
        raise KeyboardInterrupt  # what a worker's end looks like from inside: nothing after it runs

    working = providers._send_by_sns
    monkeypatch.setattr(providers, "_send_by_sns", die)
    with pytest.raises(KeyboardInterrupt):
        lambdas.lambda_.invoke("notify_declared", batch(submitted_event(declaration)))
    monkeypatch.setattr(providers, "_send_by_sns", working)
    held = lambdas.lambda_.invoke("notify_declared", batch(submitted_event(declaration))).payload
    assert held == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    clock.advance(seconds=41)
    assert lambdas.lambda_.invoke("notify_declared", batch(submitted_event(declaration))).payload == {
        "batchItemFailures": []
    }
    assert len(sent) == 1


def test_the_log_of_a_worker_names_nobody(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]], logged: StringIO
) -> None:
    declaration = submitted()["declaration"]
    logged.truncate(0)
    lambdas.lambda_.invoke("notify_declared", batch(submitted_event(declaration)))
    (line,) = logged.getvalue().strip("\0").splitlines()
    logged_line = json.loads(line)
    assert [logged_line[name] for name in ("function", "events", "failed", "Message_sent")] == [
        "notify_declared",
        1,
        0,
        1,
    ]
    assert "912345678" not in line
