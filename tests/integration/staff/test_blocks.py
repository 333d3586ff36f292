"""Tokens of staff who left, or whose phone is lost, are refused."""

import time
from datetime import UTC, datetime
from io import StringIO

import pytest
from chalice.test import HTTPResponse

from chalicelib import settings
from chalicelib.http.auth import _is_newer
from chalicelib.http.routes import operations
from chalicelib.models.staff.roles import Principal
from chalicelib.models.staff.staff import StaffRecord
from chalicelib.storage.staff.postings import Postings
from chalicelib.wiring import reference_table
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.logs import audited
from tests.integration.staff.posting import post, problem_of


def block(api: Api, subject: str, method: str = "PUT", *, role: str = "supervisor", by: str = "boss") -> HTTPResponse:
    return api(method, f"/v1/staff/{subject}/block", role=role, subject=by)


def look(api: Api, token: str, code: str = "0000-0000-0000-0000") -> HTTPResponse:
    return api("GET", f"/v1/checkpoint/passes/{code}", Authorization=f"Bearer {token}")


def test_a_blocked_member_reads_nothing_with_the_token_they_have_and_all_of_it_with_a_new_one(
    api: Api, submitted: Submit
) -> None:
    code = submitted()["passes"][0]["code"]
    now = int(time.time())
    old, new = (api.issuer.token("hotline", subject="operator", iat=now + later) for later in (-60, 20))
    assert look(api, old, code).json_body["person"]
    blocked = block(api, "operator")
    assert (blocked.status_code, blocked.json_body["blocked_by"]) == (200, "boss")
    refused = look(api, old, code)
    assert problem_of(refused) == (401, "staff_token_blocked")
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert look(api, new, code).json_body["person"]
    assert block(api, "operator", "DELETE").json_body == {"subject": "operator"}
    assert look(api, old, code).json_body["person"]


def test_a_blocked_token_is_refused_on_every_route_of_staff(api: Api) -> None:
    block(api, "operator")
    roles = sorted({role for each in operations() for role in each.roles})
    token = api.issuer.token(*roles, subject="operator", iat=int(time.time()) - 60)
    for each in (each for each in operations() if each.roles):
        path = each.path.replace("{", "").replace("}", "")
        refused = api(each.method, path, Authorization=f"Bearer {token}")
        assert problem_of(refused) == (401, "staff_token_blocked"), (each.method, each.path)


def test_a_token_counts_as_issued_before_the_block_unless_it_says_otherwise() -> None:
    moment = datetime(2021, 7, 22, tzinfo=UTC)
    at = int(moment.timestamp())
    newer = [_is_newer(Principal("x", frozenset(), issued_at=issued), moment) for issued in (None, at - 1, at, at + 1)]
    assert newer == [False, False, False, True]


def test_another_process_notices_a_block_within_a_minute(api: Api, clock: Clock) -> None:
    token = api.issuer.token("hotline", subject="operator", iat=int(time.time()) - 60)
    assert look(api, token).status_code == 200
    elsewhere = Postings(reference_table(), clock=clock)
    elsewhere.change("operator", lambda _: StaffRecord(subject="operator", blocked_since=clock(), blocked_by="boss"))
    clock.advance(seconds=59)
    assert look(api, token).status_code == 200
    clock.advance(seconds=1)
    assert problem_of(look(api, token)) == (401, "staff_token_blocked")


def test_nobody_blocks_or_unblocks_themselves(api: Api) -> None:
    for method in ("PUT", "DELETE"):
        assert problem_of(block(api, "boss", method)) == (403, "staff_block_of_oneself")
        for role in ("checkpoint", "health", "hotline"):
            assert problem_of(block(api, "operator", method, role=role)) == (403, "staff_role_missing")
    assert block(api, "operator", role="administrator").status_code == 200


def test_a_block_and_a_posting_leave_each_other_alone(api: Api, clock: Clock) -> None:
    post(api, "operator", "an-hoa", name="Lê Văn Gác")
    blocked = block(api, "operator").json_body
    assert (blocked["checkpoint"], blocked["name"]) == ("an-hoa", "Lê Văn Gác")
    assert post(api, "operator", None).json_body["blocked_since"] == blocked["blocked_since"]
    listed = api("GET", "/v1/staff", role="supervisor", subject="boss").json_body["staff"]
    assert [each["blocked_by"] for each in listed if each["subject"] == "operator"] == ["boss"]
    clock.advance(minutes=1)
    assert block(api, "operator").json_body["blocked_since"] > blocked["blocked_since"]
    assert block(api, "operator", "DELETE").json_body["name"] == "Lê Văn Gác"


def test_someone_who_was_never_posted_is_blocked_and_listed(api: Api) -> None:
    assert problem_of(block(api, "operator", "DELETE")) == (404, "staff_unknown")
    assert block(api, "operator").json_body.keys() == {"subject", "blocked_since", "blocked_by"}
    listed = api("GET", "/v1/staff", role="supervisor", subject="boss").json_body["staff"]
    assert "operator" in [each["subject"] for each in listed]
    assert post(api, "operator", "an-hoa").status_code == 200


def test_blocks_leave_audit_lines(api: Api, logged: StringIO) -> None:
    block(api, "operator")
    block(api, "operator", "DELETE")
    assert [(each["staff"], each["action"], each["why"]) for each in audited(logged)] == [
        ("boss", "block staff", "operator"),
        ("boss", "unblock staff", "operator"),
    ]


def test_the_audit_line_of_a_block_by_a_slip_of_before_does_not_repeat_the_slip(
    api: Api, logged: StringIO, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slip = StaffRecord(subject="0912345678", blocked_since=clock(), blocked_by="boss")
    Postings(reference_table(), clock=clock).change("0912345678", lambda _: slip)
    monkeypatch.delenv("STAFF_SUBJECT_PATTERN")
    settings.settings.cache_clear()
    assert block(api, "0912345678", "DELETE").status_code == 200
    (line,) = audited(logged)
    assert (line["action"], line["staff"]) == ("unblock staff", "boss")
    assert "0912345678" not in logged.getvalue()


@pytest.mark.parametrize("subject", ["", "x" * 256, "g\u00e1c", "\ud800", "a\nb"])
def test_a_token_whose_subject_is_none_is_refused(api: Api, subject: str) -> None:
    refused = look(api, api.issuer.token("hotline", subject=subject))
    assert problem_of(refused) == (401, "staff_token_refused")
