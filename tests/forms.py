"""Invented people and trips, as the JSON that an app would send."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2021, 7, 22, 7, 0, tzinfo=UTC)
"""14:00 in Tây Ninh."""

HEALTHY: dict[str, Any] = {
    "symptoms": [],
    "contact_with_patient": False,
    "contact_with_ill_person": False,
    "contact_with_affected_area": False,
}


def person(number: int = 0, **changes: Any) -> dict[str, Any]:
    """An invented person; each number is another one."""
    return {
        "full_name": "Nguyễn Văn Thử" if number == 0 else "Trần Thị Mẫu",
        "birth_year": 1990,
        "gender": "male" if number == 0 else "female",
        "nationality": "VN",
        "identity": {"kind": "cccd", "number": f"0720900{number:05d}"},
        "phone": f"0912{345678 + number:06d}",
        "health": deepcopy(HEALTHY),
        **changes,
    }


def for_a_day(now: datetime) -> dict[str, Any]:
    """The members of a trip for the day of `now` in Vietnam alone. Half an hour later it may be tomorrow."""
    return {"expected_arrival": now.isoformat(), "stay_until": f"{now.astimezone(UTC) + timedelta(hours=7):%Y-%m-%d}"}


def form(now: datetime = NOW, companions: int = 0, **trip: Any) -> dict[str, Any]:
    """A form that is accepted at `now`."""
    return {
        "traveller": person(),
        "companions": [person(number + 1) for number in range(companions)],
        "trip": {
            "origin": {"unit": {"list_version": "2021", "code": "79"}},
            "destination": {"unit": {"list_version": "2021", "code": "25480"}, "address": "Tổ 3"},
            "transport": {"kind": "motorbike", "plate": "70E1-123.45"},
            "purpose": "return_home",
            "expected_arrival": (now + timedelta(minutes=30)).isoformat(),
            "checkpoint": "an-hoa",
            **trip,
        },
        "consent": {"accepted": True, "messages": True, "text_version": "2026-12"},
    }
