"""Policies that are made from the one that ships."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.data import read_bytes
from chalicelib.models.people.province import province
from chalicelib.models.policy.policies import Policy
from chalicelib.models.staff.roles import Principal, Role
from tests.forms import NOW

SHIPPED: dict[str, Any] = json.loads(read_bytes("provinces", "tay-ninh", "policy.json"))
ADMINISTRATOR = Principal("admin-1", frozenset({Role.ADMINISTRATOR}), "Quản trị viên thử")
TAY_NINH = province("tay-ninh")
LOCAL_NOW = NOW.astimezone(ZoneInfo(TAY_NINH.time_zone))
NEXT = "2021-07-22.1"


def policy(**changes: Any) -> Policy:
    """The policy that ships, as the next version, with changes."""
    return Policy.model_validate_json(json.dumps({**SHIPPED, "version": NEXT, **changes}))


def ruled(*rules: dict[str, Any], **changes: Any) -> Policy:
    """A policy with these rules alone; `say` is a finding, `do` an instruction, `show` a paper."""
    words = {"vi": "x", "en": "x"}
    return policy(
        rules=[{"id": f"rule-{number}", **rule} for number, rule in enumerate(rules)],
        findings={"say": {"level": "stop", **words}},
        instructions={"do": {**words, "sms": "x"}},
        papers={"show": {"document": "test_result", "test_within_hours": 72, **words}},
        **changes,
    )
