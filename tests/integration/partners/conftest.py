"""A partner with an endpoint on this machine, and the worker that its webhooks go through, on moto."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib import settings, wiring
from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.models.partners.endpoints import Endpoint
from chalicelib.storage.partners.endpoints import Endpoints
from tests import endpoint as endpoints
from tests.endpoint import PartnerEndpoint
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.queues import batch
from tests.tables import by_botocore, client

KEY, OTHER_KEY = "the-key-of-a-partner-app", "the-key-of-another-partner"


class Partner:
    """An app that declares with its key, and the worker of its webhooks."""

    def __init__(self, api: Api, lambdas: Client, clock: Clock, aws: dict[str, str]) -> None:
        self._api, self._lambdas, self._clock, self._aws = api, lambdas, clock, aws

    def declares(self, **trip: Any) -> str:
        """The code, as it is shown."""
        answer = self.asks("POST", "/v1/partner/declarations", form(self._clock(), **trip))
        assert answer.status_code == 201, answer.body
        return str(answer.json_body["passes"][0]["code"])

    def asks(self, method: str, path: str, body: Any = None, key: str = KEY) -> HTTPResponse:
        return self._api(method, path, body, X_Api_Key=key)

    def lists(self, query: str = "", key: str = KEY) -> Any:
        answer = self.asks("GET", f"/v1/partner/webhook-deliveries{query}", key=key)
        assert answer.status_code == 200, answer.body
        return answer.json_body

    def handles(self, *events: dict[str, str]) -> list[dict[str, str]]:
        """Have the worker handle events; gives those that failed."""
        answer = self._lambdas.lambda_.invoke("deliver_webhooks", batch(*map(json.dumps, events))).payload
        return [events[int(each["itemIdentifier"][1:])] for each in answer["batchItemFailures"]]

    def works(self) -> None:
        """Have the worker handle what is in its queue now, until there is nothing more."""
        sqs = client("sqs")
        while messages := sqs.receive_message(QueueUrl=self._aws["WEBHOOKS_QUEUE_URL"], MaxNumberOfMessages=10).get(
            "Messages"
        ):
            assert self.handles(*(json.loads(each["Body"]) for each in messages)) == []
            for each in messages:
                sqs.delete_message(QueueUrl=self._aws["WEBHOOKS_QUEUE_URL"], ReceiptHandle=each["ReceiptHandle"])


@pytest.fixture
def endpoint(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[PartnerEndpoint]:
    """The partner's, which is registered."""
    monkeypatch.setenv("WEBHOOKS_TO_THIS_MACHINE", "true")
    settings.settings.cache_clear()
    with endpoints.serving() as serving:
        register(serving.url)
        yield serving


def register(url: str, **more: Any) -> None:
    partner, endpoint = wiring.partner_of(KEY), Endpoint(name="app", url=url, **more)
    Endpoints(by_botocore().reference).change(partner, lambda _: endpoint)


def secrets(aws: dict[str, str]) -> KeyedHash:
    """What the secrets of endpoints are made with."""
    parameter = client("ssm").get_parameter(Name=aws["WEBHOOK_KEY_PARAMETER"], WithDecryption=True)["Parameter"]
    return KeyedHash(bytes.fromhex(parameter["Value"]))


@pytest.fixture
def partner(api: Api, lambdas: Client, clock: Clock, aws: dict[str, str], endpoint: PartnerEndpoint) -> Partner:
    assert endpoint.url
    return Partner(api, lambdas, clock, aws)
