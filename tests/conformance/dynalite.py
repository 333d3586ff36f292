"""dynalite, a DynamoDB in Node.js that refuses what DynamoDB refuses, and what it does not have.

It has no transactions, and does not give the row that a condition has met. Both are made of its other operations here,
one call of a test at a time: so these tests say nothing about transactions that meet.
https://github.com/architect/dynalite
"""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from time import monotonic, sleep
from typing import Any

import urllib3
from botocore.exceptions import ClientError

from chalicelib.storage.rows import Item
from chalicelib.storage.tables import Dynamodb
from infra import ROOT
from infra.local.engine import HOST, free_port
from infra.locks import lock_when_free
from tests.tools import node_modules, program

_FOLDER = Path(__file__).parent
_LOCK = ROOT / "build" / "conformance.lock"
_READY_WITHIN = 30.0
"""Seconds."""
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
_CONDITION_FAILED = "ConditionalCheckFailedException"


@contextmanager
def serving() -> Iterator[str]:
    """Its URL. The test is left out where there is no Node.js."""
    node, port = program("node"), free_port()
    with lock_when_free(_LOCK):  # tests run in two processes
        cli = node_modules(_FOLDER) / "dynalite"
    command = [node, str(cli.resolve()), "--host", HOST, "--port", str(port)]
    command += [part for each in ("create", "update", "delete") for part in (f"--{each}TableMs", "0")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            _wait_until_ready(process, url := f"http://{HOST}:{port}")
            yield url
        finally:
            process.kill()


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    end = monotonic() + _READY_WITHIN
    while True:
        try:
            urllib3.request("GET", url, retries=False)
        except urllib3.exceptions.HTTPError:
            assert process.poll() is None, f"dynalite ended: {process.returncode}"
            assert monotonic() < end, "dynalite is not ready"
            sleep(0.05)
        else:
            return


class Completed:
    """dynalite's answers, with what it lacks."""

    def __init__(self, dynalite: Dynamodb) -> None:
        self._dynalite, self._alone = dynalite, RLock()
        self._keys: dict[str, list[str]] = {}

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        with self._alone:
            if operation == "TransactWriteItems":
                return self._transact(request)
            try:
                return self._dynalite(operation, request)
            except ClientError as error:
                if _is(error) and "ReturnValuesOnConditionCheckFailure" in request:
                    error.response.update(self._met(request))
                raise

    def _transact(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Each write by itself; if one fails, those before are taken back."""
        steps = [(_WRITES[kind], write) for step in request["TransactItems"] for kind, write in step.items()]
        before = [self._met(write) for _, write in steps]
        reasons, done = [], []
        for number, (operation, write) in enumerate(steps):
            try:
                self._dynalite(operation, write)
            except ClientError as error:
                if not _is(error):
                    raise
                reasons.append({"Code": "ConditionalCheckFailed", **before[number]})
            else:
                reasons.append({"Code": "None"})
                done.append(number)
        if len(done) == len(steps):
            return {}
        for number in done:
            self._restore(steps[number][1], before[number])
        cancelled = {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"}
        answer: Any = {"Error": cancelled, "CancellationReasons": reasons}
        raise ClientError(answer, "TransactWriteItems")

    def _met(self, write: Mapping[str, Any]) -> dict[str, Item]:
        """The row that a write is about, as DynamoDB's answers have it; nothing if there is none."""
        key = {"TableName": write["TableName"], "Key": self._key_of(write), "ConsistentRead": True}
        found = self._dynalite("GetItem", key)
        return {"Item": found["Item"]} if "Item" in found else {}

    def _restore(self, write: Mapping[str, Any], before: Mapping[str, Item]) -> None:
        name = {"TableName": write["TableName"]}
        if before:
            self._dynalite("PutItem", {**name, **before})
        else:
            self._dynalite("DeleteItem", {**name, "Key": self._key_of(write)})

    def _key_of(self, write: Mapping[str, Any]) -> Item:
        if "Key" in write:
            key: Item = write["Key"]
            return key
        table: str = write["TableName"]
        if table not in self._keys:
            schema = self._dynalite("DescribeTable", {"TableName": table})["Table"]["KeySchema"]
            self._keys[table] = [each["AttributeName"] for each in schema]
        return {name: write["Item"][name] for name in self._keys[table]}


def _is(error: ClientError) -> bool:
    return bool(error.response["Error"]["Code"] == _CONDITION_FAILED)
