"""Storage, adapters and routes on moto: AWS in this process, with the tables and queues of the template."""

import json
import secrets
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from chalice.local import LambdaContext
from chalice.test import Client, HTTPResponse
from moto import mock_aws

from chalicelib import observability, settings, wiring
from chalicelib.adapters.pass_keys import KeyRing
from chalicelib.models.messaging.messages import Outgoing
from chalicelib.models.staff.staff import Posting, StaffRecord
from chalicelib.storage.staff.postings import Postings
from chalicelib.wiring import providers
from infra.operation.keys import new_key
from infra.operation.seed import seed
from tests.forms import form
from tests.integration.declared import check_declared
from tests.integration.policy.drafts import IN_FORCE
from tests.integration.written import check_forms
from tests.issuer import AUDIENCE, ISSUER, Issuer, serving
from tests.standins import zalo as standin
from tests.standins.zalo import Zalo
from tests.tables import REGION, TABLES, by_botocore, client, create_table

Submit = Callable[..., dict[str, Any]]
"""The fixture `submitted`."""
GUARDS = [f"staff-{number}" for number in range(1, 10)]
"""Subjects that were posted to An Hòa a day ago."""
PROVINCE = ZoneInfo("Asia/Ho_Chi_Minh")
MOST_ITEMS = 25
"""In one `BatchWriteItem`."""


class Clock:
    """A clock that stands still until a test moves it. It shows the real time at first."""

    def __init__(self) -> None:
        self.now = datetime.now(PROVINCE).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **passed: float) -> None:
        self.now += timedelta(**passed)


class Api:
    """The routes, called as the gateway would."""

    def __init__(self, client: Client, issuer: Issuer) -> None:
        self.client, self.issuer = client, issuer

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str | None = None,
        subject: str = "staff-1",
        **headers: str,
    ) -> HTTPResponse:
        """Send a request. `body` is JSON, or bytes as they are; `role` a member of staff's. A declaration has a new
        idempotency key, unless the test names one."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if path.endswith("/declarations"):
            sent.setdefault("Idempotency-Key", str(uuid4()))
        if role:
            sent["Authorization"] = f"Bearer {self.issuer.token(role, subject=subject)}"
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer = self.client.http.request(method, path, headers=sent, body=raw)
        check_declared(method, path, answer)
        check_forms(answer)
        return answer


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with serving() as running:
        yield running


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(wiring, "clock", clock)
    return clock


@pytest.fixture(scope="session")
def reference_rows() -> list[dict[str, Any]]:
    """The rows of a new stage's reference table. To validate them takes longer than most tests, so it is done once."""
    with mock_aws():
        create_table("Reference")
        seed(by_botocore().reference, "tay-ninh")
        _post_guards(datetime.now(PROVINCE).replace(microsecond=0))
        items: list[dict[str, Any]] = client("dynamodb").scan(TableName="reference")["Items"]
    return items


@pytest.fixture
def aws(
    moto_url: str,
    reference_rows: list[dict[str, Any]],
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> Iterator[dict[str, str]]:
    """AWS with the template's tables and queues, secrets and reference data; the environment names them.

    Each test gets an AWS of its own: what another test wrote is not there.
    """
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL_DYNAMODB": moto_url,
        "AWS_ENDPOINT_URL_SSM": moto_url,
        "STAGE": "test",
        "STAFF_ISSUER": ISSUER,
        "STAFF_KEYS_URL": issuer.keys_url,
        "STAFF_AUDIENCE": AUDIENCE,
        "STAFF_SUBJECT_PATTERN": "[a-z0-9-]+",
        "SIGNING_KEYS_PARAMETER": "/tay-ninh-pass/test/signing-keys",
        "HASH_KEY_PARAMETER": "/tay-ninh-pass/test/hash-key",
        "WEBHOOK_KEY_PARAMETER": "/tay-ninh-pass/test/webhook-key",
        "PUBLIC_URL": "https://pass.example",
        "SMS_RATE": "10000",
    }
    with mock_aws():
        for name in TABLES:
            environment[f"{name.upper()}_TABLE"] = create_table(name)
        for name in (
            "tracing",
            "messages",
            "declared",
            "webhooks",
            "conversations",
            "waves",
            "cases",
            "stays",
            "counts",
            "set_aside",
        ):
            queue = client("sqs").create_queue(QueueName=name)
            environment[f"{name.upper()}_QUEUE_URL"] = queue["QueueUrl"]
        # In the cloud each worker has those of its own queue.
        environment["QUEUE_URL"] = environment["DECLARED_QUEUE_URL"]
        environment["DEAD_LETTERS_URL"] = client("sqs").create_queue(QueueName="dead_letters")["QueueUrl"]
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.settings.cache_clear()  # a unit test before may have read the default ones
        _make_secrets(environment, clock())
        _put("reference", reference_rows)
        yield environment
    for name, module in list(sys.modules.items()):
        for made in vars(module).values() if name.startswith("chalicelib.wiring") else ():
            if hasattr(made, "cache_clear"):
                made.cache_clear()
    settings.settings.cache_clear()


