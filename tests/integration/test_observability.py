"""Logs, metrics and traces."""

import json
from io import StringIO
from typing import Any

import pytest

from chalicelib.observability import log_invocation
from tests.forms import form
from tests.integration.conftest import Api, Clock


def test_one_structured_line_an_invocation(api: Api, clock: Clock, logged: StringIO) -> None:
    api("POST", "/v1/declarations", form(clock()))
    (line,) = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert (line["route"], line["status"], line["outcome"]) == ("POST /v1/declarations", 201, "answered")


def test_what_happens_is_counted_in_the_line_of_the_invocation(api: Api, clock: Clock, logged: StringIO) -> None:
    api("POST", "/v1/declarations", form(clock()))
    (line,) = [json.loads(line) for line in logged.getvalue().splitlines()]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "TayNinhPass"
    assert directive["Dimensions"] == [["Stage"]]
    assert directive["Metrics"] == [{"Name": "Declarations", "Unit": "Count"}]
    assert (line["Declarations"], line["Stage"]) == (1, "test")


def test_the_first_answer_never_waits_for_the_tracing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not above: its import opens a socket in each process that collects this file, and this test closes one.
    from aws_xray_sdk.core import xray_recorder

    patched: list[object] = []
    monkeypatch.setattr("aws_xray_sdk.core.patch", patched.append)
    monkeypatch.setattr("chalicelib.observability._traced", {"first": True, "patched": False})
    for sampled, expected in (("1", 0), ("0", 0), ("1", 1), ("1", 1)):
        monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root=1-5e1b4151-5ac6c58f0b5d4b7c1d2e3f4a;Sampled={sampled}")
        log_invocation(None, lambda event: event)
        assert len(patched) == expected
    emitter: Any = xray_recorder.emitter
    emitter._socket.close()  # its import opened it
