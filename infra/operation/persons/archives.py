"""The tables of a stage, as the rights of a person need them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.people.province import province
from chalicelib.models.tracing.exposures import FoundBy
from chalicelib.services.rights.persons import Archive
from chalicelib.services.rights.ports import Keeper
from chalicelib.storage.cases.cases import CaseRow
from chalicelib.storage.cases.persons import CasesOfPersons
from chalicelib.storage.entry.drafts import DraftRow
from chalicelib.storage.entry.persons import EntriesOfPersons
from chalicelib.storage.entry.requests import Requests
from chalicelib.storage.entry.rows import DECLARATION, Entry
from chalicelib.storage.messaging.messages import MessageRow
from chalicelib.storage.messaging.persons import MessagesOfPersons
from chalicelib.storage.partners.deliveries import WebhookRow
from chalicelib.storage.partners.persons import WebhooksOfPersons
from chalicelib.storage.permits.permits import PermitRow
from chalicelib.storage.permits.persons import PermitsOfPersons
from chalicelib.storage.rights.drafts import DraftsOfPersons
from chalicelib.storage.rights.erasures import Erasures
from chalicelib.storage.rights.receipts import Receipts
from chalicelib.storage.stays.persons import StaysOfPersons
from chalicelib.storage.stays.stays import StayRow
from chalicelib.storage.tables import Table
from chalicelib.storage.tracing.exposures import ExposureRow
from chalicelib.storage.tracing.persons import ExposuresOfPersons
from infra.accounts import Account, calls, stack_name
from infra.operation.keys import keyed_hash
from infra.stacks import outputs, parameters

KEEPERS: dict[str, type[Keeper]] = {
    "entries": EntriesOfPersons,
    "tracing": ExposuresOfPersons,
    "messages": MessagesOfPersons,
    "webhooks": WebhooksOfPersons,
    "cases": CasesOfPersons,
    "stays": StaysOfPersons,
    "permits": PermitsOfPersons,
    "drafts": DraftsOfPersons,
}
"""Who exports and erases a person's rows, by table. A test fails when a table of the stack is in neither list."""

NOTHING_OF_A_PERSON = {
    "reference": "policies, checkpoints and trusted keys; of members of staff where they are posted, which is the "
    "employer's record and no traveller's; the endpoints of partners",
    "statistics": "figures, and marks of what was counted: digests of names of rows, which lead to nobody",
}
"""Tables without data of persons that can be exported, and why."""


def archive_of(
    account: Account,
    stage: str,
    *,
    all_declarations: bool = False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Archive:
    names = outputs(account, stack_name(stage))
    settings = parameters(account, stack_name(stage))
    dynamodb = calls(account.client("dynamodb"))
    entries = Table(Entry, names["EntriesTableName"], dynamodb)
    exposures = ExposuresOfPersons(
        Table(ExposureRow, names["TracingTableName"], dynamodb), time_zone=province(settings["Province"]).time_zone
    )
    messages = MessagesOfPersons(Table(MessageRow, names["MessagesTableName"], dynamodb))
    requests = Requests(entries, retention=days(settings, "DeclarationRetentionDays"))
    webhooks = WebhooksOfPersons(Table(WebhookRow, names["WebhooksTableName"], dynamodb))
    cases = CasesOfPersons(Table(CaseRow, names["CasesTableName"], dynamodb))
    stays = StaysOfPersons(
        Table(StayRow, names["StaysTableName"], dynamodb),
        retention=days(settings, "StayRetentionDays"),
        time_zone=province(settings["Province"]).time_zone,
    )
    zone = ZoneInfo(province(settings["Province"]).time_zone)
    permits = PermitsOfPersons(
        Table(PermitRow, names["PermitsTableName"], dynamodb),
        retention=days(settings, "PermitRetentionDays"),
        zone=zone,
    )
    drafts = DraftsOfPersons(Table(DraftRow, names["DraftsTableName"], dynamodb))

    def find_codes(by: FoundBy, hashed: str) -> set[str]:
        found = exposures.codes_of(by, hashed)
        return found | stays.codes_of(hashed) | permits.codes_of(hashed) if by is FoundBy.PERSON else found

    return Archive(
        keepers=[EntriesOfPersons(entries), exposures, messages, webhooks, cases, stays, permits, drafts],
        erasures=Erasures(entries),
        requests=requests,
        receipts=Receipts(entries),
        find_record=requests.find,
        find_codes=find_codes,
        find_permit=permits.find,
        keyed_hash=keyed_hash(account, stage),
        zone=zone,
        clock=clock,
        read_declarations=(lambda: _declarations(account, entries.name)) if all_declarations else None,
    )


def days(settings: dict[str, str], name: str) -> timedelta:
    return timedelta(days=int(settings[name]))


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
            yield item["declaration"]["S"], Declaration.from_stored(item["body"]["S"])
