"""Permits, as offices, partners and gates ask about them."""

import json
from typing import Any
from uuid import uuid4

import pytest
from chalice.test import Client, HTTPResponse

from tests.integration.conftest import Api, Clock
from tests.integration.queues import handled
from tests.tables import rows
from tests.unit.permits.made import permit_form

KEY, OTHER_KEY = "the-key-of-an-employer", "the-key-of-another-one"


class Desk:
    """Asks, decides and crosses. What a test does not give is invented."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self.api, self.clock = api, clock

    def asks(self, *forms: Any, key: str = "", partner: str | None = None) -> HTTPResponse:
        body = {"permits": list(forms or [permit_form(now=self.clock())])}
        headers = {"Idempotency_Key": key or str(uuid4())}
        if partner is not None:
            return self.api("POST", "/v1/partner/permits", body, X_Api_Key=partner, **headers)
        return self.api("POST", "/v1/permits", body, role="hotline", **headers)

    def code(self, *forms: Any, **how: Any) -> str:
        """The code of a permit that is asked for."""
        answer = self.asks(*forms, **how)
        assert answer.status_code == 200, answer.body
        return str(answer.json_body["lines"][0]["code"])

    def decides(self, code: str, subject: str = "health-1", **body: Any) -> HTTPResponse:
        sent = {"decision": "grant", **body}
        return self.api("POST", f"/v1/permits/{code}/decision", sent, role="health", subject=subject)

    def granted(self, **conditions: Any) -> str:
        """The code of a permit that is granted."""
        form = permit_form(now=self.clock())
        code = self.code(form)
        answer = self.decides(code, conditions={**form["conditions"], **conditions})
        assert answer.status_code == 201, answer.body
        return code

    def granted_of(self, form: Any) -> str:
        """The code of a permit that is granted as it was asked for."""
        code = self.code(form)
        assert self.decides(code).status_code == 201
        return code

    def revokes(self, code: str, reason: str = "nghỉ việc", subject: str = "health-1") -> HTTPResponse:
        path = f"/v1/permits/{code}/revocation"
        return self.api("POST", path, {"reason": reason}, role="health", subject=subject)

    def lists(self, query: str = "") -> Any:
        answer = self.api("GET", f"/v1/permits{query}", role="supervisor")
        assert answer.status_code == 200, answer.body
        return answer.json_body

    def sees(self, code: str) -> Any:
        return self.api("GET", f"/v1/permits/{code}", role="health").json_body

    def checks(self, qr: str, subject: str = "staff-1", role: str = "checkpoint") -> Any:
        answer = self.api("POST", "/v1/checkpoint/checks", {"qr": qr}, role=role, subject=subject)
        assert answer.status_code == 200, answer.body
        return answer.json_body

    def crosses(self, code: str, subject: str = "staff-1", key: str | None = None, **changes: Any) -> HTTPResponse:
        body = {
            "code": code,
            "checkpoint": "an-hoa",
            "direction": "in",
            "plate_seen": "70C-100.00",
            "well": True,
            "decision": "admit",
            **changes,
        }
        sent = {name: value for name, value in body.items() if value is not None}
        headers = {} if key is None else {"Idempotency_Key": key}
        return self.api("POST", "/v1/checkpoint/permit-crossings", sent, role="checkpoint", subject=subject, **headers)


def trace_crossings(lambdas: Client) -> None:
    """Hand on what the gate has announced of crossings."""
    for each in rows("permits"):
        kind, _, code = each["partition"]["S"].partition("#")
        name = each["row"]["S"]
        if kind == "CROSSINGS" and name.count("#") == 1:
            handled(lambdas, "trace", json.dumps({"kind": "permit_crossed", "subject": f"{code}.{name}"}))


@pytest.fixture
def desk(api: Api, clock: Clock) -> Desk:
    return Desk(api, clock)
