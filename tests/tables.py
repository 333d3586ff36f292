"""Tables as the template has them, on moto and on the local engine, and what asks for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any

import boto3
from chalice.package import YAMLTemplateSerializer
from moto.server import ThreadedMotoServer

from chalicelib.storage.cases.cases import CaseRow
from chalicelib.storage.conversations.replies import ReplyRow
from chalicelib.storage.entry.drafts import DraftRow
from chalicelib.storage.entry.rows import Entry
from chalicelib.storage.messaging.budgets import BudgetRow
from chalicelib.storage.messaging.leases import LeaseRow
from chalicelib.storage.messaging.messages import MessageRow
from chalicelib.storage.messaging.waves import WaveRow
from chalicelib.storage.partners.deliveries import WebhookRow
from chalicelib.storage.permits.permits import PermitRow
from chalicelib.storage.reference_rows import ReferenceTable
from chalicelib.storage.statistics.figures import StatisticsRow
from chalicelib.storage.statistics.publications import PublicationRow
from chalicelib.storage.stays.stays import StayRow
from chalicelib.storage.tables import Dynamodb, Table
from chalicelib.storage.tracing.exposures import ExposureRow
from infra.accounts import calls

REGION = "ap-southeast-1"
TABLES = (
    "Entries",
    "Tracing",
    "Messages",
    "Webhooks",
    "Reference",
    "Cases",
    "Stays",
    "Permits",
    "Drafts",
    "Statistics",
)
"""By their names in the template."""


@contextmanager
def moto_server() -> Iterator[str]:
    """moto as a server, for what does not go through botocore; gives its URL. It and `client` see the same AWS."""
    getLogger("werkzeug").setLevel(ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@cache
def client(service: str) -> Any:
    """A botocore client that moto answers in this process."""
    return boto3.client(
        service,
        REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        endpoint_url=f"https://{service}.{REGION}.amazonaws.com",
    )


@cache
def template() -> dict[str, Any]:
    path = Path(__file__).parents[1] / "infra" / "template.yaml"
    loaded: dict[str, Any] = YAMLTemplateSerializer().load_template(path.read_text())
    return loaded


def create_table(table: str, name: str = "", dynamodb: Any = None) -> str:
    """Create a table as the template says. Gives its name."""
    properties = template()["Resources"][f"{table}Table"]["Properties"]
    name = name or table.lower()
    (dynamodb or client("dynamodb")).create_table(
        TableName=name,
        KeySchema=properties["KeySchema"],
        AttributeDefinitions=properties["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def rows(table: str) -> list[dict[str, Any]]:
    """All that is in a table."""
    items: list[dict[str, Any]] = client("dynamodb").scan(TableName=table)["Items"]
    return items


@dataclass
class Database:
    """All tables, as storage has them, by one connection."""

    entries: Table[Entry]
    tracing: Table[ExposureRow]
    messages: Table[MessageRow]
    budgets: Table[BudgetRow]
    waves: Table[WaveRow]
    replies: Table[ReplyRow]
    leases: Table[LeaseRow]
    webhooks: Table[WebhookRow]
    stays: Table[StayRow]
    reference: ReferenceTable
    cases: Table[CaseRow]
    permits: Table[PermitRow]
    drafts: Table[DraftRow]
    statistics: Table[StatisticsRow]
    publications: Table[PublicationRow]

    @classmethod
    def of(cls, dynamodb: Dynamodb, *, suffix: str = "") -> "Database":
        return cls(
            Table(Entry, f"entries{suffix}", dynamodb),
            Table(ExposureRow, f"tracing{suffix}", dynamodb),
            Table(MessageRow, f"messages{suffix}", dynamodb),
            Table(BudgetRow, f"messages{suffix}", dynamodb),
            Table(WaveRow, f"messages{suffix}", dynamodb),
            Table(ReplyRow, f"messages{suffix}", dynamodb),
            Table(LeaseRow, f"messages{suffix}", dynamodb),
            Table(WebhookRow, f"webhooks{suffix}", dynamodb),
            Table(StayRow, f"stays{suffix}", dynamodb),
            ReferenceTable(f"reference{suffix}", dynamodb),
            Table(CaseRow, f"cases{suffix}", dynamodb),
            Table(PermitRow, f"permits{suffix}", dynamodb),
            Table(DraftRow, f"drafts{suffix}", dynamodb),
            Table(StatisticsRow, f"statistics{suffix}", dynamodb),
            Table(PublicationRow, f"statistics{suffix}", dynamodb),
        )


def by_botocore() -> Database:
    """The tables on moto, by botocore's connection: for what a test puts there, or looks up."""
    return Database.of(calls(client("dynamodb")))
