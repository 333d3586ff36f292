"""DynamoDB on moto: AWS in this process, with tables as the template has them."""

from functools import cache
from pathlib import Path
from typing import Any

import boto3
from chalice.package import YAMLTemplateSerializer

from chalicelib.storage.entry.entries import Entry
from chalicelib.storage.messaging.messages import MessageRow
from chalicelib.storage.reference_rows import ReferenceRow
from chalicelib.storage.tracing.exposures import ExposureRow

REGION = "ap-southeast-1"
ROWS = {"Entries": Entry, "Tracing": ExposureRow, "Messages": MessageRow, "Reference": ReferenceRow}
"""The rows of each table, by the table's name in the template."""


@cache
def client(service: str) -> Any:
    """An AWS client, made once: moto answers whatever was made after it was imported."""
    return boto3.client(service, REGION, aws_access_key_id="test", aws_secret_access_key="test")


@cache
def template() -> dict[str, Any]:
    path = Path(__file__).parents[1] / "infra" / "template.yaml"
    loaded: dict[str, Any] = YAMLTemplateSerializer().load_template(path.read_text())
    return loaded


def create_table(name: str) -> str:
    """Create a table as the template says. Gives its name."""
    properties = template()["Resources"][f"{name}Table"]["Properties"]
    client("dynamodb").create_table(
        TableName=name.lower(),
        KeySchema=properties["KeySchema"],
        AttributeDefinitions=properties["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    return name.lower()


def rows(table: str) -> list[dict[str, Any]]:
    """All that is in a table."""
    items: list[dict[str, Any]] = client("dynamodb").scan(TableName=table)["Items"]
    return items


def forget_connections() -> None:
    """PynamoDB keeps the first table's connection for the life of the process."""
    for rows in ROWS.values():
        rows._connection = None
