"""The system declares through its own address: over HTTP, on moto."""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from chalice.test import Client

from chalicelib import settings
from chalicelib.models.entry.passes import Verdict
from tests.fuzz.served import served
from tests.integration.conftest import Clock
from tests.tables import rows

Rehearse = Callable[[], dict[str, Any]]


@pytest.fixture
def rehearse(lambdas: Client, logged: StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearse]:
    """Run the function once. Gives the line that it logs. This stage and the sandbox are one."""
    with served(lambdas) as url:
        monkeypatch.setenv("PUBLIC_URL", url)
        monkeypatch.setenv("REHEARSAL_SANDBOX_URL", url)

        def run() -> dict[str, Any]:
            settings.settings.cache_clear()
            event = lambdas.events.generate_cw_event("aws.events", "Scheduled Event", {}, ["rule"])
            lambdas.lambda_.invoke("rehearse", event)
            line: dict[str, Any] = json.loads(logged.getvalue().splitlines()[-1])
            assert line["function"] == "rehearse"
            return line

        yield run
    settings.settings.cache_clear()


def _declared() -> int:
    return sum(row["row"]["S"] == "DECLARATION" for row in rows("entries"))


def test_in_a_sandbox_the_whole_journey_is_made_and_the_last_pass_has_expired(
    rehearse: Rehearse, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "sandbox")
    monkeypatch.setenv("SANDBOX", "true")
    for number in (2, 3, 4):
        line = rehearse()
        assert (line["problems"], line["Rehearsal_failed"]) == ({}, 0)
        # Those of this rehearsal and of the one before. What is refused is not stored.
        assert _declared() == number
        clock.advance(minutes=5)
    assert rehearse()["problems"] == {}
    # A second time within the five minutes nothing is declared: the pass has one minute.
    clock.advance(seconds=1)
    declared = _declared()
    assert rehearse()["problems"] == {}
    assert _declared() == declared


def test_in_another_stage_nothing_is_stored_and_no_journey_is_made(rehearse: Rehearse) -> None:
    line = rehearse()
    assert line["problems"] == {"sandbox": "GET /v1/health: the stage is no sandbox"}
    assert line["Rehearsal_failed"] == 1
    assert rows("entries") == []


def test_a_pass_that_does_not_expire_is_a_failure(
    rehearse: Rehearse, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "sandbox")
    monkeypatch.setenv("SANDBOX", "true")
    rehearse()
    monkeypatch.setattr("chalicelib.models.entry.records.HeldPass.verdict", lambda *_: Verdict.VALID)
    clock.advance(minutes=5)
    problem = rehearse()["problems"]["sandbox"]
    assert problem == "POST /v1/passes/{code}/open: the pass has ended and is valid"


@pytest.mark.parametrize("fault", ["maintenance", "unreachable"])
def test_what_keeps_travellers_from_declaring_is_a_failure(
    rehearse: Rehearse, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REHEARSAL_SANDBOX_URL")
    if fault == "maintenance":
        monkeypatch.setenv("MAINTENANCE", "true")
        expected = "POST /v1/declarations: 503 maintenance"
    else:
        monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:9")
        expected = "no answer: NewConnectionError"
    line = rehearse()
    assert (line["problems"], line["Rehearsal_failed"]) == ({"here": expected}, 1)
