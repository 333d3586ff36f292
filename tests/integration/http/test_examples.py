"""The document's examples of answers are answers that the API gives."""

import json
import os
from typing import Any

import pytest
from chalice.test import Client

from chalicelib import wiring
from chalicelib.data import read_text
from chalicelib.http.routes import operations
from chalicelib.models.entry.codes import Code
from infra import ROOT
from tests.integration.conftest import Api, Clock
from tests.integration.http.answered import DAY, Recorder, a_day, in_order, shape, shortened
from tests.standins.zalo import Zalo

ANSWERS = ROOT / "chalicelib" / "data" / "docs" / "answers.json"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    clock.now = DAY
    monkeypatch.setattr(wiring, "clock", clock)
    return clock


@pytest.fixture
def recorded(
    api: Api, clock: Clock, lambdas: Client, sent: list[tuple[str, str]], zalo: Zalo, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    monkeypatch.setattr(Code, "of", in_order())
    for name in (
        "entry.entries",
        "entry.declarations",
        "entry.verifications",
        "messaging.messages",
        "messaging.waves",
        "entry.drafts",
        "partners.deliveries",
        "partners.manifests",
        "stays.stays",
        "permits.permits",
        "tracing.exposures",
        "tracing.markers",
        "cases.cases",
    ):
        # Storage leaves out what has expired by the real time.
        monkeypatch.setattr(f"chalicelib.storage.{name}.time", lambda: clock().timestamp())
    recorder = Recorder(api, clock, lambdas, sent, zalo)
    a_day(recorder)
    return {name: shortened(recorder.answers[name]) for name in sorted(recorder.answers)}


def test_the_examples_of_answers_are_those_that_the_api_gives(recorded: dict[str, Any]) -> None:
    if "RECORD" in os.environ:
        ANSWERS.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    known = json.loads(read_text("docs", "answers.json"))
    assert shape(known) == shape(recorded), "the API answers otherwise: RECORD=1 writes the examples again"


def test_every_operation_has_an_example_of_its_answer(recorded: dict[str, Any]) -> None:
    pictures = {"get_pass_png", "get_personal_qr_png", "get_permit_png"}  # no text
    pictures |= {"get_slip", "print_family", "get_slip_of_declared"}
    itself = {"get_openapi"}  # it would hold itself
    described = {each.view.__name__ for each in operations() if each.described}
    assert described - recorded.keys() == pictures | itself
