"""The policy through the routes: read, changed by administrators, tried out on real declarations; and seeded."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.data import read_bytes
from chalicelib.handlers.policy import policies
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.policy.policies import Policy
from chalicelib.storage.entry.entries import Entry
from chalicelib.storage.policy import policies as storage
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import in_force
from infra.errors import CannotGoOn
from infra.operation import seed as seeds
from infra.operation.seed import STORED_BY, seed
from tests.forms import HEALTHY, form, person
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.queues import batch, submitted_event
from tests.tables import REGION, client, rows

SHIPPED: dict[str, Any] = json.loads(read_bytes("provinces", "tay-ninh", "policy.json"))
IN_FORCE = f'"{SHIPPED["version"]}"'
ROLES = ("checkpoint", "supervisor", "health", "hotline", "administrator")


def policy(version: str = "next", **changes: Any) -> dict[str, Any]:
    return {**deepcopy(SHIPPED), "version": version, **changes}


@pytest.fixture
def put(api: Api) -> Callable[..., Any]:
    def put(body: Any, if_match: str | None = IN_FORCE, *, subject: str = "admin-1", **headers: str) -> Any:
        if if_match is not None:
            headers["If_Match"] = if_match
        return api("PUT", "/v1/policy", body, role="administrator", subject=subject, **headers)

    return put


@pytest.mark.parametrize(
    ("method", "path", "refused"),
    [
        ("GET", "/v1/policy", ()),
        ("GET", "/v1/policy/versions", ()),
        ("PUT", "/v1/policy", ("checkpoint", "supervisor", "health", "hotline")),
        ("POST", "/v1/policy/trials", ("checkpoint", "supervisor", "hotline")),
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


def test_what_was_read_can_be_sent_under_a_new_version(api: Api, put: Callable[..., Any]) -> None:
    area = {"unit": "79", "risk": "low", "from": "2021-08-01", "until": "2021-08-31"}
    assert put(policy(areas=[area])).status_code == 200
    read = api("GET", "/v1/policy", role="administrator").json_body
    assert read["areas"] == [area]
    assert put({**read, "version": "after"}, '"next"').status_code == 200


def test_a_new_policy_is_in_force_at_once_and_the_old_one_is_kept(
    api: Api, put: Callable[..., Any], submitted: Submit, clock: Clock
) -> None:
    before = submitted()
    answer = put(policy(areas=[{"unit": "79", "risk": "low"}]))
    assert answer.status_code == 200, answer.body
    assert answer.headers["ETag"] == '"next"'
    assert answer.json_body == {
        "version": "next",
        "instead_of": SHIPPED["version"],
        "stored_at": clock().isoformat().replace("+00:00", "Z"),
        "stored_by": "admin-1",
        "stored_by_name": "name of admin-1",
    }
    after = submitted()
    assert [each["policy_version"] for each in (before, after)] == [SHIPPED["version"], "next"]
    assert [step["id"] for step in after["passes"][0]["instructions"]] == ["report-to-commune"]
    old = api("GET", f"/v1/policy?version={SHIPPED['version']}", role="health")
    assert (old.json_body["version"], old.headers["ETag"]) == (SHIPPED["version"], IN_FORCE)
    # What was declared under it is shown as it was judged.
    seen = api("GET", f"/v1/checkpoint/passes/{before['passes'][0]['code']}", role="checkpoint").json_body
    assert [finding["id"] for finding in seen["findings"]] == ["no-valid-test", "very-high-risk-area"]


def test_other_processes_notice_within_a_minute(api: Api, put: Callable[..., Any], clock: Clock) -> None:
    other = storage.InForceSource(clock=clock)
    assert other.current().policy.version == SHIPPED["version"]
    assert put(policy()).status_code == 200
    clock.advance(seconds=59)
    assert other.current().policy.version == SHIPPED["version"]
    clock.advance(seconds=1)
    assert other.current().policy.version == "next"


def test_who_changed_what_when_is_listed_and_nothing_of_it_is_lost(
    api: Api, put: Callable[..., Any], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version, before in (("b", SHIPPED["version"]), ("a", "b")):
        clock.advance(minutes=1)
        assert put(policy(version), f'"{before}"', subject=f"admin-{version}").status_code == 200
    changes = api("GET", "/v1/policy/versions", role="supervisor").json_body["changes"]
    told = [(each["version"], each.get("instead_of"), each["stored_by"]) for each in changes]
    assert told == [
        ("a", "b", "admin-a"),
        ("b", SHIPPED["version"], "admin-b"),
        (SHIPPED["version"], None, STORED_BY),
    ]
    kept = {row["row"]["S"]: json.loads(row["change"]["S"]) for row in rows("reference") if "change" in row}
    assert kept.keys() == {"a", "b", SHIPPED["version"], "POLICY"}
    assert (kept["b"]["stored_by"], kept["POLICY"]["version"]) == ("admin-b", "a")
    monkeypatch.setattr(policies, "MOST_CHANGES", 1)
    (newest,) = api("GET", "/v1/policy/versions", role="supervisor").json_body["changes"]
    assert newest["version"] == "a"


@pytest.mark.parametrize("if_match", [None, "", "*", SHIPPED["version"], f'{IN_FORCE}, "b"'])
def test_who_does_not_say_which_version_they_replace_is_asked_to(
    api: Api, put: Callable[..., Any], if_match: str | None
) -> None:
    answer = put(policy(), if_match)
    assert (answer.status_code, answer.json_body["code"]) == (428, "policy_precondition_missing")
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE


def test_a_compressed_policy_s_etag_is_good_for_changing_it(api: Api, put: Callable[..., Any]) -> None:
    packed = api("GET", "/v1/policy", role="administrator", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert put(policy(), packed.headers["ETag"]).status_code == 200
    assert put(policy("after"), packed.headers["ETag"]).status_code == 412


@pytest.mark.parametrize("known", ["*", '"next"'])
def test_a_change_says_what_it_did_whatever_the_sender_knows(put: Callable[..., Any], known: str) -> None:
    answer = put(policy(), If_None_Match=known)
    assert (answer.status_code, answer.json_body["version"]) == (200, "next")


def test_who_replaces_another_version_than_they_saw_is_told_which_is_in_force(
    api: Api, put: Callable[..., Any]
) -> None:
    assert put(policy("first")).status_code == 200
    late = put(policy("second"), subject="admin-2", Accept_Language="en")
    assert (late.status_code, late.json_body["code"], late.json_body["in_force"]) == (412, "policy_changed", "first")
    assert "first" in late.json_body["detail"]
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == '"first"'
    assert api("GET", "/v1/policy?version=second", role="health").status_code == 404
    assert put(policy("second"), '"first"', subject="admin-2").status_code == 200


def test_of_two_administrators_at_once_one_succeeds_and_nothing_is_half_done(
    api: Api, put: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    storing = storage._store

    def after_another(*given: Any, **conditions: Any) -> bool:
        monkeypatch.setattr(storage, "_store", storing)
        assert put(policy("first")).status_code == 200
        stored.extend(rows("reference"))
        return storing(*given, **conditions)

    stored: list[dict[str, Any]] = []
    monkeypatch.setattr(storage, "_store", after_another)
    second = put(policy("second"), subject="admin-2")
    assert (second.status_code, second.json_body["in_force"]) == (412, "first")
    assert rows("reference") == stored


def test_a_version_that_exists_changes_nothing_of_what_is_in_force(api: Api, put: Callable[..., Any]) -> None:
    assert put(policy("first")).status_code == 200
    assert put(policy("second"), '"first"').status_code == 200
    stored = rows("reference")
    taken = put(policy("first", basis="Khác"), '"second"')
    assert (taken.status_code, taken.json_body["code"]) == (422, "policy_version_taken")
    assert rows("reference") == stored


def test_the_same_request_again_is_the_same_answer(api: Api, put: Callable[..., Any], clock: Clock) -> None:
    first = put(policy())
    clock.advance(minutes=5)
    again = put(policy())
    assert (again.status_code, again.json_body) == (200, first.json_body)
    assert len(api("GET", "/v1/policy/versions", role="health").json_body["changes"]) == 2
    for body, subject in ((policy(), "admin-2"), (policy(basis="Khác"), "admin-1")):
        other = put(body, '"next"', subject=subject)
        assert (other.status_code, other.json_body["code"]) == (422, "policy_version_taken")
        assert other.json_body["errors"][0]["pointer"] == "/version"


def test_every_problem_is_told_and_nothing_is_stored(api: Api, put: Callable[..., Any]) -> None:
    wrong = policy("a b", areas=[{"unit": "999", "risk": "low"}, {"risk": "low"}])
    wrong["rules"][0]["instructions"] = ["nothing"]
    for answer in (put(wrong), api("POST", "/v1/policy/trials", wrong, role="health")):
        assert (answer.status_code, answer.json_body["code"]) == (422, "invalid_input")
        assert {(each["pointer"], each["code"]) for each in answer.json_body["errors"]} == {
            ("/version", "policy_version_malformed"),
            ("/areas/0/unit", "unknown_administrative_unit"),
            ("/areas/1", "place_ambiguous"),
            ("/rules/0/instructions/0", "policy_name_unknown"),
        }
    malformed = put(policy(areas=[{"unit": "79", "risk": "low", "from": 20210801}], test_valid_hours=0))
    pointers = {each["pointer"] for each in malformed.json_body["errors"]}
    assert pointers == {"/areas/0/from", "/test_valid_hours"}
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE


def test_an_answer_lists_a_hundred_problems_at_most(put: Callable[..., Any]) -> None:
    answer = put(policy(areas=[{"unit": "999", "risk": "low"}] * 9000))
    assert (answer.status_code, len(answer.json_body["errors"])) == (422, 100)


def test_a_policy_may_be_large_and_not_too_large(api: Api, put: Callable[..., Any]) -> None:
    long = {"level": "notice", "vi": "x" * 280 * 1024, "en": "x"}
    assert put(policy(findings={**SHIPPED["findings"], "contact": long})).status_code == 200
    assert api("GET", "/v1/policy", role="health").json_body["findings"]["contact"] == long
    longer = {**long, "vi": "x" * 310 * 1024}
    refused = put(policy("longer", findings={**SHIPPED["findings"], "contact": longer}), '"next"')
    assert (refused.status_code, refused.json_body["code"]) == (422, "policy_too_large")
    assert put(b" " * (384 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("version", ["none", "b%2Fc", "x" * 2000, "b%E1%BA%A3n"])
def test_an_unknown_version_is_not_found(api: Api, version: str) -> None:
    answer = api("GET", f"/v1/policy?version={version}", role="health")
    assert (answer.status_code, answer.json_body["code"]) == (404, "policy_version_unknown")


def test_a_change_leaves_one_audit_line(api: Api, put: Callable[..., Any], logged: StringIO) -> None:
    put(policy())
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    (line,) = [each for each in lines if each["message"] == "audit"]
    assert (line["staff"], line["action"], "code" in line) == ("admin-1", "change policy", False)
    assert line["why"] == f"{SHIPPED['version']} -> next"


def test_a_change_rests_during_maintenance(put: Callable[..., Any], api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAINTENANCE", "true")
    assert put(policy()).json_body["code"] == "maintenance"


def test_a_database_that_fails_stores_nothing(api: Api, put: Callable[..., Any], aws: dict[str, str]) -> None:
    in_force()
    client("dynamodb").delete_table(TableName="reference")
    answer = put(policy())
    assert (answer.status_code, answer.json_body["code"]) == (503, "service_unavailable")


# Papers


def test_the_traveller_reads_what_to_have_ready_and_staff_whom_health_concerns_too(api: Api, submitted: Submit) -> None:
    own = submitted()["passes"][0]
    (paper,) = own["papers_required"]
    assert paper == {
        "id": "negative-test-72",
        "document": "test_result",
        "test_within_hours": 72,
        "text": SHIPPED["papers"]["negative-test-72"]["vi"],
    }
    for role in ("checkpoint", "supervisor", "health"):
        seen = api("GET", f"/v1/checkpoint/passes/{own['code']}", role=role, Accept_Language="en").json_body
        assert seen["papers_required"][0]["text"] == SHIPPED["papers"]["negative-test-72"]["en"]
    assert "papers_required" not in api("GET", f"/v1/checkpoint/passes/{own['code']}", role="hotline").json_body


# Dry runs


@pytest.fixture
def traced(api: Api, lambdas: Client, clock: Clock) -> Callable[..., None]:
    def trace(**changes: Any) -> None:
        answer = api("POST", "/v1/declarations", {**form(clock()), **changes})
        assert answer.status_code == 201, answer.body
        lambdas.lambda_.invoke("trace", batch(submitted_event(answer.json_body["declaration"])))

    return trace


@pytest.fixture
def noon(clock: Clock) -> None:
    """Not so late that who declares now arrives tomorrow."""
    clock.now = clock.now.replace(hour=5, minute=0) + timedelta(days=1)


@pytest.mark.usefixtures("noon")
def test_a_trial_counts_how_todays_declarations_would_have_come_out(
    api: Api, traced: Callable[..., None], clock: Clock, logged: StringIO
) -> None:
    trip = form(clock())["trip"]
    elsewhere = {"destination": {"unit": {"list_version": "2021", "code": "25459"}, "address": "x"}}
    traced(companions=[person(1), person(2)])
    traced(traveller=person(3, health={**HEALTHY, "symptoms": ["fever"]}), trip={**trip, **elsewhere})
    traced(traveller=person(4), trip={**trip, "origin": {"unit": {"list_version": "2021", "code": "04"}}})
    tried = policy(areas=[{"unit": "79", "risk": "low"}], default_risk="low")
    logged.truncate(0)
    answer = api("POST", "/v1/policy/trials", tried, role="health")
    assert answer.status_code == 200, answer.body
    body = answer.json_body
    assert body["day"] == clock().date().isoformat()
    assert (body["declarations"], body["persons"], body["complete"]) == (3, 5, True)
    assert (body["stopped"], body["different"]) == ({"now": 1, "then": 1}, 4)
    assert body["findings"]["no-valid-test"] == {"now": 4, "then": 0}
    assert body["findings"]["symptoms"] == {"now": 1, "then": 1}
    assert body["findings"]["positive-test"] == {"now": 0, "then": 0}
    assert body["instructions"]["report-to-commune"] == {"now": 5, "then": 5}
    assert body["papers"] == {"negative-test-72": {"now": 4, "then": 0}}
    printed = answer.body.decode() + logged.getvalue()
    assert not any(private in printed for private in ("Thử", "912345", "0720900", "70E1"))
    assert '"action":"try out policy"' in logged.getvalue()
    # Nothing is stored.
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE
    assert len(api("GET", "/v1/policy/versions", role="health").json_body["changes"]) == 1
    clock.advance(days=1)
    assert api("POST", "/v1/policy/trials", tried, role="administrator").json_body["declarations"] == 0


@pytest.mark.usefixtures("noon")
def test_a_trial_compares_with_what_each_was_judged_by(
    api: Api, put: Callable[..., Any], traced: Callable[..., None]
) -> None:
    traced()
    assert put(policy(areas=[{"unit": "79", "risk": "low"}])).status_code == 200
    traced()
    body = api("POST", "/v1/policy/trials", policy("again"), role="administrator").json_body
    assert body["findings"]["very-high-risk-area"] == {"now": 1, "then": 2}
    assert body["different"] == 1


@pytest.mark.usefixtures("noon")
def test_a_crossing_is_no_second_declaration(
    api: Api, traced: Callable[..., None], lambdas: Client, clock: Clock
) -> None:
    code = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]["code"]
    crossing = {"code": code, "checkpoint": "an-hoa", "decision": "admit"}
    assert api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint").status_code == 201
    event = {"kind": "crossing_recorded", "subject": code.replace("-", "")}
    lambdas.lambda_.invoke("trace", batch(json.dumps(event)))
    answer = api("POST", "/v1/policy/trials", policy(), role="administrator").json_body
    assert (answer["declarations"], answer["complete"]) == (0, True)


@pytest.mark.parametrize("dry_run", ["true", "1", "yes", "True", ""])
def test_an_old_client_s_dry_run_is_refused_and_stores_nothing(api: Api, dry_run: str) -> None:
    answer = api("PUT", f"/v1/policy?dry_run={dry_run}", policy(), role="administrator", If_Match=IN_FORCE)
    assert (answer.status_code, answer.json_body["code"]) == (400, "policy_dry_run_moved")
    assert "POST /v1/policy/trials" in answer.json_body["detail"]
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE
    real = api("PUT", "/v1/policy?dry_run=false", policy(), role="administrator", If_Match=IN_FORCE)
    assert real.json_body["version"] == "next"


def test_declarations_that_dynamodb_leaves_over_are_read_again(
    api: Api, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [submitted()["declaration"] for _ in range(3)]
    entries()
    real = Entry._get_connection().batch_get_item
    calls = []

    def one_a_call(keys: Any, **options: Any) -> Any:
        keys = list(keys)
        calls.append(len(keys))
        answer = real(keys[:1], **options)
        if keys[1:]:
            answer["UnprocessedKeys"] = {"entries": {"Keys": keys[1:]}}
        return answer

    monkeypatch.setattr(Entry._get_connection(), "batch_get_item", one_a_call)
    found = entries().find_declarations([*names, "0" * 13])
    assert len(found) == 3
    assert all(isinstance(each, Declaration) for each in found)
    assert calls == [4, 3, 2, 1]


# The document, and what is seeded


def test_the_example_can_be_sent_as_it_is(api: Api, put: Callable[..., Any]) -> None:
    document = api("GET", "/v1/openapi.json").json_body
    route = document["paths"]["/v1/policy"]["put"]
    example = route["requestBody"]["content"]["application/json"]["example"]
    if_match = next(each["example"] for each in route["parameters"] if each["name"] == "If-Match")
    assert put(example, if_match).status_code == 200
    area = document["components"]["schemas"]["AreaRisk"]["properties"]
    assert {"unit", "country", "risk", "from", "until"} == area.keys()


def test_the_policy_that_ships_can_be_put_in_force_again_and_never_changes(
    api: Api, put: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert put(policy()).status_code == 200
    seed(table="reference", region=REGION, province_name="tay-ninh")
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE
    versions = [each["version"] for each in api("GET", "/v1/policy/versions", role="health").json_body["changes"]]
    assert sorted(versions) == sorted([SHIPPED["version"], SHIPPED["version"], "next"])
    _ship(monkeypatch, {**SHIPPED, "basis": "Khác"})
    with pytest.raises(CannotGoOn, match="another policy"):
        seed(table="reference", region=REGION, province_name="tay-ninh")
    assert api("GET", "/v1/policy", role="health").json_body["basis"] == SHIPPED["basis"]


def test_a_policy_that_is_not_whole_is_not_seeded(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    _ship(monkeypatch, {**SHIPPED, "areas": [{"unit": "999", "risk": "low"}]})
    with pytest.raises(CannotGoOn, match="unknown_administrative_unit at /areas/0/unit"):
        seed(table="reference", region=REGION, province_name="tay-ninh")


def _ship(monkeypatch: pytest.MonkeyPatch, shipped: dict[str, Any]) -> None:
    def read(*path: str) -> bytes:
        return json.dumps(shipped).encode() if path[-1] == "policy.json" else read_bytes(*path)

    monkeypatch.setattr(seeds, "read_bytes", read)
