"""What the tests of the gate share."""

from typing import Any

import pytest

from tests.forms import form, person
from tests.integration.conftest import Api, Clock
from tests.integration.gate.looking import Declare
from tests.integration.queues import batch, submitted_event


@pytest.fixture
def traced(api: Api, clock: Clock) -> Declare:
    """Declare, and have it traced."""

    def declare(companions: int = 0, traveller: dict[str, Any] | None = None, **trip: Any) -> dict[str, Any]:
        body = {**form(clock(), companions, **trip), "traveller": traveller or person()}
        answer = api("POST", "/v1/declarations", body)
        assert answer.status_code == 201, answer.body
        issued: dict[str, Any] = answer.json_body
        result = api.client.lambda_.invoke("trace", batch(submitted_event(issued["declaration"]))).payload
        assert result == {"batchItemFailures": []}
        return issued

    return declare
