"""Invented permits."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import PERMIT, Code
from chalicelib.models.permits.conditions import PermitConditions
from chalicelib.models.permits.forms import PermitForm, PermitOutcome
from chalicelib.models.permits.permits import Permit, PermitDecision, PermitRecord, PermitRevocation

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2021, 7, 22, 7, 0, tzinfo=UTC)
"""14:00 of a Thursday in Tây Ninh."""
CODE = Code.of(1, PERMIT)


def conditions(now: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """Conditions that last from today for thirty days, as an app sends them."""
    today = now.astimezone(ZONE).date()
    return {"from": f"{today}", "until": f"{today + timedelta(days=29)}", **changes}


def permit_form(number: int = 0, now: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """A request for an invented driver; each number is another one."""
    return {
        "person": {
            "full_name": "Trần Văn Mẫu",
            "birth_year": 1990,
            "identity": {"kind": "cccd", "number": f"0720900{number:05d}"},
            "phone": f"0912{345678 + number:06d}",
        },
        "plate": f"70C-{number + 10000:05d}",
        "employer": "Công ty Vận tải Ví Dụ",
        "purpose": "Chở rau mỗi ngày",
        "commune": "25480",
        "conditions": conditions(now),
        **deepcopy(changes),
    }


def asked(
    now: datetime = NOW, number: int = 0, code: Code = CODE, partner: str | None = None, **changes: Any
) -> Permit:
    form = PermitForm.model_validate(permit_form(number, now, **changes), strict=False)
    return Permit(
        code=str(code),
        form=form,
        hashed=f"person-{number}",
        plate_hashed=f"plate-{number}" if form.plate else None,
        asked_at=now,
        partner=partner,
    )


def decided(now: datetime = NOW, outcome: PermitOutcome = PermitOutcome.GRANT, **changes: Any) -> PermitDecision:
    granted = None
    if outcome is PermitOutcome.GRANT:
        granted = PermitConditions.model_validate(conditions(now, **changes), strict=False)
    return PermitDecision(
        outcome=outcome,
        conditions=granted,
        reason=None if granted else "không đủ giấy tờ",
        token="TNP1:X" if granted else None,
        recorded_at=now,
        recorded_by="health-1",
    )


def granted(now: datetime = NOW, **changes: Any) -> PermitRecord:
    """A permit that is in force."""
    return PermitRecord(asked(now), decided(now, **changes))


def revoked(now: datetime = NOW) -> PermitRevocation:
    return PermitRevocation(reason="nghỉ việc", recorded_at=now, recorded_by="health-1")
