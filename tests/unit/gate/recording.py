"""Recording at a gate, as the tests of it do."""

import json
from datetime import timedelta
from typing import Any

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.corrections import CorrectionForm
from chalicelib.models.errors import InvalidInput
from chalicelib.models.gate.batches import BatchForm
from chalicelib.models.gate.vehicles import GroupForm
from chalicelib.models.lines import UnreadableLine
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.services.gate.batches import Received, record_batch
from chalicelib.services.gate.corrections import correct
from chalicelib.services.gate.crossings import record_group
from chalicelib.services.gate.lines import Line
from tests.unit.world import GUARD, World

SUPERVISOR = Principal("supervisor", frozenset({Role.SUPERVISOR}))
FEVER = {"temperature": 38.9, "decision": "isolate", "reason": "sốt"}
NONSENSE = {"temperature": 99, "decision": "perhaps"}


def everyone(declared: Any) -> list[Code]:
    return [Code(declared.code.declaration, number) for number in range(len(declared.declaration.passes))]


def group(world: World, codes: list[Code], staff: Principal = GUARD, **changes: Any) -> list[Line]:
    body = {"codes": [each.shown for each in codes], "checkpoint": "an-hoa", "decision": "admit", **changes}
    return record_group(GroupForm.model_validate_json(json.dumps(body)), desk=world.desk(staff))


def offline(
    world: World, *lines: dict[str, Any], staff: Principal = GUARD, ahead: timedelta = timedelta(), device: str = "d1"
) -> Received:
    """Each line is a crossing recorded just now, with changes; an id of its own if it has none."""
    device_now = world.clock() + ahead
    crossings = [
        {
            "id": f"{number}",
            "checkpoint": "an-hoa",
            "decision": "admit",
            "recorded_at": device_now.isoformat(),
            **line,
        }
        for number, line in enumerate(lines)
    ]
    body = {"device": device, "sent_at": device_now.isoformat(), "crossings": crossings}
    batch = BatchForm.model_validate_json(json.dumps(body))
    read = [InvalidInput([]) if isinstance(line, UnreadableLine) else line for line in batch.crossings]
    return record_batch(batch, read, desk=world.desk(staff))


def outcomes(lines: list[Line]) -> list[str]:
    return [line.outcome.value for line in lines]


def corrected(world: World, code: Code, decision: str, staff: Principal = GUARD, reason: str = "nhầm") -> Any:
    body = {"code": str(code), "decision": decision, "reason": reason}
    return correct(CorrectionForm.model_validate_json(json.dumps(body)), desk=world.desk(staff)).held
