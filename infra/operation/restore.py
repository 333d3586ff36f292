"""Put back what a table has lost, from a copy that was restored from its backups.

    aws dynamodb restore-table-to-point-in-time --source-table-name TABLE --target-table-name COPY \
        --restore-date-time 2021-07-22T06:00:00Z
    python -m infra.restore entries --copy COPY --stage prod

Rows that are there are left as they are, rows whose retention has ended stay gone. It may be broken off and run again.
Rows of `entries` go through the stream like new ones: who was told already is not told again.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from infra.accounts import Account, add_arguments, chosen, stack_name
from infra.deployment.cloudformation import outputs
from infra.errors import CannotGoOn, exit_code

TABLES = ("entries", "tracing", "messages", "reference")

_AT_ONCE = 8
"""Writes under way; as many as a client keeps connections for, with some to spare."""
_CHUNK = 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description="Put back what a table has lost.")
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--copy", required=True, help="the name of the restored table")
    add_arguments(parser)
    options = parser.parse_args()
    account, stage = chosen(parser, options)
    table = outputs(account, stack_name(stage))[f"{options.table.capitalize()}TableName"]
    restored, seen = restore(account, table, options.copy)
    print(f"{restored} of {seen} rows were missing in {options.table} and are back.")


def restore(account: Account, table: str, copy: str) -> tuple[int, int]:
    """Copy rows that are missing. Returns how many those were, and how many there are in the copy.

    Raises `CannotGoOn` if one of the tables does not answer, or they are not alike.
    """
    client = account.client("dynamodb")
    try:
        keys = client.describe_table(TableName=table)["Table"]["KeySchema"]
        if client.describe_table(TableName=copy)["Table"]["KeySchema"] != keys:
            raise CannotGoOn(f"{copy} is no copy of {table}: its key is another.")
        condition = f"attribute_not_exists({keys[0]['AttributeName']})"
        rows = _rows(client, copy)
        restored = seen = 0
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            while chunk := list(islice(rows, _CHUNK)):
                seen += len(chunk)
                restored += sum(threads.map(lambda row: _put_back(client, table, row, condition), chunk))
    except ClientError as error:
        raise CannotGoOn(f"The tables do not answer: {error}") from error
    return restored, seen


def _rows(client: Any, table: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _put_back(client: Any, table: str, row: dict[str, Any], condition: str) -> bool:
    if "expires_at" in row and int(row["expires_at"]["N"]) <= time.time():
        return False
    try:
        client.put_item(TableName=table, Item=row, ConditionExpression=condition)
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


if __name__ == "__main__":
    sys.exit(exit_code(main))
