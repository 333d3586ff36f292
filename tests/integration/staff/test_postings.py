"""Supervisors and administrators post staff, and open and close checkpoints; staff act for where they are posted."""

import json
from collections.abc import Iterator
from io import StringIO
from threading import Barrier, Thread
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.staff.staff import Posting, StaffRecord
from chalicelib.storage import reference_rows as storage
from chalicelib.storage.policy.policies import InForceSource
from chalicelib.storage.reference_rows import _ATTEMPTS, ReferenceRow
from chalicelib.storage.staff.postings import Postings
from chalicelib.storage.tables import put_if
from chalicelib.wiring import staff as wiring
from tests.forms import form
from tests.integration.conftest import GUARDS, Api, Clock, Submit
from tests.tables import client

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


def told(answer: HTTPResponse) -> tuple[int, str]:
    return answer.status_code, answer.json_body["code"]


def audited(logged: StringIO) -> Iterator[dict[str, Any]]:
    for line in map(json.loads, logged.getvalue().strip("\0").splitlines()):
        if line["message"] == "audit":
            yield line


# Postings


@pytest.mark.parametrize("role", ["checkpoint", "supervisor"])
def test_whoever_is_not_posted_there_records_nothing_and_is_told_why(api: Api, submitted: Submit, role: str) -> None:
    code = submitted()["passes"][0]["code"]
    refused = crosses(api, "newcomer", code, role=role)
    assert told(refused) == (403, "staff_not_posted")
    assert "newcomer" in refused.json_body["detail"]
    assert post(api, "newcomer", "an-tinh").status_code == 200
    refused = crosses(api, "newcomer", code, role=role)
    assert told(refused) == (403, "staff_posted_elsewhere")
    assert "an-tinh" in refused.json_body["detail"]
    assert api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body["verdict"] == "valid"
    assert post(api, "newcomer", "an-hoa").status_code == 200
    assert crosses(api, "newcomer", code, role=role).status_code == 201


def test_to_declare_for_someone_needs_no_posting(api: Api, clock: Clock) -> None:
    answer = api("POST", "/v1/checkpoint/declarations", form(clock()), role="hotline", subject="newcomer")
    assert answer.status_code == 201, answer.body


def test_only_supervisors_and_administrators_post_staff_and_see_who_is_posted(api: Api) -> None:
    requests: list[tuple[str, str, Any]] = [
        ("GET", "/v1/staff", None),
        ("PUT", "/v1/staff/staff-1/posting", {"checkpoint": "an-tinh"}),
        ("PUT", "/v1/checkpoints/an-hoa", checkpoint(api, "an-hoa")),
    ]
    for method, path, body in requests:
        assert told(api(method, path, body)) == (401, "staff_token_missing")
        for role in ("checkpoint", "health", "hotline"):
            assert told(api(method, path, body, role=role)) == (403, "staff_role_missing")
        for role in ("supervisor", "administrator"):
            assert api(method, path, body, role=role, subject="staff-1").status_code == 200
            post(api, "staff-1", "an-hoa")


def test_staff_are_listed_by_name_with_where_they_are(api: Api, clock: Clock) -> None:
    post(api, "staff-2", "an-tinh", name="An Gác")
    post(api, "staff-3", None)
    staff = api("GET", "/v1/staff", role="administrator").json_body["staff"]
    assert [each["subject"] for each in staff] == ["staff-2", *(each for each in GUARDS if each != "staff-2")]
    now = {"since": clock().isoformat().replace("+00:00", "Z"), "posted_by": "staff-9"}
    assert staff[0] == {"subject": "staff-2", "name": "An Gác", "checkpoint": "an-tinh", **now}
    assert staff[2] == {"subject": "staff-3", "name": "name of staff-3", **now}


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
    assert told(answer) == (422, code)
    assert told(api("PUT", "/v1/staff/g%C3%A1c/posting", {"checkpoint": "an-hoa"}, role="supervisor")) == (
        400,
        "staff_subject_malformed",
    )


