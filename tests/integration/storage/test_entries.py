"""The `entries` table."""

from typing import Any

import pytest

from chalicelib.models.entry.declarations import Declaration
from chalicelib.storage.entry.entries import Entry
from chalicelib.wiring.entry import entries
from tests.integration.conftest import Api, Submit


def test_declarations_that_dynamodb_leaves_over_are_read_again(
    api: Api, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [submitted()["declaration"] for _ in range(3)]
    entries()
    real = Entry._get_connection().batch_get_item
    calls = []

    def one_a_call(keys: Any, **options: Any) -> Any:
        keys = list(keys)
        calls.append(len(keys))
        answer = real(keys[:1], **options)
        if keys[1:]:
            answer["UnprocessedKeys"] = {"entries": {"Keys": keys[1:]}}
        return answer

    monkeypatch.setattr(Entry._get_connection(), "batch_get_item", one_a_call)
    found = entries().find_declarations([*names, "0" * 13])
    assert len(found) == 3
    assert all(isinstance(each, Declaration) for each in found)
    assert calls == [4, 3, 2, 1]
