"""Supervisors and administrators post staff."""

from io import StringIO
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib import settings
from chalicelib.storage.staff.postings import Postings
from chalicelib.wiring import reference_table
from chalicelib.wiring import staff as wiring
from tests.integration.conftest import GUARDS, Api, Clock, Submit
from tests.integration.logs import audited
from tests.integration.refused import fields_refused
from tests.integration.staff.posting import checkpoint, crosses, post, posted, problem_of
from tests.tables import client


def test_only_supervisors_and_administrators_post_to_checkpoints_and_see_postings(api: Api) -> None:
    requests: list[tuple[str, str, Any]] = [
        ("GET", "/v1/staff", None),
        ("PUT", "/v1/staff/staff-1/posting", {"checkpoint": "an-tinh"}),
        ("PUT", "/v1/checkpoints/an-hoa", checkpoint(api, "an-hoa")),
    ]
    for method, path, body in requests:
        assert problem_of(api(method, path, body)) == (401, "staff_token_missing")
        for role in ("checkpoint", "commune", "hotline"):
            assert problem_of(api(method, path, body, role=role)) == (403, "staff_role_missing")
        for role in ("supervisor", "administrator"):
            assert api(method, path, body, role=role, subject="staff-1").status_code == 200
            post(api, "staff-1", "an-hoa")


def test_members_of_staff_ask_who_they_are(api: Api) -> None:
    post(api, "staff-1", "an-hoa")
    own = api("GET", "/v1/staff/me", role="checkpoint", subject="staff-1")
    name = "name of staff-1"
    assert own.json_body == {"subject": "staff-1", "name": name, "roles": ["checkpoint"], "checkpoint": "an-hoa"}
    to_commune(api, "newcomer", name="Võ Thị Trạm")
    own = api("GET", "/v1/staff/me", role="commune", subject="newcomer")
    assert own.json_body == {"subject": "newcomer", "name": "Võ Thị Trạm", "roles": ["commune"], "commune": "25480"}
    own = api("GET", "/v1/staff/me", role="committee", subject="nobody-posted")
    assert own.json_body == {"subject": "nobody-posted", "roles": ["committee"]}
    assert problem_of(api("GET", "/v1/staff/me")) == (401, "staff_token_missing")


def to_commune(
    api: Api, subject: str, role: str = "health", commune: str | None = "25480", **body: Any
) -> HTTPResponse:
    sent = {"commune": commune, **body}
    return api("PUT", f"/v1/staff/{subject}/posting", sent, role=role, subject="health-1")


def test_health_officers_post_to_communes_and_see_those_who_act_for_one(api: Api, clock: Clock) -> None:
    posted_there = to_commune(api, "newcomer", name="Võ Thị Trạm")
    assert posted_there.json_body == {
        "subject": "newcomer",
        "name": "Võ Thị Trạm",
        "commune": "25480",
        "since": clock().isoformat(),
        "posted_by": "health-1",
    }
    assert to_commune(api, "newcomer").json_body == posted_there.json_body
    assert [each["subject"] for each in api("GET", "/v1/staff", role="health").json_body["staff"]] == ["newcomer"]
    whole = api("GET", "/v1/staff", role="supervisor").json_body["staff"]
    assert {"newcomer", *GUARDS} == {each["subject"] for each in whole}
    assert to_commune(api, "newcomer", commune=None).status_code == 200
    assert to_commune(api, "another", "administrator").status_code == 200
    assert api("DELETE", "/v1/staff/newcomer/posting", role="health").status_code == 200


def test_nobody_is_posted_to_or_away_from_what_is_another_s_to_post(api: Api) -> None:
    refused = (403, "staff_posting_refused")
    assert problem_of(to_commune(api, "newcomer", "supervisor")) == refused
    assert problem_of(api("PUT", "/v1/staff/x/posting", {"checkpoint": "an-hoa"}, role="health")) == refused
    # A guard at a gate is a supervisor's to move, and a commune's officer a health officer's.
    assert problem_of(to_commune(api, "staff-2")) == refused
    assert problem_of(api("DELETE", "/v1/staff/staff-2/posting", role="health")) == refused
    assert to_commune(api, "newcomer").status_code == 200
    assert problem_of(post(api, "newcomer", "an-hoa")) == refused
    assert problem_of(post(api, "newcomer", None)) == refused
    assert to_commune(api, "staff-2", "administrator").json_body["commune"] == "25480"


