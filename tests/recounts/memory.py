"""The table `statistics` in memory: it does what the storage of figures asks of DynamoDB, and no more."""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.storage.rows import Item

_ADDED = re.compile(r"(#\d+) (:\d+)")
_STARTED = re.compile(r"(#\d+) = if_not_exists\(\1, (:\d+)\)")


class StatisticsInMemory:
    """`storage.tables.Dynamodb`. A transaction is done as a whole or not at all."""

    def __init__(self, around: Callable[[], AbstractContextManager[object]] = nullcontext) -> None:
        self.partitions: dict[str, dict[str, Item]] = {}
        self._around = around
        """What surrounds each transaction: it may be broken off before it, or when it is done."""

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "Query":
            rows = self.partitions.get(request["ExpressionAttributeValues"][":0"]["S"], {})
            return {"Items": [rows[name] for name in sorted(rows)]}
        if operation == "TransactWriteItems":
            with self._around():
                self._transact(request["TransactItems"])
            return {}
        assert operation == "UpdateItem"
        self._move(request)
        return {}

    def _transact(self, items: list[dict[str, dict[str, Any]]]) -> None:
        steps = [step for each in items for step in each.items()]
        places = [_place(write.get("Item") or write["Key"]) for _, write in steps]
        assert len(set(places)) == len(places) <= 100
        reasons = []
        for (kind, write), (partition, row) in zip(steps, places, strict=True):
            there = self.partitions.get(partition, {}).get(row)
            if kind == "Put":
                assert write["ConditionExpression"] == "attribute_not_exists (#0)"
            failed = kind == "Put" and there is not None
            reasons.append({"Code": "ConditionalCheckFailed", "Item": there} if failed else {"Code": "None"})
        if any("Item" in each for each in reasons):
            error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(error, "TransactWriteItems")
        for (kind, write), (partition, row) in zip(steps, places, strict=True):
            rows = self.partitions.setdefault(partition, {})
            if kind == "Put":
                rows[row] = write["Item"]
            else:
                _update(rows.setdefault(row, dict(write["Key"])), write)

    def _move(self, request: Mapping[str, Any]) -> None:
        """`to` moves forwards alone."""
        partition, row = _place(request["Key"])
        assert (partition, row) == ("COUNTING", "TO")
        item = self.partitions.setdefault(partition, {}).setdefault(row, dict(request["Key"]))
        (to,) = {each["S"] for each in request["ExpressionAttributeValues"].values()}
        if item.get("to", {"S": ""})["S"] >= to:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "UpdateItem")
        item["to"] = {"S": to}


def _place(keys: Item) -> tuple[str, str]:
    return keys["partition"]["S"], keys["row"]["S"]


def _update(item: Item, write: Mapping[str, Any]) -> None:
    names, values = write["ExpressionAttributeNames"], write["ExpressionAttributeValues"]
    verb, _, parts = write["UpdateExpression"].partition(" ")
    for name, value in (_ADDED if verb == "ADD" else _STARTED).findall(parts):
        there = item.get(names[name])
        if verb == "ADD":
            item[names[name]] = {"N": str(int(there["N"] if there else 0) + int(values[value]["N"]))}
        elif there is None:
            item[names[name]] = values[value]
