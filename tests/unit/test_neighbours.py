"""The last release and this one read what the other has stored: docs/versioning.md.

What each record may be is compared by the JSON schemas of both. `tests/integration/test_neighbours.py` has the older
one read rows, and `tests/journeys/test_going_back.py` deploys both.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.events import EntryEvent
from chalicelib.models.policy.policies import Policy
from chalicelib.models.records import Record
from infra.deployment import archives
from infra.packaging.compatibility import unreadable
from tests.neighbours import SCHEMAS, name_of, stored
from tests.records import declaration
from tests.released import runs
from tests.unit.policy.drafts import SHIPPED

MEANT: dict[str, str] = {}
"""Differences that are meant: the line that the comparison gives, and why nothing is lost by it. It is emptied at each
release."""


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Any, Any]]:
    """Of each record that both releases store: its name, its schema then, and now."""
    _, code = archives.unpack(tmp_path_factory.mktemp("released"))
    now = {name_of(each): each.model_json_schema() for each in stored()}
    then = runs(code, SCHEMAS, [*now])
    return [(name, then[name], schema) for name, schema in now.items() if name in then]


def test_this_release_reads_all_that_the_last_one_may_have_stored(schemas: list[tuple[str, Any, Any]]) -> None:
    assert len(schemas) > 50
    problems = [f"{name}{each}" for name, then, now in schemas for each in unreadable(then, now, by_later=True)]
    assert [each for each in problems if each not in MEANT] == []


def test_the_last_release_reads_all_that_this_one_may_store(schemas: list[tuple[str, Any, Any]]) -> None:
    problems = [f"{name}{each}" for name, then, now in schemas for each in unreadable(now, then, by_later=False)]
    assert [each for each in problems if each not in MEANT] == []


def changed(record: type[Record], **members: Any) -> Any:
    return {**record.model_json_schema(), **members}


def test_what_another_release_could_not_read_is_found() -> None:
    now = EntryEvent.model_json_schema()
    kinds = now["$defs"]["EntryEventKind"]
    more = {**now, "$defs": {"EntryEventKind": {**kinds, "enum": [*kinds["enum"], "something_new"]}}}
    assert unreadable(now, more, by_later=True) == []
    (problem,) = unreadable(more, now, by_later=False)
    assert problem.startswith("/kind may be something_new where it is one of")
    required = changed(EntryEvent, required=[*now["required"], "place"])
    assert unreadable(now, required, by_later=True) == ["/place is required"]
    optional = changed(EntryEvent, properties={**now["properties"], "place": {"type": "string"}})
    assert unreadable(now, optional, by_later=True) == unreadable(optional, now, by_later=False) == []
    without = changed(EntryEvent, required=["kind"])
    assert unreadable(without, now, by_later=False) == ["/subject may be left out"]


def test_fields_that_a_later_release_wrote_are_left_out_at_every_depth() -> None:
    def widened(value: Any) -> Any:
        match value:
            case dict():
                return {name: widened(each) for name, each in value.items()} | {"of_a_later_release": {"a": 1}}
            case list():
                return [widened(each) for each in value]
        return value

    record = declaration(companions=2)
    stored_as = json.loads(record.model_dump_json(exclude_none=True))
    assert Declaration.from_stored(json.dumps(widened(stored_as))) == record
    event = {"kind": "crossing_recorded", "subject": "0000000000000000"}
    assert EntryEvent.from_stored(json.dumps(widened(event))) == EntryEvent.from_stored(json.dumps(event))


def test_a_field_from_outside_is_refused_as_ever() -> None:
    with pytest.raises(ValueError, match="extra_forbidden"):
        Policy.model_validate_json(json.dumps({**SHIPPED, "of_a_later_release": 1}))


def test_the_archive_is_not_read_from_this_checkout(tmp_path: Path) -> None:
    _, code = archives.unpack(tmp_path)
    where = "import chalicelib, json; print(json.dumps(chalicelib.__file__))"
    assert Path(runs(code, where, None)).is_relative_to(code)