def test_someone_acts_for_one_place_at_a_time(api: Api, clock: Clock, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    assert to_commune(api, "staff-2", "administrator").status_code == 200
    clock.advance(minutes=2)
    assert problem_of(crosses(api, "staff-2", code)) == (403, "staff_not_posted")
    both = api("PUT", "/v1/staff/x/posting", {"checkpoint": "an-hoa", "commune": "25480"}, role="administrator")
    assert fields_refused(both) == [("/commune", "posting_ambiguous")]
    neither = api("PUT", "/v1/staff/x/posting", {}, role="administrator")
    assert fields_refused(neither) == [("/checkpoint", "field_missing")]
    beyond = to_commune(api, "x", commune="00001")
    assert fields_refused(beyond) == [("/commune", "commune_not_of_the_province")]


def test_staff_are_listed_by_name_with_where_they_are(api: Api, clock: Clock) -> None:
    post(api, "staff-2", "an-tinh", name="An Gác")
    post(api, "staff-3", None)
    staff = api("GET", "/v1/staff", role="administrator").json_body["staff"]
    assert [each["subject"] for each in staff] == ["staff-2", *(each for each in GUARDS if each != "staff-2")]
    now = {"since": clock().isoformat(), "posted_by": "staff-9"}
    assert staff[0] == {"subject": "staff-2", "name": "An Gác", "checkpoint": "an-tinh", **now}
    assert staff[2] == {"subject": "staff-3", "name": "name of staff-3", **now}


def test_a_long_list_of_staff_is_read_page_by_page(api: Api) -> None:
    whole = api("GET", "/v1/staff", role="administrator").json_body
    assert (whole["complete"], "cursor" in whole) == (True, False)
    found, cursor = [], ""
    for complete in (False, False, True):
        page = api("GET", f"/v1/staff?limit=4{cursor}", role="administrator").json_body
        assert page["complete"] is complete
        found += page["staff"]
        cursor = f"&cursor={page.get('cursor')}"
    assert found == whole["staff"]


@pytest.mark.parametrize("path", ["/v1/staff", "/v1/trust-list", "/v1/policy/versions", "/v1/checkpoint/conflicts"])
def test_all_lists_of_staff_have_the_same_pages(api: Api, path: str) -> None:
    def get(query: str) -> HTTPResponse:
        return api("GET", f"{path}?{query}", role="supervisor", subject="staff-1")

    assert get("limit=200").json_body["complete"] is True
    assert fields_refused(get("limit=0")) == [("/limit", "number_too_low")]
    assert fields_refused(get("limit=201")) == [("/limit", "number_too_high")]
    assert fields_refused(get("cursor=nothing")) == [("/cursor", "cursor_unknown")]


def test_the_same_posting_again_is_the_same_answer(api: Api, clock: Clock) -> None:
    first = post(api, "newcomer", "an-hoa", name="Lê Văn Gác")
    clock.advance(hours=1)
    again = post(api, "newcomer", "an-hoa", name="Lê Văn Gác")
    assert (again.status_code, again.json_body) == (200, first.json_body)


def test_supervisors_post_themselves(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    own = api("PUT", "/v1/staff/boss/posting", {"checkpoint": "an-hoa"}, role="supervisor", subject="boss")
    assert own.json_body["posted_by"] == "boss"
    assert crosses(api, "boss", code, role="supervisor").status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"checkpoint": "nowhere"}, "unknown_checkpoint"),
        ({}, "field_missing"),
        ({"checkpoint": "an-hoa", "until": "tomorrow"}, "unknown_field"),
        ({"checkpoint": 7}, "wrong_type"),
        ({"checkpoint": "an-hoa", "name": "x" * 201}, "text_too_long"),
    ],
)
def test_a_posting_that_cannot_be_is_refused(api: Api, body: dict[str, Any], code: str) -> None:
    answer = api("PUT", "/v1/staff/newcomer/posting", body, role="supervisor")
    assert [each for _, each in fields_refused(answer)] == [code]
    assert problem_of(api("PUT", "/v1/staff/g%C3%A1c/posting", {"checkpoint": "an-hoa"}, role="supervisor")) == (
        400,
        "staff_subject_malformed",
    )


def test_audit_lines_of_postings_name_subjects_and_no_names(api: Api, logged: StringIO) -> None:
    post(api, "newcomer", "an-tinh", name="Lê Văn Gác")
    post(api, "newcomer", None)
    post(api, "newcomer", "nowhere")
    lines = audited(logged)
    assert [(each["staff"], each["action"], each["why"]) for each in lines] == [
        ("staff-9", "post staff", "newcomer to checkpoint an-tinh"),
        ("staff-9", "post staff", "newcomer to nothing"),
    ]
    assert "Gác" not in logged.getvalue()
    assert "G\\u00e1c" not in logged.getvalue()


@pytest.mark.parametrize(
    "subject", ["0912345678", "%2B84912345678", "guard-1", "le.van.gac%40example.org", "%00", "072090000123", "x"]
)
def test_a_phone_number_or_a_name_by_slip_is_not_stored_as_a_member_of_staff(
    api: Api, monkeypatch: pytest.MonkeyPatch, logged: StringIO, subject: str
) -> None:
    monkeypatch.delenv("STAFF_SUBJECT_PATTERN")
    settings.settings.cache_clear()
    before = reference_rows()
    assert problem_of(post(api, subject, "an-hoa")) == (400, "staff_subject_malformed")
    blocked = api("PUT", f"/v1/staff/{subject}/block", role="supervisor")
    assert problem_of(blocked) == (400, "staff_subject_malformed")
    assert reference_rows() == before
    assert audited(logged) == []
    assert post(api, "00000000-0000-4000-8000-000000000001", "an-hoa").status_code == 200


