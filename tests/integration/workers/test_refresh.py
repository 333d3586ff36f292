"""The scheduled function that renews the tokens of the Official Account."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.models.messaging.messages import TemporaryFailure
from chalicelib.models.messaging.tokens import TokenPair
from tests.integration.conftest import Clock
from tests.integration.messaging.conftest import provider, stored, tokens
from tests.tables import rows
from tests.unit.adapters.answering import Provider

__all__ = ["provider", "stored"]  # fixtures
Stored = Callable[[timedelta], TokenPair]
HOUR = timedelta(hours=1)
NEXT = {"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": "90000"}


def run(lambdas: Client) -> None:
    event = lambdas.events.generate_cw_event("aws.events", "Scheduled Event", {}, ["rule"])
    assert lambdas.lambda_.invoke("refresh_zalo", event).payload is None


def line(logged: StringIO) -> dict[str, Any]:
    last: dict[str, Any] = json.loads(logged.getvalue().splitlines()[-1])
    return last


def test_a_pair_that_ends_soon_is_renewed_and_stored(
    lambdas: Client, provider: Provider, stored: Stored, clock: Clock, logged: StringIO
) -> None:
    stored(2 * HOUR - timedelta(seconds=1))
    provider.answers_with(NEXT)
    run(lambdas)
    assert (line(logged)["function"], line(logged)["renewed"]) == ("refresh_zalo", True)
    assert tokens() == TokenPair(
        access_token="access-2", refresh_token="refresh-2", expires_at=clock() + timedelta(seconds=90_000)
    )
    assert rows("messages") == []  # the lease was given back
    run(lambdas)
    assert line(logged)["renewed"] is False
    assert len(provider.asked) == 1
    assert "access-" not in logged.getvalue()


def test_a_pair_that_lasts_is_left(lambdas: Client, provider: Provider, stored: Stored, logged: StringIO) -> None:
    pair = stored(2 * HOUR)
    run(lambdas)
    assert (tokens(), provider.asked, line(logged)["renewed"]) == (pair, [], False)


def test_a_stage_without_zalo_has_nothing_to_do(lambdas: Client, logged: StringIO) -> None:
    run(lambdas)
    assert line(logged)["renewed"] is False
    assert line(logged)["outcome"] == "answered"


def test_a_refresh_token_that_is_refused_is_an_alarm_and_nothing_to_try_again(
    lambdas: Client, provider: Provider, stored: Stored, logged: StringIO
) -> None:
    pair = stored(HOUR)
    provider.answers_with({"error": -14014, "error_name": "Invalid refresh token."})
    run(lambdas)
    assert line(logged)["Zalo_token_lost"] == 1
    assert line(logged)["zalo_tokens"] == "Zalo refuses the refresh token"
    assert tokens() == pair


def test_no_answer_is_tried_again_by_lambda(
    lambdas: Client, provider: Provider, stored: Stored, logged: StringIO
) -> None:
    stored(HOUR)
    provider.status = 502
    provider.answers_with(b"")
    with pytest.raises(TemporaryFailure, match="HTTP 502"):
        run(lambdas)
    assert "Zalo_token_lost" not in line(logged)
    assert rows("messages") == []
