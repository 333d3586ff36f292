"""Put back rows that a table has lost, from a copy that was restored from its backups.

    aws dynamodb restore-table-to-point-in-time --source-table-name TABLE --target-table-name COPY \\
        --restore-date-time 2021-07-22T06:00:00Z
    python -m infra restore entries --copy COPY --stage prod

Rows in the table are not changed, and rows whose retention has ended are not put back. It can be interrupted and run
again. Rows of `entries` go through the stream like new ones: nobody gets the same message twice.

What a person had erased stays erased: their rows are left out, by the tombstones of `python -m infra persons erase`.
"""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from infra.accounts import Account, add_arguments, chosen, stack_name
from infra.errors import CannotGoOn
from infra.operation.persons.erase import without_erased
from infra.stacks import outputs

TABLES = (
    "entries",
    "tracing",
    "messages",
    "webhooks",
    "reference",
    "cases",
    "stays",
    "permits",
    "drafts",
    "statistics",
)

Keep = Callable[[dict[str, Any]], dict[str, Any] | None]

_AT_ONCE = 8
"""Parallel writes: fewer than the connections that a client keeps."""
_CHUNK = 1000


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--copy", required=True, help="the name of the restored table")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    table = outputs(account, stack_name(stage))[f"{options.table.capitalize()}TableName"]
    tombstones = [options.copy] if options.table == "entries" else []
    keep = without_erased(account, stage, options.table, tombstones)
    restored, seen = restore(account, table, options.copy, keep)
    print(f"{restored} of {seen} rows were missing in {options.table} and are back.")


def restore(account: Account, table: str, copy: str, keep: Keep) -> tuple[int, int]:
    """Copy the rows that are missing. Returns their number, and the number of rows in the copy.

    `keep` says what a row becomes before it is put back, and None if it is left out.

    Raises `CannotGoOn` if the tables' keys differ.
    """
    client = account.client("dynamodb")
    keys = client.describe_table(TableName=table)["Table"]["KeySchema"]
    if client.describe_table(TableName=copy)["Table"]["KeySchema"] != keys:
        raise CannotGoOn(f"{copy} is not a copy of {table}: their keys differ.")
    # By a placeholder: `partition` is a reserved word.
    names = {"#key": keys[0]["AttributeName"]}
    rows = _rows(client, copy)
    restored = seen = 0
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        while chunk := list(islice(rows, _CHUNK)):
            seen += len(chunk)
            kept = [row for row in map(keep, chunk) if row is not None]
            restored += sum(threads.map(lambda row: _put_back(client, table, row, names), kept))
    return restored, seen


def _rows(client: Any, table: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _put_back(client: Any, table: str, row: dict[str, Any], names: dict[str, str]) -> bool:
    if "expires_at" in row and int(row["expires_at"]["N"]) <= time.time():
        return False
    try:
        client.put_item(
            TableName=table,
            Item=row,
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames=names,
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
