"""The conditions on the public function's role, which the local engine does not judge: it may read these partitions."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any
from uuid import uuid4

import pytest

from chalicelib import wiring
from chalicelib.models.people.hashed import PHONE
from chalicelib.wiring.people import issue_citizen_token
from infra import ROOT
from tests.forms import form
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock

READS = ("GetItem", "Query")
NARROWED = ("Reference", "Tracing", "Messages", "Statistics")
"""The statements with a condition, by the tables that they are about."""

Partitions = dict[str, set[str]]


@pytest.fixture
def read(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Partitions:
    """The partitions of these tables that are read."""
    tables = {aws[f"{name.upper()}_TABLE"]: name for name in NARROWED}
    read: Partitions = {name: set() for name in NARROWED}

    def answer(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if operation in READS and request["TableName"] in tables:
            (key,) = (
                request["Key"]["partition"].values()
                if "Key" in request
                else request["ExpressionAttributeValues"][":0"].values()
            )
            read[tables[request["TableName"]]].add(key)
        return call(operation, request)

    respond(monkeypatch, answer)
    return read


def test_routes_of_the_public_read_what_their_role_may_read(api: Api, clock: Clock, read: Partitions) -> None:
    key, declared = str(uuid4()), form(clock())
    first = api("POST", "/v1/declarations", declared, Idempotency_Key=key).json_body
    own = first["passes"][0]
    policy = api("GET", "/v1/policy", role="administrator").json_body
    changed = {**policy, "version": "another"}
    api("PUT", "/v1/policy", changed, role="administrator", If_Match=f'"{policy["version"]}"')
    for partitions in read.values():
        partitions.clear()
    clock.advance(minutes=2)  # after a minute the policy in force is read again
    assert api("POST", "/v1/declarations", declared, Idempotency_Key=key).json_body == first
    assert api("POST", f"/v1/passes/{own['code']}/open", X_Pass_Secret=own["secret"]).status_code == 200
    for path in (
        *(
            f"/v1/passes/{own['code']}{picture}"
            for picture in ("", "/qr.svg", "/qr.png", "/personal-qr.png", "/messages")
        ),
        *("/v1/keys", "/v1/administrative-units", "/v1/checkpoints", "/v1/consent-text", "/v1/health"),
        "/v1/checkpoints/waiting-times",
        "/v1/public/statistics",
        "/v1/public/statistics.csv",
        *("/v1/openapi.json", "/docs"),
    ):
        assert api("GET", path, Accept="*/*", X_Pass_Secret=own["secret"]).status_code == 200
    token = issue_citizen_token(wiring.keyed_hash().text(PHONE, declared["traveller"]["phone"]))
    assert api("GET", "/v1/passes", Authorization=f"Bearer {token.text}").status_code == 200
    for table, partitions in read.items():
        assert partitions, table
        assert [each for each in partitions if not may_read(table, each)] == []
    # Each of these is needed.
    assert sorted(read["Reference"]) == sorted(patterns("Reference"))


@pytest.mark.parametrize("asked", [{"phone": "0912345678"}, {"plate": "70E1-123.45"}])
def test_the_public_function_may_not_read_what_a_gate_reads(api: Api, read: Partitions, asked: dict[str, str]) -> None:
    """Not if it had the gate's settings either: it cannot read the records of staff, which every route of theirs
    needs; and of exposures those of phones alone."""
    assert api("POST", "/v1/checkpoint/search", asked, role="checkpoint").status_code == 200
    forbidden = {table for table, partitions in read.items() for each in partitions if not may_read(table, each)}
    assert forbidden == ({"Reference"} if "phone" in asked else {"Reference", "Tracing"})


def test_the_public_function_may_not_read_how_many_texts_a_phone_got() -> None:
    assert may_read("Messages", "0" * 16)
    assert not may_read("Messages", f"PHONE#{'0' * 32}")


def may_read(table: str, partition: str) -> bool:
    return any(fnmatchcase(partition, pattern) for pattern in patterns(table))


def patterns(table: str) -> list[str]:
    """The partitions that the role names: `*` and `?` as IAM reads them."""
    policy = json.loads((ROOT / ".chalice" / "policy-public.json").read_text())
    (statement,) = [each for each in policy["Statement"] if each["Sid"] == table]
    (condition,) = statement["Condition"].values()
    found: list[str] = condition["dynamodb:LeadingKeys"]
    return found
