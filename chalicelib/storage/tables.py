"""What all tables share: how they are reached, and how their failures look from outside."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from random import uniform
from time import sleep
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from chalicelib.models.errors import ServiceUnavailable

MOST_WRITES = 100
"""DynamoDB's limit of one transaction."""

_ATTEMPTS = 5
_FIRST_PAUSE = 0.04
"""Seconds, twice as long with every attempt: two seconds altogether at most, within a request's twenty."""

_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Reasons of a cancelled transaction that are gone a moment later."""


@contextmanager
def answering() -> Iterator[None]:
    """Turn any failure of the database into `ServiceUnavailable`: nothing was done, the same may be sent again."""
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        raise ServiceUnavailable from error


def put_if(condition: Condition, item: Model) -> dict[str, Any] | None:
    """Write an item under a condition: one conditional write.

    Returns None, or, if the condition fails, the raw item that is there; nothing is written then.
    """
    # PynamoDB's own `save` drops the item that DynamoDB hands back with a failed condition, so the last step is
    # botocore's; the request is PynamoDB's.
    request = item.get_save_kwargs_from_instance(condition, "ALL_OLD")
    with answering():
        try:
            item._get_connection().connection.client.put_item(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            stored: dict[str, Any] = error.response["Item"]
            return stored
    return None


class Put(NamedTuple):
    """Write the item, if the condition holds for the item that is there."""

    item: Model
    condition: Condition | None = None


class Delete(NamedTuple):
    """Delete the item with these keys, if the condition holds for it."""

    item: Model
    condition: Condition | None = None


def transact(writes: Sequence[Put | Delete]) -> dict[int, dict[str, Any]] | None:
    """Do all of these writes or none, at most `MOST_WRITES`, each about another item: one transaction.

    Returns None, or, if conditions fail, the raw item that each of those writes met, by the write's position in
    `writes`; an empty one if there is none. Nothing is written then.

    A transaction that meets another one at the same item is cancelled by DynamoDB, although nothing is wrong with it,
    and tried again here. A lost answer does no harm: botocore sends the request again under the same token, and
    DynamoDB does the work once.
    """
    assert 0 < len(writes) <= MOST_WRITES
    steps = [_step(write) for write in writes]
    dynamodb = writes[0].item._get_connection().connection.client
    with answering():
        for attempt in range(_ATTEMPTS):
            if attempt:
                # Spread, so that they do not meet again.
                sleep(uniform(0, _FIRST_PAUSE * 2**attempt))  # noqa: S311 - no secret
            try:
                dynamodb.transact_write_items(TransactItems=steps)
            except ClientError as error:
                reasons = error.response.get("CancellationReasons", [])
                failed = {
                    position: reason.get("Item", {})
                    for position, reason in enumerate(reasons)
                    if reason.get("Code") == "ConditionalCheckFailed"
                }
                if failed:
                    return failed
                if not any(reason.get("Code") in _PASSING for reason in reasons):
                    raise
            else:
                return None
    raise ServiceUnavailable


def _step(write: Put | Delete) -> dict[str, Any]:
    handed_back = None if write.condition is None else "ALL_OLD"
    if isinstance(write, Put):
        return {"Put": write.item.get_save_kwargs_from_instance(write.condition, handed_back)}
    return {"Delete": write.item.get_delete_kwargs_from_instance(write.condition, handed_back)}


def epoch(moment: datetime) -> int:
    """A time as DynamoDB's expiry wants it: seconds since 1970."""
    return int(moment.timestamp())


def instant(moment: datetime) -> str:
    """A time as keys have it: text whose order is that of time."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
