"""The `entries` table."""

from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.models.entry.declarations import Declaration
from chalicelib.storage import tables
from chalicelib.wiring.entry import entries
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Submit


def test_declarations_that_dynamodb_leaves_over_are_read_again(
    api: Api, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [submitted()["declaration"] for _ in range(3)]
    calls = []

    def one_a_call(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        keys = request["RequestItems"]["entries"]["Keys"]
        calls.append(len(keys))
        answer = call(operation, {"RequestItems": {"entries": {"Keys": keys[:1]}}})
        return {**answer, "UnprocessedKeys": {"entries": {"Keys": keys[1:]}} if keys[1:] else {}}

    respond(monkeypatch, one_a_call)
    monkeypatch.setattr(tables, "sleep", lambda _: None)
    found = entries().find_declarations([*names, "0" * 13])
    assert found.keys() == {*names}
    assert all(isinstance(each, Declaration) for each in found.values())
    assert calls == [4, 3, 2, 1]
