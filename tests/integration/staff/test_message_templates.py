"""The message templates through the routes: read by all staff, changed by administrators, used by the workers."""

import json
from collections.abc import Callable
from copy import deepcopy
from io import StringIO
from typing import Any

import pytest

from chalicelib.data import read_bytes
from chalicelib.models.messaging.templates import Templates
from chalicelib.wiring.messaging import templates
from infra.operation.seed import STORED_BY
from tests.integration.conftest import Api, Clock
from tests.integration.refused import fields_refused

SHIPPED: dict[str, Any] = json.loads(read_bytes("provinces", "tay-ninh", "messages.json"))
IN_FORCE = f'"{SHIPPED["version"]}"'
PATH = "/v1/message-templates"

Put = Callable[..., Any]


def changed(version: str = "next", **sms: str) -> dict[str, Any]:
    """Those that ship, with other Vietnamese SMS."""
    body = {**deepcopy(SHIPPED), "version": version}
    for text_id, text in sms.items():
        body["notices"][text_id]["sms"]["vi"] = text
    return body


@pytest.fixture
def put(api: Api) -> Put:
    def put(body: Any, if_match: str | None = IN_FORCE, *, subject: str = "admin-1", **headers: str) -> Any:
        if if_match is not None:
            headers["If_Match"] = if_match
        return api("PUT", PATH, body, role="administrator", subject=subject, **headers)

    return put


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", PATH, {"checkpoint", "supervisor", "health", "hotline", "administrator"}),
        ("GET", f"{PATH}/versions", {"checkpoint", "supervisor", "health", "hotline", "administrator"}),
        ("PUT", PATH, {"administrator"}),
    ],
)
def test_all_staff_read_the_templates_and_administrators_change_them(
    api: Api, method: str, path: str, allowed: set[str]
) -> None:
    body = None if method == "GET" else changed()
    assert api(method, path, body).status_code == 401
    for role in ("checkpoint", "supervisor", "health", "hotline", "administrator"):
        answer = api(method, path, body, role=role, If_Match=IN_FORCE)
        assert answer.status_code == (200 if role in allowed else 403), answer.body


def test_the_templates_are_whole_and_known_by_their_version(api: Api) -> None:
    answer = api("GET", PATH, role="hotline")
    assert (answer.status_code, answer.headers["ETag"]) == (200, IN_FORCE)
    assert Templates.model_validate_json(answer.body) == Templates.model_validate_json(json.dumps(SHIPPED))
    assert api("GET", PATH, role="hotline", If_None_Match=IN_FORCE).status_code == 304


def test_new_templates_are_in_force_within_a_minute_and_the_old_ones_kept(api: Api, put: Put, clock: Clock) -> None:
    assert templates().notices["admitted"].sms.vi == "Tay Ninh: da qua chot."
    answer = put(changed(admitted="Xin chao."))
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"next"')
    assert answer.json_body == {
        "version": "next",
        "instead_of": SHIPPED["version"],
        "stored_at": clock().isoformat().replace("+00:00", "Z"),
        "stored_by": "admin-1",
    }
    assert templates().notices["admitted"].sms.vi == "Tay Ninh: da qua chot."
    clock.advance(seconds=60)
    assert templates().notices["admitted"].sms.vi == "Xin chao."
    old = api("GET", f"{PATH}?version={SHIPPED['version']}", role="health")
    assert (old.json_body["version"], old.headers["ETag"]) == (SHIPPED["version"], IN_FORCE)
    listed = api("GET", f"{PATH}/versions", role="health").json_body
    assert [(each["version"], each.get("instead_of"), each["stored_by"]) for each in listed["changes"]] == [
        ("next", SHIPPED["version"], "admin-1"),
        (SHIPPED["version"], None, STORED_BY),
    ]


def test_what_was_read_can_be_sent_under_a_new_version(api: Api, put: Put) -> None:
    read = api("GET", PATH, role="administrator").json_body
    assert put({**read, "version": "next"}).status_code == 200


@pytest.mark.parametrize("if_match", [None, "", "*", SHIPPED["version"]])
def test_a_change_must_name_the_version_it_replaces(put: Put, if_match: str | None) -> None:
    answer = put(changed(), if_match)
    assert (answer.status_code, answer.json_body["code"]) == (428, "templates_precondition_missing")


def test_a_change_of_a_version_that_was_replaced_is_refused_with_the_one_in_force(put: Put) -> None:
    assert put(changed("first")).status_code == 200
    late = put(changed("second"), subject="admin-2")
    assert (late.status_code, late.json_body["code"], late.json_body["in_force"]) == (
        412,
        "templates_changed",
        "first",
    )
    again = put(changed("first"))
    assert (again.status_code, again.json_body["version"]) == (200, "first")
    taken = put(changed("first", admitted="Khac."), '"first"')
    assert fields_refused(taken) == [("/version", "templates_version_taken")]


def test_every_problem_is_listed_in_words_and_nothing_is_stored(api: Api, put: Put) -> None:
    wrong = changed("a b", admitted="Đã qua chốt.", revoked="x" * 150 + " {group} {hotline}")
    del wrong["notices"]["one_time_code"]
    answer = put(wrong, Accept_Language="en")
    assert (answer.status_code, answer.json_body["code"]) == (422, "invalid_input")
    problems = {each["pointer"]: each for each in answer.json_body["errors"]}
    assert {pointer: each["code"] for pointer, each in problems.items()} == {
        "/version": "templates_version_malformed",
        "/notices": "template_missing",
        "/notices/admitted/sms/vi": "template_not_gsm_7",
        "/notices/revoked/sms/vi": "template_too_long",
    }
    assert "171 characters; the limit is 160" in problems["/notices/revoked/sms/vi"]["detail"]
    assert "Vietnamese SMS" in problems["/notices/revoked/sms/vi"]["detail"]
    assert api("GET", PATH, role="health").headers["ETag"] == IN_FORCE


@pytest.mark.parametrize("version", ["none", "b%2Fc", "x" * 2000])
def test_an_unknown_version_is_not_found(api: Api, version: str) -> None:
    answer = api("GET", f"{PATH}?version={version}", role="health")
    assert (answer.status_code, answer.json_body["code"]) == (404, "templates_version_unknown")


def test_a_change_leaves_one_audit_line(put: Put, logged: StringIO) -> None:
    put(changed())
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    (line,) = [each for each in lines if each["message"] == "audit"]
    assert (line["staff"], line["action"]) == ("admin-1", "change message templates")
    assert line["why"] == f"{SHIPPED['version']} -> next"
