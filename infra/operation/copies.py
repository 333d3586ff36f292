"""Copies of tables that were restored from backups: make the newest one, read it, compare it with the table."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from infra.accounts import Account
from infra.errors import CannotGoOn

Row = dict[str, Any]
Keep = Callable[[Row], Row | None]
"""What a row of a backup becomes before it is put back; None if it is left out."""

AT_ONCE = 8
"""Parallel requests: fewer than the connections that a client keeps."""
_ASKED_AT_ONCE = 100
"""Rows: the most that DynamoDB reads by one request."""
_COMPARED_AT_ONCE = AT_ONCE * _ASKED_AT_ONCE


class Comparison(NamedTuple):
    """A copy beside its table, in rows."""

    live: int
    """In the table, at the end of the comparison."""
    copied: int
    """In the copy."""
    missing: int
    """In the copy and not in the table: a restoration would put them back."""
    left_out: int
    """Missing, too, but a restoration leaves them out: their retention has ended, or a person had them erased."""


@contextmanager
def newest_copy(account: Account, table: str, name: str) -> Iterator[datetime | None]:
    """A copy of a table as it was at the newest point in time, for as long as the `with` lasts. Gives that point.

    Raises `CannotGoOn` if there is a table of that name.
    """
    client = account.client("dynamodb")
    try:
        client.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=name, UseLatestRestorableTime=True)
    except client.exceptions.TableAlreadyExistsException:
        raise CannotGoOn(
            f"There is a table {name}: another drill runs, or one was interrupted. If none runs, delete it: aws "
            f"--region {account.region} dynamodb delete-table --table-name {name}"
        ) from None
    try:
        described = await_ready(account, name)
        yield described.get("RestoreSummary", {}).get("RestoreDateTime")
    finally:
        _delete(account, name)


def await_ready(account: Account, name: str) -> dict[str, Any]:
    """What DynamoDB says of a table, once it is made: a copy takes ten minutes to some hours."""
    client = account.client("dynamodb")
    while (described := client.describe_table(TableName=name)["Table"])["TableStatus"] == "CREATING":
        time.sleep(account.pause)
    ready: dict[str, Any] = described
    return ready


def _delete(account: Account, name: str) -> None:
    client = account.client("dynamodb")
    try:
        client.delete_table(TableName=name)
    except client.exceptions.ResourceInUseException:
        raise CannotGoOn(
            f"The copy is still being made, and cannot be deleted yet. Delete it in an hour: aws --region "
            f"{account.region} dynamodb delete-table --table-name {name}"
        ) from None


def compare(account: Account, table: str, copy: str, keep: Keep) -> Comparison:
    """Look up each row of the copy in the table. Nothing is changed. Raises `CannotGoOn` if their keys differ."""
    client = account.client("dynamodb")
    keys = keys_of(client, table, copy)
    copied = missing = left_out = 0
    read = rows(client, copy)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while chunk := list(islice(read, _COMPARED_AT_ONCE)):
            copied += len(chunk)
            parts = [chunk[first : first + _ASKED_AT_ONCE] for first in range(0, len(chunk), _ASKED_AT_ONCE)]
            lacking = threads.map(lambda some: _lacking(client, table, keys, some), parts)
            for row in (each for some in lacking for each in some):
                if has_ended(row) or keep(row) is None:
                    left_out += 1
                else:
                    missing += 1
    return Comparison(_count(client, table), copied, missing, left_out)


def keys_of(client: Any, table: str, copy: str) -> list[str]:
    """The names of the keys of both. Raises `CannotGoOn` if they differ."""
    schemas = [client.describe_table(TableName=each)["Table"]["KeySchema"] for each in (table, copy)]
    if schemas[0] != schemas[1]:
        raise CannotGoOn(f"{copy} is not a copy of {table}: their keys differ.")
    return [each["AttributeName"] for each in schemas[0]]


def rows(client: Any, table: str) -> Iterator[Row]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def has_ended(row: Row) -> bool:
    """Whether the row's retention has ended: DynamoDB deletes it later, at no fixed time."""
    return "expires_at" in row and int(row["expires_at"]["N"]) <= time.time()


def _lacking(client: Any, table: str, keys: Sequence[str], some: Sequence[Row]) -> list[Row]:
    """Those of some rows that a table does not have."""
    placeholders = {f"#{number}": key for number, key in enumerate(keys)}
    wanted = {_named(row, keys): row for row in some}
    asked: Any = {
        table: {
            "Keys": [{key: row[key] for key in keys} for row in some],
            "ProjectionExpression": ", ".join(placeholders),
            "ExpressionAttributeNames": placeholders,
            "ConsistentRead": True,
        }
    }
    while asked:
        answer = client.batch_get_item(RequestItems=asked)
        for row in answer["Responses"].get(table, []):
            del wanted[_named(row, keys)]
        asked = answer.get("UnprocessedKeys")
    return list(wanted.values())


def _named(row: Row, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(row[key]) for key in keys)


def _count(client: Any, table: str) -> int:
    pages = client.get_paginator("scan").paginate(TableName=table, Select="COUNT", ConsistentRead=True)
    return sum(page["Count"] for page in pages)