def test_a_slip_of_before_can_be_removed_and_its_audit_line_does_not_repeat_it(
    api: Api, logged: StringIO, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    wiring.postings().change("0912345678", lambda _: posted("an-hoa", "0912345678", clock))
    monkeypatch.delenv("STAFF_SUBJECT_PATTERN")
    settings.settings.cache_clear()
    removed = api("DELETE", "/v1/staff/0912345678/posting", role="supervisor")
    assert (removed.status_code, removed.json_body) == (200, {"subject": "0912345678"})
    assert not [row for row in reference_rows() if row["row"]["S"] == "0912345678"]
    again = api("DELETE", "/v1/staff/0912345678/posting", role="supervisor")
    assert problem_of(again) == (404, "staff_unknown")
    (line,) = audited(logged)
    assert line["action"] == "remove posting"
    assert "0912345678" not in logged.getvalue()


def test_someone_who_was_removed_records_and_sees_nothing_any_more(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    assert api("DELETE", "/v1/staff/staff-1/posting", role="supervisor", subject="boss").status_code == 200
    assert problem_of(crosses(api, "staff-1", code)) == (403, "staff_not_posted")
    assert "health" not in api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body


def test_the_list_of_staff_leaves_an_audit_line(api: Api, logged: StringIO) -> None:
    api("GET", "/v1/staff", role="administrator", subject="admin-1")
    (line,) = audited(logged)
    assert (line["staff"], line["action"], line["codes"]) == ("admin-1", "list staff", [])


def test_a_known_posting_costs_no_call_for_a_minute(api: Api, clock: Clock) -> None:
    postings = wiring.postings()
    first = postings.of("staff-1", fresh=False)
    assert first is not None
    elsewhere = Postings(reference_table(), clock=clock)
    moved = elsewhere.change("staff-1", lambda _: posted("an-tinh", "staff-1", clock))
    clock.advance(seconds=59)
    assert postings.of("staff-1", fresh=False) == first
    clock.advance(seconds=1)
    assert postings.of("staff-1", fresh=False) == moved
    again = elsewhere.change("staff-1", lambda _: posted(None, "staff-1", clock))
    assert postings.of("staff-1", fresh=True) == postings.of("staff-1", fresh=False) == again
    assert postings.of("nobody", fresh=False) is None


def test_the_examples_of_the_document_can_be_sent(api: Api) -> None:
    paths = api("GET", "/v1/openapi.json").json_body["paths"]
    for path in ("/v1/staff/{subject}/posting", "/v1/checkpoints/{id}"):
        operation = paths[path]["put"]
        named = next(each["example"] for each in operation["parameters"] if each["in"] == "path")
        example = operation["requestBody"]["content"]["application/json"]["example"]
        answer = api("PUT", path.partition("{")[0] + named + path.partition("}")[2], example, role="administrator")
        assert answer.status_code == 200, answer.body


def test_changes_of_postings_and_checkpoints_rest_during_maintenance(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    base = checkpoint(api, "an-hoa")
    monkeypatch.setenv("MAINTENANCE", "true")
    from chalicelib import settings

    settings.settings.cache_clear()
    assert problem_of(post(api, "staff-1", "an-tinh")) == (503, "maintenance")
    assert problem_of(api("PUT", "/v1/checkpoints/an-hoa", base, role="administrator")) == (503, "maintenance")
    assert api("GET", "/v1/staff", role="supervisor").status_code == 200


def test_a_guard_does_not_record_under_a_name_of_their_own_choice(api: Api, submitted: Submit) -> None:
    codes = [each["code"] for each in submitted(companions=1)["passes"]]
    claims = dict.fromkeys(("preferred_username", "username", "cognito:username", "name"), "Giám sát Trần Văn B")
    token = api.issuer.token("checkpoint", subject="newcomer", **claims)

    def records(code: str) -> Any:
        body = {"code": code, "checkpoint": "an-hoa", "decision": "admit"}
        answer = api("POST", "/v1/checkpoint/crossings", body, Authorization=f"Bearer {token}")
        assert answer.status_code == 201, answer.body
        return answer.json_body

    post(api, "newcomer", "an-hoa")
    first = records(codes[0])
    assert (first["recorded_by"], "recorded_by_name" in first) == ("newcomer", False)
    post(api, "newcomer", "an-hoa", name="Lê Văn Gác")
    assert records(codes[1])["recorded_by_name"] == "Lê Văn Gác"


def test_nobody_writes_their_own_name(api: Api) -> None:
    named = {"checkpoint": "an-hoa", "name": "Lê Thị Giám"}
    own = api("PUT", "/v1/staff/boss/posting", named, role="supervisor", subject="boss")
    assert problem_of(own) == (403, "staff_name_of_oneself")
    assert post(api, "boss", None, name="Lê Thị Giám").status_code == 200
    again = api("PUT", "/v1/staff/boss/posting", named, role="supervisor", subject="boss")
    assert (again.status_code, again.json_body["name"]) == (200, "Lê Thị Giám")


def reference_rows() -> list[dict[str, Any]]:
    found = client("dynamodb").scan(TableName="reference")["Items"]
    return [row for row in found if row["partition"]["S"] == "STAFF"]
