"""Logs, metrics and traces."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError
from chalice.test import Client

from chalicelib import observability
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.models.trails import trail_of
from chalicelib.observability import audit, failure, log_invocation, note, traced
from infra import ROOT
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.queues import handled, inserted, row, taken

TRACE_ID = "1-5e1b4151-5ac6c58f0b5d4b7c1d2e3f4a"
NOT_SAMPLED = """
import os, sys
from chalicelib.observability import log_invocation, traced
os.environ["_X_AMZN_TRACE_ID"] = "Root=1-5e1b4151-5ac6c58f0b5d4b7c1d2e3f4a;Parent=53995c3f42cd8ad8;Sampled=0"
def call(event):
    with traced("dynamodb", "PutItem"):
        return event
log_invocation(None, call)
log_invocation(None, call)
assert not [name for name in sys.modules if name.startswith("aws_xray_sdk")]
"""


def test_one_structured_line_an_invocation(api: Api, clock: Clock, logged: StringIO) -> None:
    api("POST", "/v1/declarations", form(clock()))
    (line,) = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert (line["route"], line["status"], line["outcome"]) == ("POST /v1/declarations", 201, "answered")


def test_the_lines_of_a_request_and_of_its_workers_have_one_trail_and_no_code(
    api: Api, lambdas: Client, clock: Clock, logged: StringIO
) -> None:
    issued = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]
    code = issued["code"].replace("-", "")
    api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint")
    lambdas.lambda_.invoke("fan_out", inserted(row(code[:13], "DECLARATION")))
    for queue, worker in (("tracing", "trace"), ("declared", "notify_declared"), ("counts", "count")):
        handled(lambdas, worker, *taken(queue))
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    of_invocations = [each for each in lines if each["message"] == "invocation"]
    assert [each["trails"] for each in of_invocations] == [[trail_of(code)]] * 6
    assert of_invocations[4]["messages"] == [f"{trail_of(code)} declared sent"]
    assert code[:13] not in "".join(map(json.dumps, of_invocations))


def test_what_happens_is_counted_in_the_line_of_the_invocation(api: Api, clock: Clock, logged: StringIO) -> None:
    api("POST", "/v1/declarations", form(clock()))
    (line,) = [json.loads(line) for line in logged.getvalue().splitlines()]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "TayNinhPass"
    assert directive["Dimensions"] == [["Stage"]]
    assert directive["Metrics"] == [{"Name": "Declarations", "Unit": "Count"}]
    assert (line["Declarations"], line["Stage"]) == (1, "test")


def test_a_declaration_sent_twice_is_counted_once(api: Api, clock: Clock, logged: StringIO) -> None:
    for _ in range(2):
        assert api("POST", "/v1/declarations", form(clock()), Idempotency_Key="one-key-of-an-app").status_code == 201
    assert logged.getvalue().count('"Declarations":1') == 1


def test_a_line_says_when_where_and_in_which_trace(monkeypatch: pytest.MonkeyPatch, logged: StringIO) -> None:
    monkeypatch.setattr(observability, "_tracing", {"first": True, "patched": False, "sampled": False})
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1")
    log_invocation(None, lambda event: event)
    line = json.loads(logged.getvalue())
    written = datetime.fromisoformat(line["timestamp"])
    assert timedelta() <= datetime.now(UTC) - written < timedelta(minutes=1)
    assert line["timestamp"] == written.isoformat(timespec="milliseconds")
    named = [line[name] for name in ("level", "message", "service", "xray_trace_id")]
    assert named == ["INFO", "invocation", "tay-ninh-pass", TRACE_ID]


def test_a_look_at_declarations_leaves_an_audit_line(logged: StringIO) -> None:
    audit(Principal("staff-1", frozenset({Role.SUPERVISOR})), action="look up pass", codes=["0"], why="a typed code")
    line = json.loads(logged.getvalue())
    assert (line.pop("message"), line.pop("service")) == ("audit", "tay-ninh-pass-audit")
    assert line.keys() == {"level", "timestamp", "staff", "roles", "action", "codes", "why"}


@pytest.mark.parametrize(
    ("text", "moment"), [("Tây Ninh", "2021-10-01T00:00:00Z"), ("Tây Ninh \udcff", "2021-10-01 00:00:00+00:00")]
)
def test_values_that_json_does_not_know_are_written_as_text(logged: StringIO, text: str, moment: str) -> None:
    def answer(_: object) -> None:
        note(id=UUID(int=1), moment=datetime(2021, 10, 1, tzinfo=UTC), roles={Role.SUPERVISOR}, text=text)

    log_invocation(None, answer)
    line = json.loads(logged.getvalue())
    assert line["id"] == "00000000-0000-0000-0000-000000000001"
    assert line["moment"] == moment
    assert "supervisor" in line["roles"]
    assert "Tây Ninh" in logged.getvalue()


def test_a_line_is_written_in_one_piece(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr("sys.stdout.write", written.append)
    log_invocation(None, lambda _: note(text='half of a pair: \ud83d, two\nlines, "quoted"'))
    (line,) = written
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert json.loads(line)["text"] == 'half of a pair: \ud83d, two\nlines, "quoted"'


def test_a_line_that_cannot_be_written_does_not_cost_the_answer(
    monkeypatch: pytest.MonkeyPatch, logged: StringIO
) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise RuntimeError

    def answer(_: object) -> str:
        note(unprintable=Unprintable())
        return "answer"

    assert log_invocation(None, answer) == "answer"
    line = json.loads(logged.getvalue())
    assert (line["message"], line["level"], line["log_error"]) == ("invocation", "ERROR", "RuntimeError")

    def fail(_: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(observability, "put_out", fail)
    assert log_invocation(None, answer) == "answer"


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ({"Error": {"Code": "AccessDeniedException", "Message": "0912345678"}}, "AccessDeniedException"),
        (
            {
                "Error": {"Code": "TransactionCanceledException", "Message": "0912345678"},
                "CancellationReasons": [
                    {"Code": "None"},
                    {"Code": "TransactionConflict", "Message": "0912345678"},
                    {"Code": "TransactionConflict", "Item": {"phone": {"S": "0912345678"}}},
                ],
            },
            "TransactionCanceledException, TransactionConflict",
        ),
        ({}, "?"),
    ],
)
def test_a_line_says_what_aws_refused_and_not_what_was_sent(
    logged: StringIO, response: dict[str, Any], text: str
) -> None:
    def answer(_: object) -> str:
        try:
            raise ServiceUnavailable from ClientError(response, "TransactWriteItems")
        except ServiceUnavailable as error:
            failure(error)
        return "answer"

    log_invocation(None, answer)
    unavailable, refusal = json.loads(logged.getvalue())["error"]
    assert unavailable.startswith("ServiceUnavailable at ")
    assert refusal.endswith(f": TransactWriteItems refused: {text}")
    assert "0912345678" not in logged.getvalue()


def test_the_first_answer_never_waits_for_the_tracing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not above: its import opens a socket in each process that collects this file, and this test closes one.
    from aws_xray_sdk.core import xray_recorder

    patched: list[object] = []
    monkeypatch.setattr("aws_xray_sdk.core.patch", patched.append)
    monkeypatch.setattr(observability, "_tracing", {"first": True, "patched": False, "sampled": False})
    for sampled, expected in (("1", 0), ("0", 0), ("1", 1), ("1", 1)):
        monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE_ID};Sampled={sampled}")
        log_invocation(None, lambda event: event)
        assert len(patched) == expected
    emitter: Any = xray_recorder.emitter
    emitter._socket.close()  # its import opened it


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What is sent to X-Ray, as in a Lambda function whose first invocation is over and whose next ones are sampled."""
    # Not above: its import opens a socket in each process that collects this file, and this closes one.
    from aws_xray_sdk.core import xray_recorder
    from aws_xray_sdk.core.lambda_launcher import LambdaContext

    class Emitter:
        def send_entity(self, entity: Any) -> None:
            sent.append(json.loads(entity.serialize()))

    sent: list[dict[str, Any]] = []
    emitter: Any = xray_recorder.emitter
    monkeypatch.setattr(xray_recorder, "_emitter", Emitter())
    monkeypatch.setattr(xray_recorder, "_context", LambdaContext())
    monkeypatch.setattr(xray_recorder.streaming, "_threshold", 0)
    monkeypatch.setattr("aws_xray_sdk.core.patch", lambda _: None)
    monkeypatch.setattr(observability, "_tracing", {"first": False, "patched": False, "sampled": False})
    monkeypatch.setenv("AWS_REGION", "ap-southeast-1")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1")
    yield sent
    emitter._socket.close()


