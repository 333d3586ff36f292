"""The condition on the public function's role, which the local engine does not check: it may read these partitions."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from infra import ROOT
from tests.forms import form
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock

READS = ("GetItem", "Query")


@pytest.fixture
def partitions_read(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The partitions of the reference table that are read."""
    read: set[str] = set()

    def answer(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if operation in READS and request["TableName"] == aws["REFERENCE_TABLE"]:
            (key,) = (
                request["Key"]["partition"].values()
                if "Key" in request
                else request["ExpressionAttributeValues"][":0"].values()
            )
            read.add(key)
        return call(operation, request)

    respond(monkeypatch, answer)
    return read


def test_routes_of_the_public_read_what_their_role_may_read(api: Api, clock: Clock, partitions_read: set[str]) -> None:
    key, declared = str(uuid4()), form(clock())
    first = api("POST", "/v1/declarations", declared, Idempotency_Key=key).json_body
    own = first["passes"][0]
    policy = api("GET", "/v1/policy", role="administrator").json_body
    changed = {**policy, "version": "another"}
    api("PUT", "/v1/policy", changed, role="administrator", If_Match=f'"{policy["version"]}"')
    partitions_read.clear()
    clock.advance(minutes=2)  # after a minute the policy in force is read again
    assert api("POST", "/v1/declarations", declared, Idempotency_Key=key).json_body == first
    assert api("POST", f"/v1/passes/{own['code']}/open", X_Pass_Secret=own["secret"]).status_code == 200
    for path in (
        *(f"/v1/passes/{own['code']}{picture}" for picture in ("", "/qr.svg", "/qr.png")),
        *("/v1/keys", "/v1/administrative-units", "/v1/checkpoints", "/v1/consent-text", "/v1/health"),
        *("/v1/openapi.json", "/docs", "/p"),
    ):
        assert api("GET", path, Accept="*/*", X_Pass_Secret=own["secret"]).status_code == 200
    assert sorted(partitions_read) == readable_by_the_public()


def readable_by_the_public() -> list[str]:
    policy = json.loads((ROOT / ".chalice" / "policy-public.json").read_text())
    (reference,) = [each for each in policy["Statement"] if each["Sid"] == "Reference"]
    partitions: list[str] = reference["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
    return sorted(partitions)
