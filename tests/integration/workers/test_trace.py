"""Events become exposures."""

import json

from chalice.test import Client

from tests.integration.conftest import Api, Submit
from tests.integration.queues import batch, submitted_event
from tests.tables import rows


def test_exposures_are_stored_under_all_they_connect_and_twice_is_once(
    api: Api, lambdas: Client, submitted: Submit
) -> None:
    declaration = submitted(companions=50)["declaration"]
    for _ in range(2):
        answer = lambdas.lambda_.invoke("trace", batch(submitted_event(declaration))).payload
        assert answer == {"batchItemFailures": []}
    found = rows("tracing")
    kinds = [item["place"]["S"].partition("#")[0] for item in found]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == dict.fromkeys(
        ("PERSON", "PHONE", "PLATE", "ADDRESS", "COMMUNE", "CHECKPOINT"), 51
    )
    everything = json.dumps(found)
    assert not any(private in everything for private in ("912345678", "0720900", "70E112345", "Thử"))
    assert all(int(item["expires_at"]["N"]) > 0 for item in found)
