"""The command that does what a person asks, on moto, and a family that much is held about."""

import json
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEventKind
from chalicelib.models.entry.links import SECRET_LENGTH
from chalicelib.models.partners.deliveries import Attempt, AttemptOutcome, Delivery, WebhookType
from chalicelib.storage.partners.deliveries import Deliveries
from infra.__main__ import main
from infra.accounts import stack_name
from infra.operation.persons import archives
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.gate.recording import batch as crossings
from tests.integration.queues import batch, event
from tests.integration.rights.persons import STORED_IN, Run
from tests.tables import REGION, by_botocore, client


@pytest.fixture
def run(aws: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, on the stage `test`, three hours after the clock."""
    monkeypatch.setenv("AWS_REGION", REGION)
    client("logs").create_log_group(logGroupName="audit")
    outputs = {
        "Audit" + "Logs": "audit",
        **{f"{each.capitalize()}TableName": each for each in (*STORED_IN, "cases", "permits")},
    }
    template = {
        "Parameters": {
            name: {"Type": "String", "Default": default}
            for name, default in (
                ("Province", "tay-ninh"),
                ("DeclarationRetentionDays", "30"),
                ("StayRetentionDays", "28"),
                ("PermitRetentionDays", "30"),
                ("AuditRetentionDays", "365"),
            )
        },
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    client("cloudformation").create_stack(StackName=stack_name("test"), TemplateBody=json.dumps(template))

    def later() -> Any:
        return clock() + timedelta(hours=3)

    monkeypatch.setattr(archives, "archive_of", partial(archives.archive_of, clock=later))

    def run(verb: str, *arguments: str, typed: str = "") -> int:
        monkeypatch.setattr("sys.stdin", StringIO(typed + "\n"))
        return main([*verb.split(), "--stage", "test", "--region", REGION, *arguments])

    return run


@pytest.fixture
def codes(api: Api, clock: Clock, lambdas: Client, sent: list[tuple[str, str]]) -> list[str]:
    """The codes of a family of three whose phone answered, and that was checked, let in, watched, corrected and
    revoked, and left without their cards; all of it was traced, and they were sent messages."""
    body = form(clock(), 2, origin={"country": "KH", "address": "Số 1 đường Thử"})
    body["trip"]["destination"]["host"] = "Chủ nhà Mẫu"
    body["traveller"]["health"]["symptoms"] = ["fever"]
    body["companions"][1] |= {"full_name": "Lê Văn Ba", "phone": None}
    answer = api("POST", "/v1/declarations", body, Idempotency_Key="a-key-of-a-family").json_body
    codes = [each["code"] for each in answer["passes"]]
    declared = batch(json.dumps(event("declaration_submitted", Code.parse(codes[0]))))
    lambdas.lambda_.invoke("notify_declared", declared)
    secret = sent[0][1][-SECRET_LENGTH:]
    assert api("POST", f"/v1/passes/{codes[0]}/open", X_Pass_Secret=secret).json_body["origin"] == "proven"
    for each in codes:
        crossing = {"code": each, "checkpoint": "an-hoa", "decision": "admit", "reason": "sốt cao", "temperature": 38.1}
        crossing["identity_held"] = {"receipt": "A-017"}
        # Without network, as a gate with network keeps no card of somebody who stays.
        first = api("POST", "/v1/checkpoint/crossings/batch", crossings(clock, crossing), role="checkpoint")
        assert first.json_body["lines"][0]["outcome"] == "recorded"
        watched = json.dumps(event("crossing_recorded", Code.parse(each)))
        lambdas.lambda_.invoke("watch", batch(watched))
        reported = {"day": f"{clock().date()}", "symptoms": ["fever"] if each == codes[0] else []}
        path = f"/v1/communes/25480/stays/{each}/health-reports"
        assert api("POST", path, reported, role="health").status_code == 201
        assert api(
            "POST",
            "/v1/checkpoint/corrections",
            {"code": each, "decision": "isolate", "reason": "sốt cao"},
            role="supervisor",
        ).status_code in (200, 201)
        refused = {"code": each, "decision": "refuse", "reason": "sốt cao"}
        line = crossings(clock, refused)
        sent_late = api("POST", "/v1/checkpoint/crossings/batch", line, role="checkpoint", subject="staff-2")
        assert sent_late.json_body["lines"][0]["outcome"] == "conflict"
        # The card stays at the gate, so the list of visitors has them for good.
        left = {"code": each, "checkpoint": "an-hoa", "direction": "out"}
        assert api("POST", "/v1/checkpoint/crossings", left, role="checkpoint").status_code == 201
        revocation = {"code": each, "reason": "sốt cao"}
        assert api("POST", "/v1/checkpoint/revocations", revocation, role="health").status_code in (200, 201)
        for kind in EntryEventKind:
            for worker in ("trace", "notify", "watch"):
                lambdas.lambda_.invoke(worker, batch(json.dumps(event(kind, Code.parse(each)))))
        tell_partner(Code.parse(each), clock())
    return codes


def tell_partner(code: Code, at: datetime) -> None:
    """Store a webhook about a pass, and an attempt at it, as if a partner had declared it."""
    deliveries = Deliveries(by_botocore().webhooks)
    delivery = Delivery(type=WebhookType.USED, code=str(code), happened_at=at, made_at=at)
    deliveries.append("a" * 32, delivery)
    attempt = Attempt(number=0, at=at, outcome=AttemptOutcome.DELIVERED, status=204, milliseconds=5)
    deliveries.append_attempt("a" * 32, delivery, attempt)
