"""A sandbox says so in every answer, and sends no text, on moto."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import Client

from chalicelib import settings
from chalicelib.models.entry.codes import Code
from chalicelib.models.messaging.messages import Outgoing, PermanentRefusal
from chalicelib.wiring import providers
from tests.endpoint import PartnerEndpoint
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.partners.conftest import Partner
from tests.integration.queues import batch, event, submitted_event
from tests.tables import rows


@pytest.fixture
def _sandbox(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("STAGE", "sandbox")
    monkeypatch.setenv("SANDBOX", "true")
    settings.settings.cache_clear()
    yield
    settings.settings.cache_clear()


@pytest.mark.usefixtures("_sandbox")
def test_every_answer_of_a_sandbox_has_its_mark(api: Api, clock: Clock) -> None:
    answers = [
        api("GET", "/v1/health"),
        api("POST", "/v1/declarations", form(clock())),
        api("GET", "/v1/passes/0000-0000-0000-0001"),
        api("GET", "/v1/staff"),
    ]
    assert [each.status_code for each in answers] == [200, 201, 400, 401]
    assert {each.headers.get("X-Sandbox") for each in answers} == {"true"}
    assert answers[0].json_body["sandbox"] is True


def test_no_answer_of_another_stage_has_it(api: Api) -> None:
    health = api("GET", "/v1/health")
    assert "X-Sandbox" not in health.headers
    assert health.json_body["sandbox"] is False


@pytest.mark.usefixtures("_sandbox")
def test_no_text_leaves_a_sandbox_and_each_is_settled_as_such(
    api: Api, lambdas: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.adapters.sns.send_sms", lambda *_, **__: pytest.fail("a text is sent"))
    declaration = api("POST", "/v1/declarations", form(clock())).json_body["declaration"]
    answer = lambdas.lambda_.invoke("notify_declared", batch(submitted_event(declaration))).payload
    assert answer == {"batchItemFailures": []}
    (message,) = rows("messages")
    assert message["outcome"] == {"S": "sandbox"}
    with pytest.raises(PermanentRefusal):
        providers.sms_gateway().send(Outgoing("+84912345678", "text", "code.event"))


@pytest.mark.usefixtures("_sandbox")
@pytest.mark.parametrize(("plate", "kind"), [("70A-000.01", "crossing_recorded"), ("70A-000.02", "pass_revoked")])
def test_a_partner_tries_out_its_webhooks_without_staff(
    partner: Partner, clock: Clock, endpoint: PartnerEndpoint, plate: str, kind: str
) -> None:
    code = partner.declares(transport={"kind": "car", "plate": plate})
    assert partner.handles(event("declaration_submitted", Code.parse(code))) == []
    clock.advance(minutes=1)
    due: Any = {"kind": "fate_due", "subject": str(Code.parse(code))}
    assert partner.handles(due, due) == []
    assert partner.handles(event(kind, Code.parse(code))) == []
    partner.works()
    state = {"crossing_recorded": "used", "pass_revoked": "revoked"}[kind]
    assert [each.content["data"] for each in endpoint.of(code)] == [{"code": code, "state": state}]
    assert partner.asks("GET", f"/v1/passes/{code}").json_body["state"] == state
    staff = [json.loads(each["body"]["S"]).get("recorded_by") for each in rows("entries") if "#" in each["row"]["S"]]
    assert set(staff) <= {"sandbox", None}


def test_in_another_stage_such_a_plate_is_a_plate(partner: Partner, clock: Clock, endpoint: PartnerEndpoint) -> None:
    code = partner.declares(transport={"kind": "car", "plate": "70A-000.01"})
    assert partner.handles(event("declaration_submitted", Code.parse(code))) == []
    clock.advance(minutes=2)
    assert partner.handles({"kind": "fate_due", "subject": str(Code.parse(code))}) == []
    partner.works()
    assert endpoint.received == []
    assert partner.asks("GET", f"/v1/passes/{code}").json_body["state"] == "valid"
