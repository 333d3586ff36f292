"""The holder of a permit gets a message with its link, and one if it is revoked."""

import json
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.messaging.templates import NOTICES, shipped_templates
from chalicelib.wiring import permits as wiring
from tests.integration.conftest import Api, Clock
from tests.integration.permits.conftest import Desk
from tests.integration.queues import handled
from tests.tables import rows
from tests.unit.permits.made import permit_form


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Queue and kind of each event: they come later than a test can wait."""
    sent: list[tuple[str, str]] = []

    def send(queue: str, bodies: list[str], *, delay: int) -> None:
        assert delay == 30
        sent.extend((queue, json.loads(each)["kind"]) for each in bodies)

    monkeypatch.setattr("chalicelib.wiring.queues.send_within_request", send)
    return sent


def notify(lambdas: Any, code: str, kind: str) -> None:
    event = {"kind": kind, "subject": str(Code.parse(code))}
    handled(lambdas, "notify", json.dumps(event))


def settled() -> list[str]:
    return sorted(each["event"]["S"] for each in rows("messages") if each["event"]["S"].startswith("permit_"))


def test_events_go_to_the_queues_whose_workers_need_them(
    desk: Desk, announced: list[tuple[str, str]], clock: Clock
) -> None:
    code = desk.granted()
    assert announced == [("messages", "permit_granted")]
    announced.clear()
    assert desk.crosses(code).status_code == 201
    assert announced == [("tracing", "permit_crossed")]
    announced.clear()
    clock.advance(minutes=1)
    assert desk.crosses(code, decision="isolate", reason="sốt").status_code == 201
    assert announced == [("tracing", "permit_crossed"), ("stays", "permit_stay")]
    announced.clear()
    assert desk.revokes(code).status_code == 201
    assert announced == [("messages", "permit_revoked")]
    announced.clear()
    refused = desk.code(permit_form(1, clock()))
    assert desk.decides(refused, decision="refuse", reason="thiếu giấy tờ").status_code == 201
    assert announced == []


def test_a_granted_permit_is_sent_once_and_opens_by_its_link(desk: Desk, api: Api, lambdas: Any) -> None:
    code = desk.granted()
    for _ in range(2):
        notify(lambdas, code, "permit_granted")
    assert len(settled()) == 1
    (notice,) = _notices(code, "permit_granted")
    link = notice.values["link"]
    assert link.endswith(f"/p#{Code.parse(code)}{link[-13:]}")
    assert all(len(value) <= NOTICES["permit_granted"].longest[name] for name, value in notice.values.items())
    assert len(shipped_templates("tay-ninh").compose(notice).text) <= 160
    seen = api("GET", f"/v1/permits/{code}/holder", X_Pass_Secret=link[-13:]).json_body
    assert (seen["state"], seen["masked_name"], seen["token"][:5]) == ("granted", "TV MAU", "TNP1:")
    assert api("GET", f"/v1/permits/{code}/holder", X_Pass_Secret="0" * 13).json_body["code"] == "pass_secret_wrong"
    assert desk.revokes(code).status_code == 201
    assert _notices(code, "permit_granted") == []
    (notice,) = _notices(code, "permit_revoked")
    assert notice.values["group"] == code[-4:]
    notify(lambdas, code, "permit_revoked")
    assert len(settled()) == 2
    seen = api("GET", f"/v1/permits/{code}/holder", X_Pass_Secret=link[-13:]).json_body
    assert (seen["state"], "token" in seen) == ("revoked", False)


def test_nobody_without_a_phone_or_a_granted_permit_gets_a_message(desk: Desk, api: Api, clock: Clock) -> None:
    form = permit_form(now=clock())
    del form["person"]["phone"]
    code = desk.code(form)
    secret = desk.sees(desk.granted_of(permit_form(1, clock())))["holder"]["secret"]
    assert _notices(code, "permit_granted") == []
    assert api("GET", f"/v1/permits/{code}/holder", X_Pass_Secret=secret).json_body["code"] == "pass_secret_wrong"
    assert desk.decides(code).status_code == 201
    assert _notices(code, "permit_granted") == []


def _notices(code: str, kind: str) -> Any:
    from chalicelib.models.permits.events import PermitEvent, PermitEventKind
    from chalicelib.services.permits.notices import notices_of_permit

    event = PermitEvent.about(PermitEventKind(kind), Code.parse(code))
    return notices_of_permit(event, sources=wiring.permit_notices())
