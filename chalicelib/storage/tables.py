"""A table: how its rows are read and written, and how its failures look from outside."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import uniform
from secrets import token_hex
from time import sleep
from typing import Any, Generic, NamedTuple, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.projection import create_projection_expression
from pynamodb.expressions.update import Action, Update

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.storage.rows import Item, Row

Dynamodb = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""DynamoDB's answer to an operation: `dynamodb("GetItem", {"TableName": …})`. Raises botocore's exceptions."""

MOST_WRITES = 100
"""DynamoDB's limit of one transaction."""
_MOST_OF_A_BATCH = {"BatchGetItem": 100, "BatchWriteItem": 25}
"""DynamoDB's limits of one call."""

_ATTEMPTS = 5
_FIRST_PAUSE = 0.04
"""Seconds, twice as long with every attempt: two seconds altogether at most, within a request's twenty."""

_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Reasons of a cancelled transaction that are gone a moment later."""

AnyRow = TypeVar("AnyRow", bound=Row)
Answer = TypeVar("Answer")


class Put(NamedTuple):
    """Write the row, if the condition holds for the row that is there."""

    row: Row
    condition: Condition | None = None


class Delete(NamedTuple):
    """Delete the row with these keys, if the condition holds for it."""

    row: Row
    condition: Condition | None = None


class Change(NamedTuple):
    """Change the row with these keys, which need not be there."""

    row: Row
    update: Any
    """PynamoDB's update expression, or another one that is written in the same way."""


class _ConditionFailed(Exception):
    """Nothing was written. `found` are the items that failed their conditions, by the position of the write."""

    def __init__(self, found: dict[int, Item]) -> None:
        super().__init__()
        self.found = found


