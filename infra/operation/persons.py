"""What a person may ask: a copy of what is held about them, and that it is erased, restricted or amended.

See docs/privacy.md first.

    python -m infra persons export --stage prod --code XXXX-XXXX-XXXX-XXXX --to person.json
    python -m infra persons erase --stage prod --phone            # shows what would be erased
    python -m infra persons erase --stage prod --phone --yes      # erases it
    python -m infra persons restrict --stage prod --identity --yes            # unrestrict ends it
    python -m infra persons amend --stage prod --code XXXX-XXXX-XXXX-XXXX --field full_name --yes

A phone or identity number, and what is right instead, are asked for, or read from the standard input. They are no
arguments: the arguments of a process are in the shell's history, and other users of the machine can list them.

`erase` can be interrupted and run again, with the same arguments. The others of a declaration keep their records. A
person with a pass that has not ended is not erased: revoke it and wait, an hour at most. Each use leaves an audit line.
"""

import json
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from getpass import getpass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.amendments import AmendedField
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.gate.searches import IdentitySought
from chalicelib.models.people.holdings import Holding
from chalicelib.models.people.identities import plain_number
from chalicelib.models.people.phones import parse_phone
from chalicelib.models.people.province import province
from chalicelib.services.ports import KeyedHash
from chalicelib.services.rights.persons import (
    Archive,
    Asked,
    AskedBy,
    Found,
    PassNotEnded,
    SeveralPersons,
    erase,
    export,
    find_person,
    shown,
    tombstone,
)
from chalicelib.services.rights.ports import Keeper
from chalicelib.services.rights.requests import NotPossible, amend, restrict
from chalicelib.storage.entry.persons import EntriesOfPersons
from chalicelib.storage.entry.requests import Requests
from chalicelib.storage.entry.rows import DECLARATION, Entry
from chalicelib.storage.messaging.messages import MessageRow
from chalicelib.storage.messaging.persons import MessagesOfPersons
from chalicelib.storage.partners.deliveries import WebhookRow
from chalicelib.storage.partners.persons import WebhooksOfPersons
from chalicelib.storage.rights.erasures import Erasures
from chalicelib.storage.rights.receipts import Receipts
from chalicelib.storage.tables import Table
from chalicelib.storage.tracing.exposures import ExposureRow
from chalicelib.storage.tracing.persons import ExposuresOfPersons
from infra.accounts import Account, add_arguments, calls, chosen, stack_name
from infra.errors import CannotGoOn
from infra.operation.keys import keyed_hash
from infra.stacks import outputs, parameters

KEEPERS: dict[str, type[Keeper]] = {
    "entries": EntriesOfPersons,
    "tracing": ExposuresOfPersons,
    "messages": MessagesOfPersons,
    "webhooks": WebhooksOfPersons,
}
"""Who exports and erases a person's rows, by table. A test fails when a table of the stack is in neither list."""

NOTHING_OF_A_PERSON = {
    "reference": "policies, checkpoints and trusted keys; of members of staff where they are posted, which is the "
    "employer's record and no traveller's; the endpoints of partners",
}
"""Tables without data of persons that can be exported, and why."""

LONGEST_RECOVERY = timedelta(days=35)
"""How far back DynamoDB restores at most. Tombstones outlive every backup, whatever the template says."""

