"""Which partitions of a table are asked for, and which a function's role allows: the local engine does not judge the
conditions on roles."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra import ROOT
from tests.integration.calls import Call, respond

Asked = set[tuple[str, str]]
"""Rights (`dynamodb:Query`) and the partitions that they are needed for."""


def asked_of(table: str, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What is asked of a table from here on. The set grows."""
    seen: Asked = set()

    def answer(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        seen.update((f"dynamodb:{right}", key) for right, key in _asked(table, operation, request))
        return call(operation, request)

    respond(monkeypatch, answer)
    return seen


def _asked(table: str, operation: str, request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation == "TransactWriteItems":
        for step in request["TransactItems"]:
            for name, write in step.items():
                if write["TableName"] == table:
                    yield f"{name}Item", (write.get("Item") or write["Key"])["partition"]["S"]
    elif operation == "BatchGetItem":
        for key in request["RequestItems"].get(table, {}).get("Keys", []):
            yield operation, key["partition"]["S"]
    elif request.get("TableName") == table:
        keys = request.get("Item") or request.get("Key") or {"partition": request["ExpressionAttributeValues"][":0"]}
        yield operation, keys["partition"]["S"]


def may(function: str, right: str, table: str, partition: str) -> bool:
    """Whether a function has a right to a partition: its role has `*` and `?` as IAM reads them."""
    return any(right in rights and fnmatchcase(partition, pattern) for rights, pattern in _allowed(function, table))


def unused(function: str, asked: Asked, table: str) -> list[str]:
    """The patterns of its role that nothing of what was asked for needs."""
    return [
        pattern
        for rights, pattern in _allowed(function, table)
        if not any(right in rights and fnmatchcase(partition, pattern) for right, partition in asked)
    ]


def _allowed(function: str, table: str) -> Iterator[tuple[list[str], str]]:
    """Of each statement about a table its rights, with each pattern of partitions; `*` without a condition."""
    policy = json.loads((ROOT / ".chalice" / f"policy-{function}.json").read_text())
    for statement in policy["Statement"]:
        if statement["Resource"] == {"Fn::GetAtt": [f"{table.capitalize()}Table", "Arn"]}:
            condition = statement.get("Condition", {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*"]}})
            for pattern in condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]:
                yield statement["Action"], pattern
