"""Lets a test intercept and answer calls to DynamoDB and the parameter store."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from chalicelib.adapters.aws_json import Client

Call = Callable[[str, Mapping[str, Any]], dict[str, Any]]
Respond = Callable[[Call, str, Mapping[str, Any]], dict[str, Any]]
"""Answers an operation and its request. The first argument does it really."""


def respond(monkeypatch: pytest.MonkeyPatch, answer: Respond) -> None:
    """Let `answer` answer all calls from here on."""
    real = Client.__call__

    def call(client: Client, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return answer(partial(real, client), operation, request)

    monkeypatch.setattr(Client, "__call__", call)
