"""What staff do at a gate leaves no person's data where it does not belong, and shows it to who needs it alone."""

import json
from io import StringIO

import pytest

from tests.integration.conftest import Api, Submit
from tests.tables import TABLES, client

ADMIT = {"checkpoint": "an-hoa", "decision": "admit"}
NUMBERS = ("912345678", "072090000000", "70E1", "123.45")
SAID = ("Thử", "THU", "bệnh nền", "sốt cao", "dương tính", "Gác")
KEYS = {"declaration", "row", "place", "moment", "code", "event", "partition"}


def in_a_log(text: str) -> str:
    """As JSON may write it."""
    return json.dumps(text)[1:-1]


def test_a_night_s_work_leaves_nobody_s_data_in_a_log_or_a_key(api: Api, submitted: Submit, logged: StringIO) -> None:
    code = submitted()["passes"][0]["code"]
    correction = {"code": code, "decision": "isolate", "reason": "sốt cao"}
    card = "072090000000||Nguyễn Văn Thử|17051990|Nam|Tổ 3|01072021"
    settlement = "/v1/checkpoint/conflicts/0912345678-072090000000/settlement"
    for method, path, body, role in (
        ("POST", "/v1/checkpoint/search", {"phone": "0912345678"}, "checkpoint"),
        ("POST", "/v1/checkpoint/search", {"identity": {"number": "072090000000"}}, "checkpoint"),
        ("GET", "/v1/checkpoint/search?phone=0912345678", None, "checkpoint"),
        ("GET", "/v1/checkpoint/search?plate=70E1-123.45", None, "checkpoint"),
        ("POST", "/v1/checkpoint/checks", {"qr": card}, "checkpoint"),
        ("POST", "/v1/checkpoint/crossings", {**ADMIT, "code": code, "reason": "bệnh nền"}, "checkpoint"),
        ("POST", "/v1/checkpoint/corrections", correction, "checkpoint"),
        ("POST", "/v1/checkpoint/revocations", {"code": code, "reason": "dương tính"}, "health"),
        ("POST", settlement, {"decision": "admit", "reason": "sốt cao"}, "supervisor"),
        ("PUT", "/v1/staff/staff-7/posting", {"checkpoint": "an-hoa", "name": "Lê Văn Gác"}, "administrator"),
    ):
        assert api(method, path, body, role=role).status_code < 500
    lines = logged.getvalue()
    assert lines.count('"audit"') >= 8
    for private in (*NUMBERS, *SAID):
        assert private not in lines
        assert in_a_log(private) not in lines
    for table in TABLES:
        for item in client("dynamodb").scan(TableName=table.lower())["Items"]:
            keys = json.dumps({name: value for name, value in item.items() if name in KEYS})
            assert not any(number in keys for number in NUMBERS)


@pytest.mark.parametrize(
    ("method", "path", "sought"),
    [
        ("GET", "/v1/checkpoint/passes/{code}", None),
        ("GET", "/v1/checkpoint/manifest?code={code}", None),
        ("POST", "/v1/checkpoint/search", {"plate": "70E1-123.45"}),
        ("POST", "/v1/checkpoint/checks", {"qr": "{code}"}),
    ],
)
def test_no_lookup_reveals_health_to_the_hotline(
    api: Api, submitted: Submit, method: str, path: str, sought: dict[str, str] | None
) -> None:
    code = submitted()["passes"][0]["code"]
    api("POST", "/v1/checkpoint/crossings", {**ADMIT, "code": code}, role="checkpoint")
    api("POST", "/v1/checkpoint/corrections", {"code": code, "decision": "isolate", "reason": "sốt"}, role="checkpoint")
    body = {name: value.format(code=code) for name, value in sought.items()} if sought else None
    answers = {role: api(method, path.format(code=code), body, role=role) for role in ("hotline", "health")}
    assert answers["health"].status_code == answers["hotline"].status_code == 200
    seen = answers["hotline"].json_body
    for one in [seen, *seen.get("passes", [])]:
        assert not one.keys() & {"health", "findings", "finding_level", "instructions", "papers_required", "crossing"}
        assert not one.keys() & {"corrections", "open_conflicts"}
    refused = api(method, path.format(code=code), body, role="administrator")
    assert (refused.status_code, refused.json_body["code"]) == (403, "staff_role_missing")


def test_answers_to_staff_are_kept_by_no_shared_cache(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    for path in (
        f"/v1/checkpoint/passes/{code}",
        f"/v1/checkpoint/manifest?code={code}",
        "/v1/checkpoint/search?plate=70E1-123.45",
        "/v1/checkpoint/sync",
    ):
        assert api("GET", path, role="checkpoint").headers["Cache-Control"] in ("no-store", "private, no-cache")
