"""What a new stage begins with."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.data import read_bytes
from infra.errors import CannotGoOn
from infra.operation import seed as seeds
from infra.operation.seed import seed
from tests.integration.conftest import Api
from tests.integration.policy.drafts import IN_FORCE, SHIPPED, policy
from tests.tables import by_botocore


def test_the_policy_that_ships_can_be_put_in_force_again_and_never_changes(
    api: Api, put_policy: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert put_policy(policy()).status_code == 200
    seed(by_botocore().reference, "tay-ninh")
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE
    versions = [each["version"] for each in api("GET", "/v1/policy/versions", role="health").json_body["changes"]]
    assert sorted(versions) == sorted([SHIPPED["version"], SHIPPED["version"], "next"])
    _ship(monkeypatch, {**SHIPPED, "basis": "Khác"})
    with pytest.raises(CannotGoOn, match="another policy"):
        seed(by_botocore().reference, "tay-ninh")
    assert api("GET", "/v1/policy", role="health").json_body["basis"] == SHIPPED["basis"]


def test_a_policy_that_is_not_whole_is_not_seeded(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    _ship(monkeypatch, {**SHIPPED, "areas": [{"unit": "999", "risk": "low"}]})
    with pytest.raises(CannotGoOn, match="unknown_administrative_unit at /areas/0/unit"):
        seed(by_botocore().reference, "tay-ninh")


def _ship(monkeypatch: pytest.MonkeyPatch, shipped: dict[str, Any]) -> None:
    def read(*path: str) -> bytes:
        return json.dumps(shipped).encode() if path[-1] == "policy.json" else read_bytes(*path)

    monkeypatch.setattr(seeds, "read_bytes", read)
