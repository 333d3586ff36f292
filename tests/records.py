"""A declaration, and what staff record about its passes."""

import json
from datetime import datetime, timedelta

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict, ConflictKind, Settlement
from chalicelib.models.entry.corrections import Correction
from chalicelib.models.entry.crossings import Crossing, Decision, Offline
from chalicelib.models.entry.declarations import Declaration, DeclarationForm
from chalicelib.models.entry.departures import Departure, Entered
from chalicelib.models.entry.passes import Pass
from chalicelib.models.entry.revocations import Revocation
from tests.forms import NOW, form


def declaration(companions: int = 0, at: datetime = NOW) -> Declaration:
    """A declaration whose passes are good for an hour."""
    return Declaration(
        form=DeclarationForm.model_validate_json(json.dumps(form(at, companions))),
        issued_at=at,
        expires_at=at + timedelta(hours=1),
        passes=[
            Pass(token=f"TNP1:{number}", findings=["declared"], instructions=["wait"])
            for number in range(companions + 1)
        ],
        policy_version="2021-07-01.1",
    )


def crossing(code: Code, decision: Decision = Decision.ADMIT, *, by: str = "guard", at: datetime = NOW) -> Crossing:
    return Crossing(
        code=str(code),
        checkpoint="an-hoa",
        temperature=36.6,
        decision=decision,
        reason=None if decision is Decision.ADMIT else "x",
        recorded_at=at,
        recorded_by=by,
    )


def departure(code: Code, *, by: str = "guard", at: datetime = NOW, returned: bool = False) -> Departure:
    return Departure(
        code=str(code),
        checkpoint="an-hoa",
        entered=Entered.ADMITTED,
        identity_returned=returned,
        recorded_at=at,
        recorded_by=by,
    )


def conflict(code: Code, *, by: str = "offline", at: datetime = NOW) -> Conflict:
    """A crossing that a device kept, and that came in at a time."""
    kept = Offline(device="tablet", id=by, said_at=at, received_at=at)
    crossed = crossing(code, by=by).model_copy(update={"offline": kept})
    return Conflict(id=f"{code}-{by}", kind=ConflictKind.DECIDED_OTHERWISE, crossing=crossed)


def settlement(settled: Conflict, *, by: str = "supervisor") -> Settlement:
    return Settlement(conflict=settled.id, decision=Decision.REFUSE, reason="x", recorded_at=NOW, recorded_by=by)


def correction(reason: str = "x", decision: Decision = Decision.ISOLATE, *, at: datetime = NOW) -> Correction:
    return Correction(decision=decision, reason=reason, recorded_at=at, recorded_by="guard")


def revocation(reason: str = "x", *, at: datetime = NOW) -> Revocation:
    return Revocation(reason=reason, recorded_at=at, recorded_by="supervisor")
