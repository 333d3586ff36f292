"""The names of fields and choices for people."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from chalicelib.data import read_bytes
from chalicelib.http.routes import operations
from chalicelib.http.wording import FIELDS, kind_of_values, label_of_field, label_of_value, one_of, written
from chalicelib.models.errors import Choices
from chalicelib.models.staff.roles import Role
from tests.integration.conftest import Api

LABELS: dict[str, Any] = json.loads(read_bytes("labels.json"))
NAMED_BY_USERS = "{name}"
"""In a pointer: the key of a map, such as a finding's id."""


def pointers(schema: Any, models: Any, at: str = "", within: frozenset[str] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Each field of a schema with its choices, if it has some. Entries of lists have the number 0."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in within:
            yield from pointers(models[name], models, at, within | {name})
        return
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from pointers(each, models, at, within)
    yield at, schema.get("enum", [])
    for name, each in schema.get("properties", {}).items():
        yield from pointers(each, models, f"{at}/{name}", within)
    if isinstance(schema.get("items"), dict):
        yield from pointers(schema["items"], models, f"{at}/0", within)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from pointers(schema["additionalProperties"], models, f"{at}/{NAMED_BY_USERS}", within)


def sent_models() -> set[type[BaseModel]]:
    models = {model for each in operations() for model in (each.body, each.query) if model}
    return {model for model in models if issubclass(model, BaseModel)}


def labels_of(kind: str) -> Any:
    """The names of choices, by choice. A kind may have those of another."""
    known = LABELS["values"].get(kind, LABELS[FIELDS])
    return LABELS["values"][known] if isinstance(known, str) else known


@pytest.fixture
def fields(api: Api) -> dict[str, set[str]]:
    """Every field that can be sent, and its choices."""
    assert api
    found: dict[str, set[str]] = {}
    for model in sent_models():
        schema = TypeAdapter(model).json_schema()
        for pointer, choices in pointers(schema, schema.get("$defs", {})):
            found.setdefault(pointer, set()).update(map(str, choices))
    assert len(found) > 100
    return found


def test_every_field_that_can_be_sent_has_a_name_for_people(fields: dict[str, set[str]]) -> None:
    for pointer in fields:
        last = pointer.rpartition("/")[2]
        if last.isdecimal() or last == NAMED_BY_USERS:
            continue
        parts = ["*" if each.isdecimal() else each for each in pointer.split("/")[1:]]
        assert any("/".join(parts[start:]) in LABELS[FIELDS] for start in range(len(parts))) or pointer == "", pointer


def test_every_choice_has_a_name_for_people(fields: dict[str, set[str]]) -> None:
    chosen = 0
    for pointer, choices in fields.items():
        if choices and choices != {"True"}:
            kind = kind_of_values(pointer)
            assert kind is not None, pointer
            for choice in choices:
                assert choice in labels_of(kind), (pointer, choice)
                # In English the name may be the choice itself.
                assert label_of_value(kind, choice, "vi") != choice, (pointer, choice)
                assert label_of_value(kind, choice, "en").strip(), (pointer, choice)
                chosen += 1
    assert chosen > 50
    assert LABELS["values"]["role"].keys() == set(Role)


@pytest.mark.parametrize(
    ("pointer", "vietnamese", "english"),
    [
        ("", "nội dung gửi", "content"),
        ("/traveller/phone", "số điện thoại", "phone number"),
        ("/companions/1/identity/number", "số giấy tờ (người đi cùng 2)", "document number (companion 2)"),
        ("/companions/0", "người đi cùng 1", "companion 1"),
        ("/traveller/health/symptoms/0", "triệu chứng", "symptoms"),
        ("/crossings/4/temperature", "thân nhiệt (lượt qua chốt 5)", "body temperature (crossing 5)"),
        ("/trip/destination/unit/code", "xã, phường, thị trấn nơi đến", "commune of destination"),
        ("/rules/0/when/doses", "điều kiện số mũi tiêm (quy tắc 1)", "condition on doses (rule 1)"),
        ("/rules/2/instructions/1", "hướng dẫn (quy tắc 3)", "instructions (rule 3)"),
        ("/findings/idle", "các cảnh báo", "findings"),
        ("/traveller/shoe_size", "người khai", "traveller"),
        ("/0/1/2", "nội dung gửi", "content"),
        ("/shoe_size", "nội dung gửi", "content"),
        ("/crossings/99999999999999999999/x", "lượt qua chốt 100000000000000000000", "crossing 100000000000000000000"),
    ],
)
def test_a_field_has_the_name_of_the_longest_end_of_its_pointer(pointer: str, vietnamese: str, english: str) -> None:
    assert (label_of_field(pointer, "vi"), label_of_field(pointer, "en")) == (vietnamese, english)


def test_choices_are_joined_with_or() -> None:
    assert [one_of(list("abc")[:number], "vi") for number in (1, 2, 3)] == ["a", "a hoặc b", "a, b hoặc c"]
    assert written(Choices("role", ["administrator", "supervisor"]), "vi") == "quản trị viên hoặc trưởng chốt"
    assert written(Choices("role", ["administrator", "supervisor"]), "en") == "administrator or supervisor"