class Table(Generic[AnyRow]):
    """A table of rows of one class. All its methods raise `ServiceUnavailable` if DynamoDB does not do them.

    DynamoDB refuses a write that conflicts with a transaction on the same row. Such a write is retried here.

    `writes` is called with the partition of each row that is to be written.
    """

    def __init__(
        self, row: type[AnyRow], name: str, dynamodb: Dynamodb, *, writes: Callable[[str], None] = lambda _: None
    ) -> None:
        self._row, self.name, self._dynamodb, self._writes = row, name, dynamodb, writes

    def query(
        self,
        partition: str,
        condition: Condition | None = None,
        *,
        consistent_read: bool = False,
        scan_index_forward: bool = True,
        limit: int | None = None,
        page_size: int | None = None,
        attributes_to_get: Sequence[str] = (),
    ) -> Iterator[AnyRow]:
        """The rows of a partition whose range key meets the condition, page by page as the caller goes on.

        At most `limit` rows. Rows have the `attributes_to_get` only, if there are any.
        """
        request = self._request(
            KeyConditionExpression=_Within(self._row.key_names[0], partition, condition),
            ProjectionExpression=_Projection(attributes_to_get) if attributes_to_get else None,
            ConsistentRead=consistent_read,
            ScanIndexForward=scan_index_forward,
            Limit=limit or page_size,
        )
        left = limit
        while True:
            answer = self._ask("Query", request)
            items = answer["Items"][:left]
            yield from map(self._row.read, items)
            left = None if left is None else left - len(items)
            if "LastEvaluatedKey" not in answer or left == 0:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def get(self, *keys: str, consistent_read: bool = True) -> AnyRow | None:
        """The row with these keys."""
        answer = self._ask("GetItem", self._request(Key=self._row.key_of(*keys), ConsistentRead=consistent_read))
        return self._row.read(answer["Item"]) if "Item" in answer else None

    def batch_get(self, keys: Iterable[tuple[str, ...]], *, consistent_read: bool = False) -> Iterator[AnyRow]:
        """The rows with these keys, in any order."""

        def ask(wanted: list[Item]) -> list[Item]:
            request = {"Keys": wanted, "ConsistentRead": consistent_read}
            answer = self._ask("BatchGetItem", {"RequestItems": {self.name: request}})
            rows.extend(map(self._row.read, answer["Responses"].get(self.name, [])))
            left: list[Item] = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            return left

        rows: list[AnyRow] = []
        _in_batches(ask, [self._row.key_of(*each) for each in keys], _MOST_OF_A_BATCH["BatchGetItem"])
        return iter(rows)

    def batch_write(self, put: Iterable[AnyRow] = (), *, delete: Iterable[AnyRow] = ()) -> None:
        """Put and delete rows, each about another row, 25 a call. Some may be written if this fails."""

        def ask(writes: list[dict[str, Any]]) -> list[dict[str, Any]]:
            answer = self._ask("BatchWriteItem", {"RequestItems": {self.name: writes}})
            left: list[dict[str, Any]] = answer.get("UnprocessedItems", {}).get(self.name, [])
            return left

        writes: list[dict[str, Any]] = [{"PutRequest": {"Item": self._item(row)}} for row in put]
        writes += [{"DeleteRequest": {"Key": row.key}} for row in delete]
        _in_batches(ask, writes, _MOST_OF_A_BATCH["BatchWriteItem"])

    def put(self, row: AnyRow) -> None:
        self._ask("PutItem", self._put(row, None))

    def put_if(self, condition: Condition, row: AnyRow) -> AnyRow | None:
        """Write a row under a condition: one conditional write.

        Returns None, or, if the condition fails, the row that is there, an empty one if there is none; nothing is
        written then.
        """
        try:
            self._ask("PutItem", self._put(row, condition))
        except _ConditionFailed as failed:
            return self._row.read(failed.found[0])
        return None

    def update(self, row: AnyRow, actions: Sequence[Action]) -> None:
        self._ask("UpdateItem", self._update(row, Update(*actions)))

    def update_if(self, condition: Condition, row: AnyRow, actions: Sequence[Action]) -> bool:
        """Change the row with these keys, which need not be there, under a condition. Whether it held."""
        return self.update_or_find(condition, row, actions) is None

    def update_or_find(self, condition: Condition, row: AnyRow, actions: Sequence[Action]) -> AnyRow | None:
        """The same. Returns None, or, if the condition fails, the stored row, which is empty if there is none."""
        request = self._update(row, Update(*actions), condition)
        try:
            self._ask("UpdateItem", request)
        except _ConditionFailed as failed:
            return self._row.read(failed.found[0])
        return None

    def delete_if(self, condition: Condition, row: AnyRow) -> bool:
        """Delete the row with these keys under a condition. Whether it held."""
        try:
            self._ask("DeleteItem", self._delete(row, condition))
        except _ConditionFailed:
            return False
        return True

    def transact(self, writes: Sequence[Put | Delete | Change]) -> dict[int, AnyRow] | None:
        """Do all of these writes or none, at most `MOST_WRITES`, each about another row: one transaction.

        Returns None, or, if conditions fail, the row that each of those writes met, an empty one if there is
        none, by the write's position in `writes`. Nothing is written then.

        A lost answer is harmless: the retry has the same `ClientRequestToken`, so DynamoDB does the work once.
        """
        assert 0 < len(writes) <= MOST_WRITES
        try:
            self._ask("TransactWriteItems", {"TransactItems": [self._step(write) for write in writes]})
        except _ConditionFailed as failed:
            return {number: self._row.read(item) for number, item in failed.found.items()}
        return None

    def _ask(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Raises `_ConditionFailed` beside `ServiceUnavailable`."""
        for attempt in range(1, _ATTEMPTS + 1):
            if operation == "TransactWriteItems":
                # A cancelled transaction has ended: the next attempt needs a new token.
                request["ClientRequestToken"] = token_hex(16)
            try:
                return self._dynamodb(operation, request)
            except ClientError as error:
                if found := _failed_conditions(error):
                    raise _ConditionFailed(found) from None
                if attempt == _ATTEMPTS or not _is_passing(error):
                    raise ServiceUnavailable from error
            except BotoCoreError as error:
                raise ServiceUnavailable from error
            _pause(attempt)
        raise AssertionError  # the last attempt has returned or raised

    def _step(self, write: Put | Delete | Change) -> dict[str, Any]:
        if isinstance(write, Put):
            return {"Put": self._put(*write)}
        if isinstance(write, Delete):
            return {"Delete": self._delete(*write)}
        return {"Update": self._update(*write)}

    def _update(self, row: Row, update: Any, condition: Condition | None = None) -> dict[str, Any]:
        self._writes(row.attribute_values[row.key_names[0]])
        return self._request(Key=row.key, UpdateExpression=update, ConditionExpression=condition)

    def _put(self, row: Row, condition: Condition | None) -> dict[str, Any]:
        return self._request(Item=self._item(row), ConditionExpression=condition)

    def _item(self, row: Row) -> Item:
        self._writes(row.attribute_values[row.key_names[0]])
        return row.to_dynamodb_dict()

    def _delete(self, row: Row, condition: Condition | None) -> dict[str, Any]:
        return self._request(Key=row.key, ConditionExpression=condition)

    def _request(self, **parts: Any) -> dict[str, Any]:
        """A request about this table. PynamoDB writes its expressions; None is left out."""
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        request: dict[str, Any] = {"TableName": self.name}
        for part, content in parts.items():
            if content is not None:
                request[part] = content.serialize(names, values) if part.endswith("Expression") else content
        if names:
            request["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in names.items()}
        if values:
            request["ExpressionAttributeValues"] = values
        if "ConditionExpression" in request:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return request


class _Within:
    """The condition that a row is in a partition, and meets another one if there is one.

    PynamoDB's own takes ten times as long to make and to write, at each read.
    """

    def __init__(self, key_name: str, partition: str, condition: Condition | None) -> None:
        self._key_name, self._partition, self._condition = key_name, partition, condition

    def serialize(self, names: dict[str, str], values: dict[str, Any]) -> str:
        """It is serialized first, so its placeholders are the first."""
        names[self._key_name], values[":0"] = "#0", {"S": self._partition}
        return "#0 = :0" if self._condition is None else f"#0 = :0 AND {self._condition.serialize(names, values)}"


class _Projection:
    """A projection as PynamoDB has its other expressions."""

    def __init__(self, attributes: Sequence[str]) -> None:
        self._attributes = list(attributes)

    def serialize(self, names: dict[str, str], _values: dict[str, Any]) -> str:
        expression: str = create_projection_expression(self._attributes, names)
        return expression


def _in_batches(ask: Callable[[list[Any]], list[Any]], items: list[Any], most: int) -> None:
    """Send all items in calls of limited size, and resend the items that DynamoDB did not process.

    Raises `ServiceUnavailable` after `_ATTEMPTS` calls in a row that did nothing.
    """
    in_vain = 0
    while items:
        batch, items = items[:most], items[most:]
        left = ask(batch)
        in_vain = in_vain + 1 if len(left) == len(batch) else 0
        if in_vain == _ATTEMPTS:
            raise ServiceUnavailable
        if left:
            _pause(in_vain + 1)
        items = left + items


def _failed_conditions(error: ClientError) -> dict[int, Item]:
    """The items that failed their conditions, by the position of the write; nothing for another error."""
    if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
        return {0: error.response.get("Item", {})}
    reasons = error.response.get("CancellationReasons", [])
    return {
        number: reason.get("Item", {})
        for number, reason in enumerate(reasons)
        if reason.get("Code") == "ConditionalCheckFailed"
    }


def _is_passing(error: ClientError) -> bool:
    if error.response["Error"]["Code"] == "TransactionConflictException":
        return True
    return any(reason.get("Code") in _PASSING for reason in error.response.get("CancellationReasons", []))


def _pause(attempt: int) -> None:
    # A random pause, so that writers that collided do not collide again.
    sleep(uniform(0, _FIRST_PAUSE * 2**attempt))  # noqa: S311 - no secret
