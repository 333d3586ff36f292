"""People who were admitted and stay, and the commune that expects them."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.models.entry.codes import Code
from tests.forms import form, person
from tests.integration.conftest import Api, Clock
from tests.integration.gate.recording import CROSSING
from tests.integration.queues import batch, event

COMMUNE, OTHER = "25480", "25465"
LONGEST_REQUEST = 20
"""Seconds: `.chalice/config.json`."""
OFFICER, HER_COLLEAGUE = "commune-1", "commune-2"
"""Posted to the one, and to the other."""


class Commune:
    """A commune's officer, and a health officer who posts them."""

    def __init__(self, api: Api, code: str, subject: str) -> None:
        self.api, self.code, self.subject = api, code, subject
        posted = api(
            "PUT",
            f"/v1/staff/{subject}/posting",
            {"commune": code, "name": f"name of {subject}"},
            role="health",
            subject="health-1",
        )
        assert posted.status_code == 200, posted.body

    def lists(self, **query: str) -> Any:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        answer = self.api("GET", f"/v1/communes/{self.code}/stays?{asked}", role="commune", subject=self.subject)
        assert answer.status_code == 200, answer.body
        return answer.json_body

    def codes(self, **query: str) -> list[str]:
        return [each["code"] for each in self.lists(**query)["stays"]]

    def sends(self, code: str, verb: str, **body: Any) -> HTTPResponse:
        path = f"/v1/communes/{self.code}/stays/{code}/{verb}"
        return self.api("POST", path, body, role="commune", subject=self.subject)

    def sees(self, code: str) -> HTTPResponse:
        return self.api("GET", f"/v1/communes/{self.code}/stays/{code}", role="commune", subject=self.subject)


Admit = Callable[..., dict[str, Any]]


@pytest.fixture
def commune(api: Api) -> Commune:
    return Commune(api, COMMUNE, OFFICER)


@pytest.fixture
def other(api: Api) -> Commune:
    return Commune(api, OTHER, HER_COLLEAGUE)


@pytest.fixture
def watch(lambdas: Client) -> Callable[..., None]:
    """Handle an event of a pass."""

    def handle(code: str, kind: str = "crossing_recorded") -> None:
        body = json.dumps(event(kind, Code.parse(code)))
        assert lambdas.lambda_.invoke("watch", batch(body)).payload == {"batchItemFailures": []}

    return handle


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The events about changes that are put into the queue: they come later than a test can wait."""
    bodies: list[str] = []

    def send(url: str, sent: Sequence[str], *, region: str, delay: int = 0) -> None:
        assert url.endswith("stays")
        assert delay > LONGEST_REQUEST
        bodies.extend(sent)

    monkeypatch.setattr("chalicelib.adapters.sqs.send", send)
    return bodies


@pytest.fixture
def admitted(api: Api, clock: Clock, watch: Callable[..., None]) -> Admit:
    """Someone who declares, is admitted, and has a stay. Gives their pass."""

    def admit(number: int = 0, *, decision: str = "admit", **trip: Any) -> dict[str, Any]:
        sent = {**form(clock(), **trip), "traveller": person(number)}
        answer = api("POST", "/v1/declarations", sent)
        assert answer.status_code == 201, answer.body
        (own,) = answer.json_body["passes"]
        crossing = {**CROSSING, "code": own["code"], "decision": decision, "reason": "x"}
        assert api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint").status_code == 201
        watch(own["code"])
        passed: dict[str, Any] = own
        return passed

    return admit
