"""A person who asks, what is held about them, and what their requests leave behind."""

import json
from collections.abc import Callable
from typing import Any

from tests.tables import client, rows

NUMBER, PHONE = "072090000000", "0912345678"
STORED_IN = ("entries", "tracing", "messages", "webhooks", "stays", "drafts")
"""Tables that hold something of a person."""

Run = Callable[..., int]


def everything(*tables: str) -> str:
    """All that stands in the tables."""
    return "\n".join(json.dumps(item, ensure_ascii=False) for table in tables or STORED_IN for item in rows(table))


def audit_lines() -> list[dict[str, Any]]:
    events = client("logs").filter_log_events(logGroupName="audit")["events"]
    return [json.loads(each["message"]) for each in events]
