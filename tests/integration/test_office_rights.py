"""The conditions on the roles of the office and the gate, which the local engine does not check: they may delete in
these partitions."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra import ROOT
from tests.certificates import bare_entry, european_key
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.recording import batch
from tests.integration.staff.posting import crosses

Deletion = tuple[str, str]
"""The right that it needs, and the partition."""


@pytest.fixture
def deletions(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> set[Deletion]:
    """What is deleted. A batch needs one right for all that it writes, so what it puts counts as well."""
    seen: set[Deletion] = set()

    def answer(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        seen.update(deleted(operation, request))
        return call(operation, request)

    respond(monkeypatch, answer)
    return seen


def deleted(operation: str, request: Mapping[str, Any]) -> Iterator[Deletion]:
    if operation == "TransactWriteItems":
        for step in request["TransactItems"]:
            for name, write in step.items():
                if name == "Delete":
                    yield "dynamodb:DeleteItem", write["Key"]["declaration"]["S"]
    elif operation == "BatchWriteItem":
        for writes in request["RequestItems"].values():
            for (write,) in (each.values() for each in writes):
                yield "dynamodb:BatchWriteItem", (write.get("Item") or write["Key"])["partition"]["S"]
    elif operation == "DeleteItem":
        yield "dynamodb:DeleteItem", str(request["Key"])


def test_the_office_deletes_only_what_its_role_may_delete(
    api: Api, clock: Clock, submitted: Submit, deletions: set[Deletion]
) -> None:
    code = submitted()["passes"][0]["code"]
    clock.advance(hours=2)
    sent = api("POST", "/v1/checkpoint/crossings/batch", batch(clock, {"code": code}), role="checkpoint").json_body
    path = f"/v1/checkpoint/conflicts/{sent['lines'][0]['conflict']['id']}/settlement"
    settlement = {"decision": "admit", "reason": "looked at the papers"}
    assert api("POST", path, settlement, role="supervisor", subject="staff-3").status_code == 201
    for keys in ([bare_entry(european_key(), b"a key id", clock())], []):
        assert api("PUT", "/v1/trust-list/AT", {"keys": keys}, role="administrator").status_code == 200
    assert deletions == {
        ("dynamodb:DeleteItem", "CONFLICTS"),
        ("dynamodb:DeleteItem", "CONFLICTS#an-hoa"),
        ("dynamodb:BatchWriteItem", "TRUSTED_KEYS"),
    }
    assert {each for each in deletions if not allowed(*each)} == set()
    assert not allowed("dynamodb:DeleteItem", code.replace("-", "")[:13])
    assert not allowed("dynamodb:BatchWriteItem", "CURRENT")


def test_a_gate_deletes_only_what_lists_someone_who_has_left(
    api: Api, clock: Clock, submitted: Submit, deletions: set[Deletion]
) -> None:
    today = clock().date().isoformat()
    left, refused = (each["code"] for each in submitted(companions=1, stay_until=today)["passes"])
    for code in (left, refused):
        assert crosses(api, "staff-1", code).status_code == 201
    out = {"code": left, "checkpoint": "an-hoa", "direction": "out"}
    assert api("POST", "/v1/checkpoint/crossings", out, role="checkpoint").status_code == 201
    correction = {"code": refused, "decision": "refuse", "reason": "x"}
    assert api("POST", "/v1/checkpoint/corrections", correction, role="supervisor").status_code == 201
    assert deletions == {("dynamodb:DeleteItem", f"VISITORS#{today}")}
    assert allowed("dynamodb:DeleteItem", f"VISITORS#{today}", "gate")
    assert allowed("dynamodb:DeleteItem", f"VISITORS#{today}")  # a settlement may take somebody off the list, too
    assert not allowed("dynamodb:DeleteItem", "CONFLICTS", "gate")
    assert not allowed("dynamodb:DeleteItem", left.replace("-", "")[:13], "gate")


def allowed(right: str, partition: str, function: str = "office") -> bool:
    policy = json.loads((ROOT / ".chalice" / f"policy-{function}.json").read_text())
    return any(
        fnmatchcase(partition, pattern)
        for statement in policy["Statement"]
        if right in statement["Action"]
        for keys in statement["Condition"].values()
        for pattern in keys["dynamodb:LeadingKeys"]
    )
