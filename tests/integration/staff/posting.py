"""Requests about staff and checkpoints."""

from typing import Any

from chalice.test import HTTPResponse

from chalicelib.models.staff.staff import Posting, StaffRecord
from tests.integration.conftest import Api, Clock

CROSSING = {"checkpoint": "an-hoa", "temperature": 36.6, "decision": "admit"}


def post(api: Api, subject: str, checkpoint: str | None, **sent: Any) -> HTTPResponse:
    body = {"checkpoint": checkpoint, **sent}
    return api("PUT", f"/v1/staff/{subject}/posting", body, role="supervisor", subject="staff-9")


def crosses(api: Api, subject: str, code: str, *, role: str = "checkpoint", **changes: Any) -> HTTPResponse:
    return api("POST", "/v1/checkpoint/crossings", {**CROSSING, "code": code, **changes}, role=role, subject=subject)


def checkpoint(api: Api, name: str) -> dict[str, Any]:
    """What a form to change it begins with."""
    (found,) = [each for each in api("GET", "/v1/checkpoints").json_body["checkpoints"] if each["id"] == name]
    return {field: value for field, value in found.items() if field != "id"}


def change(
    api: Api, which: str, *, role: str = "administrator", subject: str = "staff-1", **changes: Any
) -> HTTPResponse:
    base = checkpoint(api, "an-hoa" if which == "cho-moi" else which)
    return api("PUT", f"/v1/checkpoints/{which}", {**base, **changes}, role=role, subject=subject)


def problem_of(answer: HTTPResponse) -> tuple[int, str]:
    return answer.status_code, answer.json_body["code"]


def posted(where: str | None, subject: str, clock: Clock, *before: Posting) -> StaffRecord:
    return StaffRecord(
        subject=subject, postings=[Posting(checkpoint=where, since=clock(), posted_by="supervisor"), *before]
    )
