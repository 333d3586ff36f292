"""Rows as PynamoDB declares them, and times as rows have them."""

from collections.abc import Callable
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, ClassVar, Self

from pynamodb.attributes import Attribute, AttributeContainer, NumberAttribute
from pynamodb.expressions.condition import NotExists
from pynamodb.expressions.operand import Path

Item = dict[str, dict[str, Any]]
"""A row as DynamoDB has it: for each attribute its type and value."""


class Row(AttributeContainer):
    """A row of a table: PynamoDB's attributes, of which the hash key comes first and the range key may follow.

    It is PynamoDB's `Model` without the connection. `pynamodb.models` imports all of botocore, whatever connection it
    is given: most of a cold start. Once it does not, this class and `storage.tables.Table` can go, and `Model` come.

    PynamoDB makes, writes and reads rows of any shape, which takes a tenth of a check more than what is here. Our rows
    have no defaults, no binary values and nothing nested. The tests compare with PynamoDB.
    """

    key_names: ClassVar[tuple[str, ...]]
    _writers: ClassVar[dict[str, tuple[str, Callable[[Any], Any]]]]
    """For each attribute its type, and the function that converts its values for DynamoDB."""

    def __init_subclass__(cls) -> None:
        attributes = [each for each in vars(cls).values() if isinstance(each, Attribute)]
        keys = [each for each in attributes if each.is_hash_key or each.is_range_key]
        cls.key_names = tuple(str(each.attr_name) for each in sorted(keys, key=attrgetter("is_range_key")))
        cls._writers = {str(each.attr_name): (each.attr_type, _writer_of(each)) for each in attributes}

    def __init__(self, *keys: str, **attributes: Any) -> None:
        self.attribute_values: dict[str, Any] = dict(zip(self.key_names, keys, strict=False)) | attributes
        assert self.attribute_values.keys() <= self._writers.keys()

    @classmethod
    def read(cls, item: Item) -> Self:
        """A row of which DynamoDB may have given some attributes only."""
        row = cls()
        row.attribute_values = {
            name: attribute.deserialize(attribute.get_value(item[name]))
            for name, attribute in cls.get_attributes().items()
            if name in item
        }
        return row

    def to_dynamodb_dict(self) -> Item:
        """The attributes that have a value. An empty set is none."""
        writers, item = self._writers, {}
        for name, value in self.attribute_values.items():
            kind, write = writers[name]
            written = None if value is None else write(value)
            if written is not None:
                item[name] = {kind: written}
        return item

    @classmethod
    def key_of(cls, *keys: str) -> Item:
        """These keys as DynamoDB takes them."""
        return {name: {"S": key} for name, key in zip(cls.key_names, keys, strict=True)}

    @property
    def key(self) -> Item:
        return self.key_of(*(getattr(self, name) for name in self.key_names))


class NoRow(NotExists):
    """The condition that there is no row, built once: PynamoDB would build it at each write."""

    def __init__(self, key: Attribute[str]) -> None:
        super().__init__(Path(key))  # type: ignore[no-untyped-call]
        self._key_name = str(key.attr_name)

    def serialize(self, placeholder_names: dict[str, str], expression_attribute_values: dict[str, Any]) -> str:
        if placeholder_names:
            return str(super().serialize(placeholder_names, expression_attribute_values))
        placeholder_names[self._key_name] = "#0"
        return "attribute_not_exists (#0)"


def _writer_of(attribute: Attribute[Any]) -> Callable[[Any], Any]:
    return str if isinstance(attribute, NumberAttribute) else attribute.serialize


def epoch(moment: datetime) -> int:
    """A time as DynamoDB's expiry wants it: seconds since 1970."""
    return int(moment.timestamp())


def instant(moment: datetime) -> str:
    """A time as keys have it: text whose order is that of time."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
