"""Rows are written and read as PynamoDB would."""

from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from pynamodb.attributes import AttributeContainer, NumberAttribute, UnicodeSetAttribute
from pynamodb.exceptions import AttributeDeserializationError
from pynamodb.expressions.operand import Path

from chalicelib import storage
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
from chalicelib.storage.reference_rows import ReferenceRow
from chalicelib.storage.rows import NoRow, Row
from chalicelib.storage.statistics.figures import StatisticsRow
from chalicelib.storage.statistics.publications import PublicationRow
from chalicelib.storage.stays.stays import StayRow
from chalicelib.storage.tables import Table
from chalicelib.storage.tracing.exposures import ExposureRow

ROWS = [
    Entry,
    ReferenceRow,
    MessageRow,
    BudgetRow,
    LeaseRow,
    ReplyRow,
    ExposureRow,
    WebhookRow,
    StayRow,
    WaveRow,
    CaseRow,
    PermitRow,
    DraftRow,
    StatisticsRow,
    PublicationRow,
]


def _value(attribute: object) -> object:
    if isinstance(attribute, UnicodeSetAttribute):
        return {"một", "hai"}
    return 1_626_912_000 if isinstance(attribute, NumberAttribute) else 'Tổ 3, "ấp" Ninh Phú'


def _whole(row: type[Row]) -> Row:
    values = {name: _value(attribute) for name, attribute in row.get_attributes().items()}
    return row(*(values.pop(name) for name in row.key_names), **values)  # type: ignore[arg-type]


def test_no_row_is_left_out() -> None:
    for module in walk_packages(storage.__path__, f"{storage.__name__}."):
        import_module(module.name)
    assert set(ROWS) == set(Row.__subclasses__())


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_written_as_pynamodb_writes_it(row: type[Row]) -> None:
    whole = _whole(row)
    assert whole.to_dynamodb_dict() == AttributeContainer.to_dynamodb_dict(whole)
    only_keys = row("a", "b")
    assert only_keys.to_dynamodb_dict() == AttributeContainer.to_dynamodb_dict(only_keys)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_read_as_pynamodb_reads_it(row: type[Row]) -> None:
    item = _whole(row).to_dynamodb_dict()
    for known in (item, {name: item[name] for name in row.key_names}, {**item, "of_a_later_release": {"S": "new"}}):
        by_pynamodb = row()
        by_pynamodb.from_dynamodb_dict({name: dict(value) for name, value in known.items()})
        assert row.read(known).attribute_values == by_pynamodb.attribute_values


def test_none_and_an_empty_set_are_not_written() -> None:
    row = BudgetRow("a", "b", counted=set(), number=None, expires_at=1)
    assert row.to_dynamodb_dict() == AttributeContainer.to_dynamodb_dict(row)
    assert row.to_dynamodb_dict().keys() == {"code", "event", "expires_at"}


def test_a_value_of_another_type_is_not_read() -> None:
    with pytest.raises(AttributeDeserializationError):
        Entry.read({"declaration": {"S": "A"}, "row": {"S": "B"}, "expires_at": {"S": "soon"}})


def test_an_attribute_that_a_row_does_not_have_is_refused() -> None:
    with pytest.raises(AssertionError):
        Entry("a", "b", bodi="{}")


def test_a_query_has_the_same_condition_as_pynamodb_s() -> None:
    requests: list[Any] = []

    def dynamodb(_operation: str, request: Any) -> Any:
        requests.append(request)
        return {"Items": []}

    within = Path("declaration") == "A"
    for condition in (None, Entry.row >= "B", Entry.row.between("B", "C")):
        list(Table(Entry, "entries", dynamodb).query("A", condition))
        expected = within if condition is None else within & condition
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        text = expected.serialize(names, values)
        request = requests.pop()
        assert request["KeyConditionExpression"] == text.removeprefix("(").removesuffix(")")
        assert request["ExpressionAttributeNames"] == {placeholder: name for name, placeholder in names.items()}
        assert request["ExpressionAttributeValues"] == values


def test_the_condition_of_a_new_row_is_pynamodb_s() -> None:
    own, theirs = NoRow(Entry.declaration), Entry.declaration.does_not_exist()
    pairs = [
        (own, theirs),
        (own | (Entry.body == "{}"), theirs | (Entry.body == "{}")),
        ((Entry.body == "{}") | own, (Entry.body == "{}") | theirs),
    ]
    for ours, expected in pairs:
        requests: list[Any] = [({}, {}), ({}, {})]
        texts = [each.serialize(*request) for each, request in zip((ours, expected), requests, strict=True)]
        assert (texts[0], requests[0]) == (texts[1], requests[1])