def _put(table: str, items: list[dict[str, Any]]) -> None:
    for first in range(0, len(items), MOST_ITEMS):
        requests = [{"PutRequest": {"Item": item}} for item in items[first : first + MOST_ITEMS]]
        client("dynamodb").batch_write_item(RequestItems={table: requests})


def _post_guards(now: datetime) -> None:
    posting = Posting(checkpoint="an-hoa", since=now - timedelta(days=1), posted_by="supervisor")
    postings = Postings(by_botocore().reference, clock=lambda: now)
    for guard in GUARDS:
        record = StaffRecord(subject=guard, name=f"name of {guard}", postings=[posting])
        postings.change(guard, partial(_instead, record))


def _instead(record: StaffRecord, _: StaffRecord | None) -> StaffRecord:
    return record


def _make_secrets(environment: dict[str, str], now: datetime) -> None:
    ssm = client("ssm")
    ring = KeyRing(keys=[new_key(now - timedelta(hours=1))]).model_dump_json()
    ssm.put_parameter(Name=environment["SIGNING_KEYS_PARAMETER"], Value=ring, Type="SecureString")
    for name in ("HASH_KEY_PARAMETER", "WEBHOOK_KEY_PARAMETER"):
        ssm.put_parameter(Name=environment[name], Value=secrets.token_hex(32), Type="SecureString")


@pytest.fixture
def api(aws: dict[str, str], issuer: Issuer) -> Iterator[Api]:
    import app

    issuer.down = False
    with Client(app.app) as client:
        yield Api(client, issuer)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """All lines that are logged."""
    stream = StringIO()
    monkeypatch.setattr(observability, "put_out", partial(print, file=stream))
    return stream


@pytest.fixture
def lambdas(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The functions that no route calls, by their names."""
    import app

    # Chalice's own has three seconds left, whatever the function has.
    monkeypatch.setattr("chalice.test.LambdaContext", partial(LambdaContext, max_runtime_ms=30_000))

    with Client(app.app) as client:
        yield client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """All messages that are sent: phone and text."""
    texts: list[tuple[str, str]] = []

    def send(outgoing: Outgoing) -> str:
        texts.append((outgoing.phone, outgoing.text))
        return "id"

    monkeypatch.setattr(providers, "_send_by_sns", send)
    return texts


@pytest.fixture
def zalo(aws: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Zalo]:
    """Zalo, which the stage is set up for."""
    with standin.serving(Zalo(clock=clock)) as running:
        environment = standin.variables(running)
        for name, value in standin.secrets(running).items():
            parameter = f"/tay-ninh-pass/test/{name}"
            client("ssm").put_parameter(Name=parameter, Value=value, Type="SecureString")
            environment[f"{name.upper().replace('-', '_')}_PARAMETER"] = parameter
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.settings.cache_clear()
        yield running


@pytest.fixture
def submitted(api: Api, clock: Clock) -> Submit:
    """Submit a form that is accepted now; gives the answer's body."""

    def submit(companions: int = 0, **trip: Any) -> dict[str, Any]:
        answer = api("POST", "/v1/declarations", form(clock(), companions, **trip))
        assert answer.status_code == 201, answer.body
        body: dict[str, Any] = answer.json_body
        return body

    return submit


@pytest.fixture
def put_policy(api: Api) -> Callable[..., Any]:
    """Put a policy in force, the one that ships by default."""

    def put(body: Any, if_match: str | None = IN_FORCE, *, subject: str = "admin-1", **headers: str) -> Any:
        if if_match is not None:
            headers["If_Match"] = if_match
        return api("PUT", "/v1/policy", body, role="administrator", subject=subject, **headers)

    return put
