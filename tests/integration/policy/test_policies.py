"""The policy through the routes: read, and changed by administrators."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from chalicelib.models.people.province import province
from chalicelib.models.policy.policies import Policy
from chalicelib.services import versions
from chalicelib.storage.policy import policies as storage
from chalicelib.storage.reference_versions import Versions
from chalicelib.wiring import reference_table
from chalicelib.wiring.policy import in_force
from infra.operation.seed import STORED_BY
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.policy.drafts import IN_FORCE, SHIPPED, policy
from tests.integration.refused import fields_refused
from tests.integration.staff.posting import post
from tests.tables import client, rows

ROLES = ("checkpoint", "supervisor", "health", "hotline", "administrator")


@pytest.mark.parametrize(
    ("method", "path", "refused"),
    [
        ("GET", "/v1/policy", ()),
        ("GET", "/v1/policy/versions", ()),
        ("PUT", "/v1/policy", ("checkpoint", "supervisor", "health", "hotline")),
        ("POST", "/v1/policy/trials", ("administrator", "checkpoint", "supervisor", "hotline")),
    ],
)
def test_all_staff_read_the_policy_and_administrators_change_it(
    api: Api, method: str, path: str, refused: tuple[str, ...]
) -> None:
    body = None if method == "GET" else policy()
    assert api(method, path, body).status_code == 401
    assert api(method, path, body, role="none-of-ours").status_code == 403
    for role in ROLES:
        answer = api(method, path, body, role=role, If_Match=IN_FORCE)
        assert answer.status_code == (403 if role in refused else 200), answer.body
        assert role not in refused or answer.json_body["code"] == "staff_role_missing"


def test_the_policy_is_whole_and_known_by_its_version(api: Api) -> None:
    answer = api("GET", "/v1/policy", role="hotline")
    assert (answer.status_code, answer.headers["ETag"]) == (200, IN_FORCE)
    assert Policy.model_validate_json(answer.body) == Policy.model_validate_json(json.dumps(SHIPPED))
    again = api("GET", "/v1/policy", role="hotline", If_None_Match=IN_FORCE)
    assert (again.status_code, again.body) == (304, b"")


def test_what_was_read_can_be_sent_under_a_new_version(api: Api, put_policy: Callable[..., Any]) -> None:
    area = {"unit": "79", "risk": "low", "from": "2021-08-01", "until": "2021-08-31"}
    assert put_policy(policy(areas=[area])).status_code == 200
    read = api("GET", "/v1/policy", role="administrator").json_body
    assert read["areas"] == [area]
    assert put_policy({**read, "version": "after"}, '"next"').status_code == 200


def test_a_new_policy_is_in_force_at_once_and_the_old_one_is_kept(
    api: Api, put_policy: Callable[..., Any], submitted: Submit, clock: Clock
) -> None:
    before = submitted()
    post(api, "admin-1", None, name="Lê Thị Quản")
    answer = put_policy(policy(areas=[{"unit": "79", "risk": "low"}]))
    assert answer.status_code == 200, answer.body
    assert answer.headers["ETag"] == '"next"'
    assert answer.json_body == {
        "version": "next",
        "instead_of": SHIPPED["version"],
        "stored_at": clock().isoformat().replace("+00:00", "Z"),
        "stored_by": "admin-1",
        "stored_by_name": "Lê Thị Quản",
    }
    after = submitted()
    assert [each["policy_version"] for each in (before, after)] == [SHIPPED["version"], "next"]
    assert [step["id"] for step in after["passes"][0]["instructions"]] == ["report-to-commune"]
    old = api("GET", f"/v1/policy?version={SHIPPED['version']}", role="health")
    assert (old.json_body["version"], old.headers["ETag"]) == (SHIPPED["version"], IN_FORCE)
    # What was declared under it is shown as it was judged.
    seen = api("GET", f"/v1/checkpoint/passes/{before['passes'][0]['code']}", role="checkpoint").json_body
    assert [finding["id"] for finding in seen["findings"]] == ["no-valid-test", "very-high-risk-area"]


def test_other_processes_notice_within_a_minute(api: Api, put_policy: Callable[..., Any], clock: Clock) -> None:
    other = storage.InForceSource(reference_table(), hotline=province("tay-ninh").hotline, clock=clock)
    assert other.current().policy.version == SHIPPED["version"]
    assert put_policy(policy()).status_code == 200
    clock.advance(seconds=59)
    assert other.current().policy.version == SHIPPED["version"]
    clock.advance(seconds=1)
    assert other.current().policy.version == "next"


def test_changes_of_the_policy_are_listed_with_who_made_them_and_never_lost(
    api: Api, put_policy: Callable[..., Any], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version, before in (("b", SHIPPED["version"]), ("a", "b")):
        clock.advance(minutes=1)
        assert put_policy(policy(version), f'"{before}"', subject=f"admin-{version}").status_code == 200
    changes = api("GET", "/v1/policy/versions", role="supervisor").json_body["changes"]
    listed = [(each["version"], each.get("instead_of"), each["stored_by"]) for each in changes]
    assert listed == [
        ("a", "b", "admin-a"),
        ("b", SHIPPED["version"], "admin-b"),
        (SHIPPED["version"], None, STORED_BY),
    ]
    kept = {
        row["row"]["S"]: json.loads(row["change"]["S"])
        for row in rows("reference")
        if "change" in row and row["partition"]["S"] in ("POLICIES", "CURRENT")
    }
    assert kept.keys() == {"a", "b", SHIPPED["version"], "POLICY"}
    assert (kept["b"]["stored_by"], kept["POLICY"]["version"]) == ("admin-b", "a")
    monkeypatch.setattr(versions, "MOST_CHANGES", 1)
    (newest,) = api("GET", "/v1/policy/versions", role="supervisor").json_body["changes"]
    assert newest["version"] == "a"


@pytest.mark.parametrize("if_match", [None, "", "*", SHIPPED["version"], f'{IN_FORCE}, "b"'])
def test_a_change_must_name_the_version_it_replaces(
    api: Api, put_policy: Callable[..., Any], if_match: str | None
) -> None:
    answer = put_policy(policy(), if_match)
    assert (answer.status_code, answer.json_body["code"]) == (428, "policy_precondition_missing")
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE


def test_a_compressed_policy_s_etag_is_good_for_changing_it(api: Api, put_policy: Callable[..., Any]) -> None:
    packed = api("GET", "/v1/policy", role="administrator", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert put_policy(policy(), packed.headers["ETag"]).status_code == 200
    assert put_policy(policy("after"), packed.headers["ETag"]).status_code == 412


@pytest.mark.parametrize("known", ["*", '"next"'])
def test_a_change_says_what_it_did_whatever_the_sender_knows(put_policy: Callable[..., Any], known: str) -> None:
    answer = put_policy(policy(), If_None_Match=known)
    assert (answer.status_code, answer.json_body["version"]) == (200, "next")


def test_a_change_of_a_version_that_was_replaced_is_refused_with_the_one_in_force(
    api: Api, put_policy: Callable[..., Any]
) -> None:
    assert put_policy(policy("first")).status_code == 200
    late = put_policy(policy("second"), subject="admin-2", Accept_Language="en")
    assert (late.status_code, late.json_body["code"], late.json_body["in_force"]) == (412, "policy_changed", "first")
    assert "first" in late.json_body["detail"]
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == '"first"'
    assert api("GET", "/v1/policy?version=second", role="health").status_code == 404
    assert put_policy(policy("second"), '"first"', subject="admin-2").status_code == 200


def test_of_two_administrators_at_once_one_succeeds_and_nothing_is_half_done(
    api: Api, put_policy: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    storing = Versions._store

    def after_another(*given: Any, **conditions: Any) -> bool:
        monkeypatch.setattr(Versions, "_store", storing)
        assert put_policy(policy("first")).status_code == 200
        stored.extend(rows("reference"))
        return storing(*given, **conditions)

    stored: list[dict[str, Any]] = []
    monkeypatch.setattr(Versions, "_store", after_another)
    second = put_policy(policy("second"), subject="admin-2")
    assert (second.status_code, second.json_body["in_force"]) == (412, "first")
    assert rows("reference") == stored


def test_a_version_that_exists_changes_nothing_of_what_is_in_force(api: Api, put_policy: Callable[..., Any]) -> None:
    assert put_policy(policy("first")).status_code == 200
    assert put_policy(policy("second"), '"first"').status_code == 200
    stored = rows("reference")
    taken = put_policy(policy("first", basis="Khác"), '"second"')
    assert fields_refused(taken) == [("/version", "policy_version_taken")]
    assert rows("reference") == stored


def test_the_same_request_again_is_the_same_answer(api: Api, put_policy: Callable[..., Any], clock: Clock) -> None:
    first = put_policy(policy())
    clock.advance(minutes=5)
    again = put_policy(policy())
    assert (again.status_code, again.json_body) == (200, first.json_body)
    assert len(api("GET", "/v1/policy/versions", role="health").json_body["changes"]) == 2
    for body, subject in ((policy(), "admin-2"), (policy(basis="Khác"), "admin-1")):
        other = put_policy(body, '"next"', subject=subject)
        assert fields_refused(other) == [("/version", "policy_version_taken")]


def test_every_problem_is_listed_and_nothing_is_stored(api: Api, put_policy: Callable[..., Any]) -> None:
    wrong = policy("a b", areas=[{"unit": "999", "risk": "low"}, {"risk": "low"}])
    wrong["rules"][0]["instructions"] = ["nothing"]
    for answer in (put_policy(wrong), api("POST", "/v1/policy/trials", wrong, role="health")):
        assert (answer.status_code, answer.json_body["code"]) == (422, "invalid_input")
        assert {(each["pointer"], each["code"]) for each in answer.json_body["errors"]} == {
            ("/version", "policy_version_malformed"),
            ("/areas/0/unit", "unknown_administrative_unit"),
            ("/areas/1", "place_ambiguous"),
            ("/rules/0/instructions/0", "policy_name_unknown"),
        }
    malformed = put_policy(policy(areas=[{"unit": "79", "risk": "low", "from": 20210801}], test_valid_hours=0))
    pointers = {each["pointer"] for each in malformed.json_body["errors"]}
    assert pointers == {"/areas/0/from", "/test_valid_hours"}
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE


def test_an_answer_lists_a_hundred_problems_at_most(put_policy: Callable[..., Any]) -> None:
    answer = put_policy(policy(areas=[{"unit": "999", "risk": "low"}] * 9000))
    assert (answer.status_code, len(answer.json_body["errors"])) == (422, 100)


def test_a_policy_may_be_large_and_not_too_large(api: Api, put_policy: Callable[..., Any]) -> None:
    long = {"level": "notice", "vi": "x" * 280 * 1024, "en": "x"}
    assert put_policy(policy(findings={**SHIPPED["findings"], "contact": long})).status_code == 200
    assert api("GET", "/v1/policy", role="health").json_body["findings"]["contact"] == long
    longer = {**long, "vi": "x" * 310 * 1024}
    refused = put_policy(policy("longer", findings={**SHIPPED["findings"], "contact": longer}), '"next"')
    assert fields_refused(refused) == [("", "policy_too_large")]
    assert put_policy(b" " * (384 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("version", ["none", "b%2Fc", "x" * 2000, "b%E1%BA%A3n"])
def test_an_unknown_version_is_not_found(api: Api, version: str) -> None:
    answer = api("GET", f"/v1/policy?version={version}", role="health")
    assert (answer.status_code, answer.json_body["code"]) == (404, "policy_version_unknown")


def test_a_change_leaves_one_audit_line(api: Api, put_policy: Callable[..., Any], logged: StringIO) -> None:
    put_policy(policy())
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    (line,) = [each for each in lines if each["message"] == "audit"]
    assert (line["staff"], line["action"], "code" in line) == ("admin-1", "change policy", False)
    assert line["why"] == f"{SHIPPED['version']} -> next"


def test_a_change_rests_during_maintenance(
    put_policy: Callable[..., Any], api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAINTENANCE", "true")
    assert put_policy(policy()).json_body["code"] == "maintenance"


def test_a_database_that_fails_stores_nothing(api: Api, put_policy: Callable[..., Any], aws: dict[str, str]) -> None:
    in_force()
    client("dynamodb").delete_table(TableName="reference")
    answer = put_policy(policy())
    assert (answer.status_code, answer.json_body["code"]) == (503, "service_unavailable")


@pytest.mark.parametrize("dry_run", ["true", "1", "yes", "True", ""])
def test_an_old_client_s_dry_run_is_refused_and_stores_nothing(api: Api, dry_run: str) -> None:
    answer = api("PUT", f"/v1/policy?dry_run={dry_run}", policy(), role="administrator", If_Match=IN_FORCE)
    assert (answer.status_code, answer.json_body["code"]) == (400, "policy_dry_run_moved")
    assert "POST /v1/policy/trials" in answer.json_body["detail"]
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE
    real = api("PUT", "/v1/policy?dry_run=false", policy(), role="administrator", If_Match=IN_FORCE)
    assert real.json_body["version"] == "next"


def test_the_example_can_be_sent_as_it_is(api: Api, put_policy: Callable[..., Any]) -> None:
    document = api("GET", "/v1/openapi.json").json_body
    route = document["paths"]["/v1/policy"]["put"]
    example = route["requestBody"]["content"]["application/json"]["example"]
    if_match = next(each["example"] for each in route["parameters"] if each["name"] == "If-Match")
    assert put_policy(example, if_match).status_code == 200
    area = document["components"]["schemas"]["AreaRisk"]["properties"]
    assert {"unit", "country", "risk", "from", "until"} == area.keys()