def test_who_posted_whom_where_is_audited_by_subjects_alone(api: Api, logged: StringIO) -> None:
    post(api, "newcomer", "an-tinh", name="Lê Văn Gác")
    post(api, "newcomer", None)
    post(api, "newcomer", "nowhere")
    lines = list(audited(logged))
    assert [(each["staff"], each["action"], each["why"]) for each in lines] == [
        ("staff-9", "post staff", "newcomer to an-tinh"),
        ("staff-9", "post staff", "newcomer to no checkpoint"),
    ]
    assert "Gác" not in logged.getvalue()
    assert "G\\u00e1c" not in logged.getvalue()


def test_a_known_posting_costs_no_call_for_a_minute(api: Api, clock: Clock) -> None:
    postings = wiring.postings()
    first = postings.of("staff-1", fresh=False)
    assert first is not None
    elsewhere = Postings(clock=clock)
    moved = elsewhere.change("staff-1", lambda _: posted("an-tinh", "staff-1", clock))
    clock.advance(seconds=59)
    assert postings.of("staff-1", fresh=False) == first
    clock.advance(seconds=1)
    assert postings.of("staff-1", fresh=False) == moved
    again = elsewhere.change("staff-1", lambda _: posted(None, "staff-1", clock))
    assert postings.of("staff-1", fresh=True) == postings.of("staff-1", fresh=False) == again
    assert postings.of("nobody", fresh=False) is None


def posted(where: str | None, subject: str, clock: Clock, *before: Posting) -> StaffRecord:
    return StaffRecord(
        subject=subject, postings=[Posting(checkpoint=where, since=clock(), posted_by="supervisor"), *before]
    )


def test_whoever_was_posted_here_a_moment_ago_by_another_process_is_let_work_at_once(
    api: Api, submitted: Submit, clock: Clock
) -> None:
    code = submitted()["passes"][0]["code"]
    assert told(crosses(api, "newcomer", code)) == (403, "staff_not_posted")
    Postings(clock=clock).change("newcomer", lambda _: posted("an-hoa", "newcomer", clock))
    assert crosses(api, "newcomer", code).status_code == 201


def test_two_changes_at_once_are_both_kept(aws: dict[str, str], clock: Clock) -> None:
    postings = wiring.postings()
    together = Barrier(2, timeout=10)

    def change(subject: str, where: str) -> None:
        tries = []

        def make(standing: StaffRecord | None) -> StaffRecord:
            tries.append(standing)
            if len(tries) == 1:
                together.wait()  # both have read before either writes
            return posted(where, subject, clock, *(standing.postings if standing else []))

        Postings(clock=clock).change(subject, make)

    for subject, stood in (("staff-1", ["an-hoa"]), ("newcomer", [])):
        both = [Thread(target=change, args=(subject, where)) for where in ("an-tinh", "thai-my")]
        for each in both:
            each.start()
        for each in both:
            each.join()
        record = postings.of(subject, fresh=True)
        assert record is not None
        kept = [each.checkpoint for each in record.postings]
        assert sorted(str(each) for each in kept[:2]) == ["an-tinh", "thai-my"]
        assert kept[2:] == stood


def test_a_change_that_others_outrun_forever_asks_to_be_sent_again(aws: dict[str, str], clock: Clock) -> None:
    postings, rival = wiring.postings(), Postings(clock=clock)
    tries = []

    def outrun(_: StaffRecord | None) -> StaffRecord:
        tries.append(clock())
        clock.advance(seconds=1)
        rival.change("staff-1", lambda _: posted("thai-my", "staff-1", clock))
        return posted("an-tinh", "staff-1", clock)

    with pytest.raises(ServiceUnavailable):
        postings.change("staff-1", outrun)
    assert len(tries) == _ATTEMPTS


def test_what_is_as_it_was_is_not_written(aws: dict[str, str]) -> None:
    postings = wiring.postings()
    standing = postings.of("staff-1", fresh=True)
    assert standing is not None
    # As an older version might have written it: it reads the same.
    body = json.dumps(json.loads(standing.model_dump_json()), indent=1)
    ReferenceRow("STAFF", "staff-1", body=body).save()
    assert postings.change("staff-1", lambda stands: stands or standing) == standing
    assert ReferenceRow.get("STAFF", "staff-1").body == body
    renamed = postings.change("staff-1", lambda _: standing.model_copy(update={"name": "Lê Văn Gác"}))
    assert postings.of("staff-1", fresh=True) == renamed != standing


