"""What all tables share: how they are reached, and how their failures look from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from chalicelib.models.errors import ServiceUnavailable


@contextmanager
def answering() -> Iterator[None]:
    """Turn any failure of the database into `ServiceUnavailable`: nothing was done, the same may be sent again."""
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        raise ServiceUnavailable from error


def put_if(condition: Condition, item: Model) -> dict[str, Any] | None:
    """Write an item under a condition: one conditional write.

    Returns None, or, where the condition fails, the raw item that stands there; nothing is written then.
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
            standing: dict[str, Any] = error.response["Item"]
            return standing
    return None


def epoch(moment: datetime) -> int:
    """A time as DynamoDB's expiry wants it: seconds since 1970."""
    return int(moment.timestamp())
