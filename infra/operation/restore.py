"""Put back rows that a table has lost, from a copy that was restored from its backups.

    aws dynamodb restore-table-to-point-in-time --source-table-name TABLE --target-table-name COPY \\
        --restore-date-time 2021-07-22T06:00:00Z
    python -m infra restore entries --copy COPY --stage prod

It waits until the copy is made. Rows in the table are not changed, and rows whose retention has ended are not put back.
It can be interrupted and run again. Rows of `entries` go through the stream like new ones: nobody gets the same message
twice.

What a person had erased stays erased: their rows are left out, by the tombstones of `python -m infra persons erase`.

To try it out, twice a year, without touching the table:

    python -m infra restore entries --drill --stage prod

This restores the newest point in time into a copy, says how many rows of it the table does not have, and deletes the
copy. It takes ten minutes to some hours, and reads both tables once.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from itertools import islice
from typing import Any

from infra.accounts import Account, add_arguments, chosen, stack_name
from infra.errors import CannotGoOn
from infra.operation.copies import (
    AT_ONCE,
    Comparison,
    Keep,
    await_ready,
    compare,
    has_ended,
    keys_of,
    newest_copy,
    rows,
)
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

_CHUNK = 1000


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("table", choices=TABLES)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--copy", help="the name of the restored table")
    how.add_argument("--drill", action="store_true", help="restore into a copy, compare, delete the copy")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    table = outputs(account, stack_name(stage))[f"{options.table.capitalize()}TableName"]
    if options.drill:
        drill(account, stage, options.table, table)
        return
    _await_copy(account, options.table, table, options.copy)
    restored, seen = restore(account, table, options.copy, _keep(account, stage, options.table, options.copy))
    print(f"{restored} of {seen} rows were missing in {options.table} and are back.")


def _await_copy(account: Account, name: str, table: str, copy: str) -> None:
    """Raises `CannotGoOn` if there are not two tables."""
    client = account.client("dynamodb")
    if copy == table:
        raise CannotGoOn(f"{copy} is the table {name} itself. Name the copy that was restored from its backups.")
    try:
        client.describe_table(TableName=table)
    except client.exceptions.ResourceNotFoundException:
        raise CannotGoOn(f"The table {name} is gone: docs/operations/restoring.md#a-table-is-gone") from None
    try:
        if client.describe_table(TableName=copy)["Table"]["TableStatus"] == "CREATING":
            print(f"{copy} is still being made: ten minutes to some hours. Waiting.", flush=True)
        await_ready(account, copy)
    except client.exceptions.ResourceNotFoundException:
        raise CannotGoOn(
            f"There is no table {copy}. Restore {name} into it first: docs/operations/restoring.md"
        ) from None


def _keep(account: Account, stage: str, name: str, copy: str) -> Keep:
    """By the tombstones of the stage, and of a copy of `entries`: a new table in its place has none yet."""
    of_entries = copy if name == "entries" else _copy_of(stage, "entries")
    client = account.client("dynamodb")
    try:
        client.describe_table(TableName=of_entries)
    except client.exceptions.ResourceNotFoundException:
        return without_erased(account, stage, name)
    return without_erased(account, stage, name, [of_entries])


def _copy_of(stage: str, name: str) -> str:
    # The rights of those who run a stage name it: infra/deployment/policies/operate.json
    return f"{stack_name(stage)}-drill-{name}"


def drill(account: Account, stage: str, name: str, table: str) -> None:
    """Restore a table into a copy, print what a restoration would put back, and delete the copy."""
    copy = _copy_of(stage, name)
    print(f"Restoring the newest backup of {name} into {copy}: ten minutes to some hours.", flush=True)
    with newest_copy(account, table, copy) as at:
        as_of = f", as of {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else ""
        print(f"The copy is there{as_of}. Comparing.", flush=True)
        found = compare(account, table, copy, _keep(account, stage, name, copy))
    print(result(name, found))


def result(name: str, found: Comparison) -> str:
    """What a drill found."""
    both = found.copied - found.missing - found.left_out
    return (
        f"{found.copied} rows came from the backup; {name} has {found.live}, and {both} are in both.\n"
        f"A restoration would put {found.missing} rows back, and leave out {found.left_out} whose time is over or that "
        "were erased.\nThe copy is deleted. Nothing else was changed."
    )


def restore(account: Account, table: str, copy: str, keep: Keep) -> tuple[int, int]:
    """Copy the rows that are missing. Returns their number, and the number of rows in the copy.

    `keep` says what a row becomes before it is put back, and None if it is left out.

    Raises `CannotGoOn` if the tables' keys differ.
    """
    client = account.client("dynamodb")
    # By a placeholder: `partition` is a reserved word.
    names = {"#key": keys_of(client, table, copy)[0]}
    read = rows(client, copy)
    restored = seen = 0
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while chunk := list(islice(read, _CHUNK)):
            seen += len(chunk)
            kept = [row for row in map(keep, chunk) if row is not None]
            restored += sum(threads.map(lambda row: _put_back(client, table, row, names), kept))
    return restored, seen


def _put_back(client: Any, table: str, row: dict[str, Any], names: dict[str, str]) -> bool:
    if has_ended(row):
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
