"""Those who tell the stories: a traveller, members of staff, and a witness who reads what is left behind."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import psutil
import urllib3
from botocore.config import Config

from infra.local_stack import Stack, token
from tests.forms import form, person

PATIENCE = 60.0
"""Seconds to wait for what must come."""


class Browser:
    """Sends requests as an app does."""

    def __init__(self, stack: Stack, bearer: str = "") -> None:
        self._base = stack["api_url"]
        self._headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        self._http = urllib3.PoolManager(maxsize=32, timeout=120, retries=False)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> urllib3.BaseHTTPResponse:
        sent = {"Accept": "*/*", **self._headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is not None:
            sent["Content-Type"] = "application/json"
        raw = None if body is None else json.dumps(body).encode()
        return self._http.request(method, self._base + path, body=raw, headers=sent)

    def get(self, path: str) -> Any:
        answer = self.send("GET", path)
        return json.loads(answer.data)


class Traveller(Browser):
    """Somebody on the road. Each number is another person with another phone."""

    def __init__(self, stack: Stack, number: int) -> None:
        super().__init__(stack)
        self.number = number
        self.phone = f"+84913{number:06d}"

    def form(self, companions: int = 0, **changes: Any) -> dict[str, Any]:
        base = form(datetime.now(UTC), **changes)
        base["traveller"] = person(self.number % 90_000, phone=self.phone)
        base["companions"] = [person(90_000 + number, phone=None) for number in range(companions)]
        return base

    def declares(self, companions: int = 0, **changes: Any) -> dict[str, Any]:
        answer = self.send("POST", "/v1/declarations", self.form(companions, **changes))
        assert answer.status == 201, answer.data
        issued: dict[str, Any] = json.loads(answer.data)
        return issued


class Guard(Browser):
    """A member of staff, by role."""

    def __init__(self, stack: Stack, role: str = "checkpoint") -> None:
        super().__init__(stack, token(stack, role))

    def scans(self, text: str) -> dict[str, Any]:
        answer = self.send("POST", "/v1/checkpoint/checks", {"qr": text})
        assert answer.status == 200, answer.data
        checked: dict[str, Any] = json.loads(answer.data)
        return checked

    def records(self, code: str, **changes: Any) -> tuple[int, dict[str, Any]]:
        crossing = {"code": code, "checkpoint": "an-hoa", "temperature": 36.6, "decision": "admit", **changes}
        answer = self.send("POST", "/v1/checkpoint/crossings", crossing)
        return answer.status, json.loads(answer.data)


class Witness:
    """Knows nothing of the code's inside: reads tables, queues, messages and processes."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._dynamodb, self.sqs, self.functions = (
            boto3.client(
                name,
                region_name=stack["region"],
                endpoint_url=stack["endpoint_url"],
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(max_pool_connections=32),
            )
            for name in ("dynamodb", "sqs", "lambda")
        )
        self._http = urllib3.PoolManager(retries=False)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All items of a table, by the name of its output."""
        found: list[dict[str, Any]] = []
        for page in self._dynamodb.get_paginator("scan").paginate(
            TableName=self.stack["outputs"][f"{table}TableName"], ConsistentRead=True
        ):
            found += page["Items"]
        return found

    def codes_exposed(self, kind: str = "declared") -> dict[str, set[str]]:
        """For each code, the kinds of places its exposures stand under."""
        found: dict[str, set[str]] = {}
        for row in self.rows("Tracing"):
            _, code, of = row["moment"]["S"].split("#")
            if of == kind:
                found.setdefault(code, set()).add(row["place"]["S"].partition("#")[0])
        return found

    def texts(self) -> dict[str, list[str]]:
        """What was sent, by phone."""
        answer = self._http.request("GET", f"{self.stack['endpoint_url']}/_ministack/sns/sms-messages")
        told = json.loads(answer.data)["sms_messages"]
        return {phone: [each["Message"] for each in messages] for phone, messages in told.items()}

    def waiting(self, queue: str) -> int:
        """Messages in a queue, in flight or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.stack["outputs"][f"{queue}Url"], AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def workers(self, function: str) -> Iterator[psutil.Process]:
        """The processes that run a function now."""
        name = self.stack["outputs"][f"{function}Name"]
        for process in psutil.Process(self.stack["engine_pid"]).children(recursive=True):
            try:
                if process.environ().get("AWS_LAMBDA_FUNCTION_NAME") == name:
                    yield process
            except psutil.Error:
                continue  # it ended while we looked

    def waits_until(self, true: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        """Look again and again. Fails, saying `what`, when patience ends."""
        end = time.monotonic() + patience
        while not true():
            assert time.monotonic() < end, f"after {patience:.0f} s: {what}"
            time.sleep(0.05)
