"""What staff and their devices send about crossings."""

from typing import Any

from tests.integration.conftest import Clock
from tests.tables import client

ADMIT = {"checkpoint": "an-hoa", "decision": "admit"}
CROSSING = {"checkpoint": "an-hoa", "temperature": 36.6, "documents_seen": ["identity_document"], "decision": "admit"}
ILL = {
    "symptoms": ["fever"],
    "contact_with_patient": False,
    "contact_with_ill_person": False,
    "contact_with_affected_area": False,
}


def rows(kind: str = "") -> list[str]:
    found = client("dynamodb").scan(TableName="entries", ConsistentRead=True)["Items"]
    own = [row["row"]["S"] for row in found if row["declaration"]["S"] not in ("CHANGES", "CONFLICTS")]
    return sorted(row for row in own if row.startswith(kind))


def batch(clock: Clock, *crossings: dict[str, Any], **changes: Any) -> dict[str, Any]:
    lines = [
        {"id": f"{number}", **ADMIT, "recorded_at": clock().isoformat(), **each}
        for number, each in enumerate(crossings)
    ]
    return {"device": "an-hoa-tablet-2", "sent_at": clock().isoformat(), "crossings": lines, **changes}