def test_a_database_that_does_not_answer_lets_nobody_act(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    client("dynamodb").delete_table(TableName="reference")
    assert told(crosses(api, "staff-1", code)) == (503, "service_unavailable")


# Checkpoints


def test_an_administrator_adds_and_changes_checkpoints_and_the_list_tells_at_once(api: Api, logged: StringIO) -> None:
    added = change(api, "cho-moi", name="Chốt mới", lanes=3)
    assert added.status_code == 200, added.body
    assert added.json_body["id"] == "cho-moi"
    assert change(api, "cho-moi", name="Chốt mới", lanes=3).json_body == added.json_body
    assert checkpoint(api, "cho-moi") == {key: value for key, value in added.json_body.items() if key != "id"}
    moved = change(api, "an-tinh", commune="25735", latitude=11, longitude=106.4)
    assert moved.status_code == 200, moved.body
    assert checkpoint(api, "an-tinh")["commune"] == "25735"
    assert post(api, "newcomer", "cho-moi").status_code == 200
    assert next(audited(logged))["why"] == "cho-moi: open, 3 lanes"


def test_a_supervisor_opens_and_closes_the_checkpoint_they_are_posted_to_and_changes_nothing_else(api: Api) -> None:
    closed = change(api, "an-hoa", role="supervisor", open=False, lanes=1)
    assert (closed.status_code, closed.json_body["open"], closed.json_body["lanes"]) == (200, False, 1)
    assert change(api, "an-hoa", role="supervisor", open=True).status_code == 200
    renamed = change(api, "an-hoa", role="supervisor", name="Chốt của tôi")
    assert told(renamed) == (403, "checkpoint_change_needs_administrator")
    assert told(change(api, "cho-moi", role="supervisor")) == (403, "checkpoint_change_needs_administrator")
    assert told(change(api, "an-tinh", role="supervisor", open=False)) == (403, "staff_posted_elsewhere")
    assert told(change(api, "an-hoa", role="supervisor", subject="newcomer")) == (403, "staff_not_posted")
    assert checkpoint(api, "an-tinh")["open"]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"commune": "00001"}, "/commune", "commune_not_of_the_province"),
        ({"latitude": 106.352}, "/latitude", "number_out_of_range"),
        ({"longitude": 11.0365}, "/longitude", "number_out_of_range"),
        ({"lanes": 0}, "/lanes", "number_out_of_range"),
        ({"lanes": 21}, "/lanes", "number_out_of_range"),
        ({"open": "yes"}, "/open", "wrong_type"),
        ({"name": ""}, "/name", "text_too_short"),
        ({"id": "an-tinh"}, "/id", "unknown_field"),
    ],
)
def test_a_checkpoint_that_cannot_be_is_refused(api: Api, changes: dict[str, Any], pointer: str, code: str) -> None:
    answer = change(api, "an-hoa", **changes)
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json_body["errors"]] == [(pointer, code)]


def test_a_checkpoint_has_an_id_of_small_letters_digits_and_hyphens(api: Api) -> None:
    for name in ("An-Hoa", "a", "x" * 41, "an%20hoa"):
        answer = api("PUT", f"/v1/checkpoints/{name}", checkpoint(api, "an-hoa"), role="administrator")
        assert told(answer) == (400, "checkpoint_id_malformed")


def test_nobody_declares_for_a_closed_checkpoint(api: Api, clock: Clock) -> None:
    body, key = form(clock()), "a-key-that-nobody-else-has"
    first = api("POST", "/v1/declarations", body, Idempotency_Key=key)
    change(api, "an-hoa", open=False)
    refused = api("POST", "/v1/declarations", form(clock()))
    assert told(refused) == (422, "checkpoint_closed")
    assert [each["pointer"] for each in refused.json_body["errors"]] == ["/trip/checkpoint"]
    again = api("POST", "/v1/declarations", body, Idempotency_Key=key)
    assert (again.status_code, again.json_body) == (201, first.json_body)
    change(api, "an-hoa", open=True)
    assert api("POST", "/v1/declarations", form(clock())).status_code == 201


