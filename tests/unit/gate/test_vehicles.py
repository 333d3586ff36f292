"""What staff may send about everyone in a vehicle."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.models.gate.vehicles import GroupForm


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"codes": ["0000-0000-0000-0000"] * 2}, "code_duplicate"),
        ({"exceptions": [{"code": "8Z1C96WBN3196", "decision": "admit"}]}, "code_mistyped"),
        ({"codes": []}, "too_short"),
        ({"codes": ["0000-0000-0000-0000"] * 101}, "too_long"),
        ({"decision": "refuse"}, "reason_missing"),
    ],
)
def test_a_group_that_cannot_be_is_refused(changes: dict[str, Any], kind: str) -> None:
    body = {"codes": ["0000-0000-0000-0000"], "checkpoint": "an-hoa", "decision": "admit", **changes}
    with pytest.raises(ValidationError) as raised:
        GroupForm.model_validate_json(json.dumps(body))
    assert kind in {each["type"] for each in raised.value.errors()}
