"""Requests to revoke a pass, and to learn what was revoked."""

from typing import Any

from tests.integration.conftest import Api

REVOCATIONS, SYNC = "/v1/checkpoint/revocations", "/v1/checkpoint/sync"
REASON = "Dương tính, khai thay"


def revoke(api: Api, code: str, reason: str = REASON, role: str = "supervisor", subject: str = "boss") -> Any:
    return api("POST", REVOCATIONS, {"code": code, "reason": reason}, role=role, subject=subject)


def sync(api: Api, since: str = "", **headers: str) -> Any:
    return api("GET", f"{SYNC}?since={since}" if since else SYNC, role="checkpoint", **headers)