def test_at_a_closed_checkpoint_nobody_is_admitted_and_a_refusal_is_recorded(api: Api, submitted: Submit) -> None:
    before, refused, isolated = (each["code"] for each in submitted(companions=2)["passes"])
    first = crosses(api, "staff-1", before)
    change(api, "an-hoa", open=False)
    assert told(crosses(api, "staff-1", refused)) == (409, "admission_at_closed_checkpoint")
    for code, decision in ((refused, "refuse"), (isolated, "isolate")):
        assert crosses(api, "staff-1", code, decision=decision, reason="chốt đóng").status_code == 201
    again = crosses(api, "staff-1", before)
    assert (again.status_code, again.json_body) == (201, first.json_body)


def test_another_process_notices_a_closed_checkpoint_within_a_minute(api: Api, clock: Clock, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    other = InForceSource(clock=clock)
    assert other.current().checkpoints["an-hoa"].open
    change(api, "an-hoa", open=False)
    clock.advance(seconds=60)
    assert not other.current().checkpoints["an-hoa"].open
    assert told(crosses(api, "staff-1", code)) == (409, "admission_at_closed_checkpoint")


def test_a_supervisor_does_not_undo_what_an_administrator_changed_a_moment_ago_elsewhere(
    api: Api, clock: Clock
) -> None:
    stale = checkpoint(api, "an-hoa")
    renamed = {**stale, "name": "Chốt An Hòa mới"}
    ReferenceRow("CURRENT", "CHECKPOINT#an-hoa", body=json.dumps({**renamed, "id": "an-hoa"})).save()
    clock.advance(seconds=1)
    refused = api("PUT", "/v1/checkpoints/an-hoa", {**stale, "lanes": 9}, role="supervisor")
    assert told(refused) == (403, "checkpoint_change_needs_administrator")


def test_a_change_of_the_same_moment_elsewhere_is_seen_before_it_is_overwritten(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = checkpoint(api, "an-hoa")
    elsewhere = ReferenceRow(
        "CURRENT", "CHECKPOINT#an-hoa", body=json.dumps({**stale, "id": "an-hoa", "name": "Chốt An Hòa mới"})
    )

    def after_another(*given: Any) -> Any:
        elsewhere.save()
        return put_if(*given)

    monkeypatch.setattr(storage, "put_if", after_another)
    refused = api("PUT", "/v1/checkpoints/an-hoa", {**stale, "lanes": 9}, role="supervisor")
    assert told(refused) == (403, "checkpoint_change_needs_administrator")
    assert ReferenceRow.get("CURRENT", "CHECKPOINT#an-hoa").body == elsewhere.body
    assert checkpoint(api, "an-hoa")["name"] == "Chốt An Hòa mới"


def test_a_checkpoint_as_it_was_is_not_written(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(storage, "put_if")
    assert change(api, "an-hoa").status_code == 200


def test_the_examples_of_the_document_can_be_sent(api: Api) -> None:
    paths = api("GET", "/v1/openapi.json").json_body["paths"]
    for path in ("/v1/staff/{subject}/posting", "/v1/checkpoints/{id}"):
        operation = paths[path]["put"]
        named = next(each["example"] for each in operation["parameters"] if each["in"] == "path")
        example = operation["requestBody"]["content"]["application/json"]["example"]
        answer = api("PUT", path.partition("{")[0] + named + path.partition("}")[2], example, role="administrator")
        assert answer.status_code == 200, answer.body


def test_both_rest_during_maintenance(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    base = checkpoint(api, "an-hoa")
    monkeypatch.setenv("MAINTENANCE", "true")
    from chalicelib import settings

    settings.settings.cache_clear()
    assert told(post(api, "staff-1", "an-tinh")) == (503, "maintenance")
    assert told(api("PUT", "/v1/checkpoints/an-hoa", base, role="administrator")) == (503, "maintenance")
    assert api("GET", "/v1/staff", role="supervisor").status_code == 200
