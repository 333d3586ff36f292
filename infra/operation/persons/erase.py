"""Erase what is held about a person, and keep them out of what is restored later."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from chalicelib.services.ports import KeyedHash
from chalicelib.services.rights.persons import (
    PassNotEnded,
    PermitInForce,
    erase,
    export,
    find_person,
    shown,
    tombstone,
)
from chalicelib.storage.entry.rows import Entry
from chalicelib.storage.rights.erasures import Erasures
from chalicelib.storage.tables import Table
from infra.accounts import Account, calls, stack_name
from infra.errors import CannotGoOn
from infra.operation.keys import keyed_hash
from infra.operation.persons.archives import KEEPERS
from infra.operation.persons.export import show
from infra.operation.persons.requests import Request, audit
from infra.stacks import outputs

LONGEST_RECOVERY = timedelta(days=35)
"""How far back DynamoDB restores at most. Tombstones outlive every backup, whatever the template says."""


def erase_person(request: Request) -> None:
    found = find_person(request.asked, archive=request.archive)
    holdings = export(found, archive=request.archive)
    audit(request, "erase person" if request.options.yes else "look up person", found.keys.codes)
    if not holdings and not found.begun:
        print("Nothing is held.")
        return
    show(found, holdings)
    if not request.options.yes:
        print("Nothing was erased. To erase it: --yes")
        return
    try:
        # What stays of it is kept for as long as the stage's settings say.
        rows = erase(
            request.asked,
            found,
            tombstones_for=request.days("DeclarationRetentionDays") + LONGEST_RECOVERY,
            receipt_for=request.days("AuditRetentionDays"),
            archive=request.archive,
        )
    except PassNotEnded as live:
        raise CannotGoOn(
            f"A pass can still be used until {live.until.isoformat(timespec='minutes')}. Nothing was erased. Run this "
            "again after that."
        ) from None
    except PermitInForce as live:
        listed = "\n".join(f"  {shown(each)}" for each in live.permits)
        raise CannotGoOn(
            f"A permit is in force. Nothing was erased. Have an office revoke it first:\n{listed}"
        ) from None
    counts = ", ".join(f"{count} rows of {table}" for table, count in rows.items())
    now = request.archive.clock().isoformat(timespec="seconds")
    print(f"Erased at {now}: {counts}. The receipt is in the entries table.")


def without_erased(
    account: Account, stage: str, table: str, more: Sequence[str] = ()
) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    """A filter for rows of a backup: it removes erased persons, and returns None if nothing is left.

    `more` are tables, beside the stage's own, that have tombstones: a copy of `entries`.
    """
    if table not in KEEPERS:
        return lambda row: row
    dynamodb = calls(account.client("dynamodb"))
    sources = [outputs(account, stack_name(stage))["EntriesTableName"], *more]
    erased = set().union(*(Erasures(Table(Entry, each, dynamodb)).tombstones() for each in sources))
    # Without a tombstone no hash is needed, nor its key.
    hashes: KeyedHash | None = keyed_hash(account, stage) if erased else None

    def is_erased(code: str) -> bool:
        return hashes is not None and tombstone(code, hashes) in erased

    keeper: Any = KEEPERS[table]
    return lambda row: keeper.restorable(row, is_erased)