_WHY = "a person's request"


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    _add_actions(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    if options.code:
        asked = _asked(AskedBy.CODE, options.code)
    else:
        by_what = AskedBy.PHONE if options.phone else AskedBy.IDENTITY
        asked = _asked(by_what, _number(by_what))
    archive = archive_of(account, stage, all_declarations=options.all_declarations)
    try:
        _ACTIONS[options.action](asked, options, archive, account, stage)
    except SeveralPersons as several:
        _audit(account, stage, "look up person", [str(each.code) for each in several.passes])
        listed = "\n".join(f"  {shown(each)}" for each in several.passes)
        raise CannotGoOn(f"Several persons gave this number. Name one by --code:\n{listed}") from None
    except PassNotEnded as live:
        raise CannotGoOn(
            f"A pass can still be used until {live.until.isoformat(timespec='minutes')}. Nothing was erased. Run this "
            "again after that."
        ) from None
    except ServiceUnavailable as error:
        raise CannotGoOn(f"DynamoDB did not do it: {error.__cause__}. Run this again.") from error


def _add_actions(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, line in (
        ("export", "write what is held about a person into a file"),
        ("erase", "erase what is held about a person; without --yes, show it only"),
        ("restrict", "use what is held about a person no more than needed; without --yes, show it only"),
        ("unrestrict", "end a restriction; without --yes, show it only"),
        ("amend", "put what a person says is right beside one declaration; without --yes, show it only"),
    ):
        action = actions.add_parser(name, help=line, description=line)
        add_arguments(action)
        if name != "export":
            action.add_argument("--yes", action="store_true", help="do it")
        by = action.add_mutually_exclusive_group(required=True)
        by.add_argument("--code", help="of one of the person's passes")
        if name == "amend":  # other declarations of the person may be right
            action.add_argument("--field", type=AmendedField, required=True, choices=[*AmendedField])
            action.set_defaults(all_declarations=False)
            continue
        by.add_argument("--phone", action="store_true", help="by a phone number, which is asked for")
        by.add_argument("--identity", action="store_true", help="by the number of a document, which is asked for")
        action.add_argument(
            "--all-declarations",
            action="store_true",
            help="read the whole table, to find declarations that are older than the exposures, too; it takes long",
        )
    actions.choices["export"].add_argument("--to", type=Path, required=True, metavar="FILE", help="a new file")


def archive_of(
    account: Account,
    stage: str,
    *,
    all_declarations: bool = False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Archive:
    """The tables of a stage, as the rights of a person need them."""
    names = outputs(account, stack_name(stage))
    settings = parameters(account, stack_name(stage))
    dynamodb = calls(account.client("dynamodb"))
    entries = Table(Entry, names["EntriesTableName"], dynamodb)
    exposures = ExposuresOfPersons(
        Table(ExposureRow, names["TracingTableName"], dynamodb), time_zone=province(settings["Province"]).time_zone
    )
    messages = MessagesOfPersons(Table(MessageRow, names["MessagesTableName"], dynamodb))
    requests = Requests(entries, retention=_days(settings, "DeclarationRetentionDays"))
    webhooks = WebhooksOfPersons(Table(WebhookRow, names["WebhooksTableName"], dynamodb))
    return Archive(
        keepers=[EntriesOfPersons(entries), exposures, messages, webhooks],
        erasures=Erasures(entries),
        requests=requests,
        receipts=Receipts(entries),
        find_record=requests.find,
        find_codes=exposures.codes_of,
        keyed_hash=keyed_hash(account, stage),
        clock=clock,
        read_declarations=(lambda: _declarations(account, entries.name)) if all_declarations else None,
    )


def erase_all(asked: Asked, found: Found, archive: Archive, account: Account, stage: str) -> dict[str, int]:
    """Erase a person's rows, as long as the stage's settings say that what stays of it is kept."""
    settings = parameters(account, stack_name(stage))
    return erase(
        asked,
        found,
        tombstones_for=_days(settings, "DeclarationRetentionDays") + LONGEST_RECOVERY,
        receipt_for=_days(settings, "AuditRetentionDays"),
        archive=archive,
    )


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


def document(holdings: Sequence[Holding], at: datetime) -> dict[str, Any]:
    """What is held about a person, as the file has it."""
    return {
        "written_at": at.isoformat(timespec="seconds"),
        "held": [
            {
                **each._asdict(),
                "since": each.since.isoformat(timespec="seconds"),
                "until": each.until.isoformat(timespec="seconds"),
            }
            for each in holdings
        ],
    }


def _export(asked: Asked, options: Namespace, archive: Archive, account: Account, stage: str) -> None:
    found = find_person(asked, archive=archive)
    holdings = export(found, archive=archive)
    _audit(account, stage, "export person", found.keys.codes)
    if not holdings:
        print("Nothing is held.")
        return
    text = json.dumps(document(holdings, archive.clock()), ensure_ascii=False, indent=1)
    try:
        opened = os.open(options.to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotGoOn(f"{options.to} is there already. Name a new file.") from None
    with open(opened, "w", encoding="utf-8") as writable:
        writable.write(text + "\n")
    _list(found, holdings)
    print(f"Written to {options.to}, which only you can read. Delete it when the person has it.")


def _erase(asked: Asked, options: Namespace, archive: Archive, account: Account, stage: str) -> None:
    found = find_person(asked, archive=archive)
    holdings = export(found, archive=archive)
    _audit(account, stage, "erase person" if options.yes else "look up person", found.keys.codes)
    if not holdings and not found.begun:
        print("Nothing is held.")
        return
    _list(found, holdings)
    if not options.yes:
        print("Nothing was erased. To erase it: --yes")
        return
    rows = erase_all(asked, found, archive, account, stage)
    counts = ", ".join(f"{count} rows of {table}" for table, count in rows.items())
    print(f"Erased at {archive.clock().isoformat(timespec='seconds')}: {counts}. The receipt is in the entries table.")


def _restrict(asked: Asked, options: Namespace, archive: Archive, account: Account, stage: str) -> None:
    found = find_person(asked, archive=archive)
    _audit(account, stage, f"{options.action} person" if options.yes else "look up person", found.keys.codes)
    if not found.passes:
        print("Nothing is held.")
        return
    for each in found.passes:
        print(f"{shown(each)}{'  restricted' if each.is_restricted else ''}")
    if not options.yes:
        print(f"Nothing was changed. To {options.action} it: --yes")
        return
    changed = restrict(
        asked,
        found,
        restricted=options.action == "restrict",
        by=_caller(account),
        receipt_for=_days(parameters(account, stack_name(stage)), "AuditRetentionDays"),
        archive=archive,
    )
    print(f"Done at {archive.clock().isoformat(timespec='seconds')}: {changed} of {len(found.passes)} passes changed.")


def _amend(asked: Asked, options: Namespace, archive: Archive, account: Account, stage: str) -> None:
    held = [each for each in find_person(asked, archive=archive).passes if str(each.code) == asked.text]
    _audit(account, stage, "amend person" if options.yes else "look up person", [asked.text])
    if not held:
        print("Nothing is held.")
        return
    print(shown(held[0]))
    if not options.yes:
        print("Nothing was changed. To amend it: --yes")
        return
    try:
        is_new = amend(
            asked,
            options.field,
            _right_value(options.field),
            by=_caller(account),
            receipt_for=_days(parameters(account, stack_name(stage)), "AuditRetentionDays"),
            archive=archive,
        )
    except NotPossible:
        raise CannotGoOn(f"No form would accept this as {options.field}. Nothing was changed.") from None
    print("It stands beside the declaration now." if is_new else "It stands beside the declaration already.")


_ACTIONS = {
    "export": _export,
    "erase": _erase,
    "restrict": _restrict,
    "unrestrict": _restrict,
    "amend": _amend,
}


def _list(found: Found, holdings: Sequence[Holding]) -> None:
    for each in found.passes:
        print(shown(each))
    for table in KEEPERS:
        print(f"{sum(each.table == table for each in holdings):6} in {table}")


def _asked(by: AskedBy, text: str) -> Asked:
    """Raises `CannotGoOn` if the text cannot be a code or number; it does not repeat the text."""
    try:
        if by is AskedBy.CODE:
            return Asked(by, str(Code.parse(text)))
        if by is AskedBy.PHONE:
            return Asked(by, parse_phone(text))
        return Asked(by, plain_number(text), IdentitySought(number=text).candidates)
    except (CodeMistyped, PydanticCustomError, ValidationError):
        kind = "code of a pass" if by is AskedBy.CODE else f"{by} number"
        raise CannotGoOn(f"This is not a possible {kind}.") from None


def _number(by: AskedBy) -> str:
    """From the terminal, where it is not shown, or from the standard input."""
    if sys.stdin.isatty():
        return getpass(f"The {by} number (it is not shown): ").strip()
    return sys.stdin.readline().strip()


def _right_value(field: AmendedField) -> str:
    """From the terminal, or from the standard input."""
    if sys.stdin.isatty():
        example = " (kind and number: cccd 072090000123)" if field is AmendedField.IDENTITY else ""
        return input(f"What the person says is right as {field}{example}: ")
    return sys.stdin.readline()


def _declarations(account: Account, table: str) -> Iterator[tuple[str, Declaration]]:
    pages = account.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression="#row = :declaration",
        ExpressionAttributeNames={"#row": "row"},
        ExpressionAttributeValues={":declaration": {"S": DECLARATION}},
    ):
        for item in page["Items"]:
            yield (
                item["declaration"]["S"],
                Declaration.from_stored(item["body"]["S"]),
            )


def _audit(account: Account, stage: str, action: str, codes: Iterable[str]) -> None:
    """A line in the stage's audit log, like those of staff's looks. `staff` is the caller's identity in AWS."""
    group = outputs(account, stack_name(stage))["AuditLogs"]
    now = datetime.now(UTC)
    line = {
        "level": "INFO",
        "message": "audit",
        "timestamp": now.isoformat(timespec="milliseconds"),
        "service": "tay-ninh-pass-audit",
        "staff": _caller(account),
        "roles": ["operator"],
        "action": action,
        "codes": sorted(codes),
        "why": _WHY,
    }
    logs = account.client("logs")
    stream = f"persons/{now:%Y-%m-%dT%H-%M-%S.%f}"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])


def _caller(account: Account) -> str:
    """Who runs this, as AWS knows them."""
    arn: str = account.client("sts").get_caller_identity()["Arn"]
    return arn


def _days(settings: dict[str, str], name: str) -> timedelta:
    return timedelta(days=int(settings[name]))