def put_item(fail: Callable[[], None] = lambda: None) -> Callable[[Any], str]:
    """An invocation that makes one call to AWS."""

    def invocation(_: Any) -> str:
        with traced("dynamodb", "PutItem"):
            fail()
        return "answer"

    return invocation


def test_a_call_of_our_own_is_one_subsegment(recorded: list[dict[str, Any]], logged: StringIO) -> None:
    log_invocation(None, put_item())
    (subsegment,) = recorded
    assert subsegment["end_time"] >= subsegment["start_time"]
    assert (subsegment["trace_id"], subsegment["parent_id"]) == (TRACE_ID, "53995c3f42cd8ad8")
    assert (subsegment["type"], subsegment["namespace"], subsegment["name"]) == ("subsegment", "aws", "dynamodb")
    assert subsegment["aws"] == {"operation": "PutItem", "region": "ap-southeast-1"}
    assert not {"fault", "cause", "metadata", "annotations"} & subsegment.keys()


def test_a_failed_call_is_a_fault_without_the_text_of_its_error(
    recorded: list[dict[str, Any]], logged: StringIO
) -> None:
    def fail() -> None:
        raise TimeoutError("0912345678")

    with pytest.raises(TimeoutError, match="0912345678"):
        log_invocation(None, put_item(fail))
    (subsegment,) = recorded
    (cause,) = subsegment["cause"]["exceptions"]
    assert (subsegment["fault"], cause["type"]) == (True, "TimeoutError")
    assert cause["stack"][-1]["label"] == "fail"
    assert "0912345678" not in json.dumps(recorded)


def test_nothing_is_recorded_of_an_invocation_that_is_not_sampled(
    recorded: list[dict[str, Any]], logged: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_invocation(None, put_item())
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE_ID[:-1]}b;Parent=53995c3f42cd8ad8;Sampled=0")
    log_invocation(None, put_item())
    assert len(recorded) == 1


@pytest.mark.parametrize("strategy", ["LOG_ERROR", "IGNORE_ERROR"])
def test_a_call_without_a_segment_is_made_all_the_same(
    recorded: list[dict[str, Any]], logged: StringIO, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    from aws_xray_sdk.core import xray_recorder
    from aws_xray_sdk.core.context import Context

    monkeypatch.setattr(xray_recorder, "_context", Context(strategy))
    assert log_invocation(None, put_item()) == "answer"
    assert not recorded


def test_the_tracing_library_is_not_imported_where_nothing_is_sampled() -> None:
    subprocess.run([sys.executable, "-c", NOT_SAMPLED], cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - ours
