"""Passes found without a code, and a full bus: through the routes, on what the trace worker has written."""

import json
from collections import Counter
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib import settings
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.proofs import PhoneProof
from chalicelib.models.entry.records import HeldPass
from chalicelib.wiring.entry import entries
from chalicelib.wiring.entry import event_of as wiring_event_of
from tests.forms import form, person
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock
from tests.integration.gate.looking import BUS, CARD, CHECKS, MANIFEST, SEARCH, Declare
from tests.integration.gate.recording import CROSSING, ILL
from tests.integration.logs import audited
from tests.integration.queues import batch, event, submitted_event
from tests.integration.refused import fields_refused
from tests.tables import rows


def plain(*passes: dict[str, Any]) -> list[str]:
    return [each["code"].replace("-", "") for each in passes]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", SEARCH, {"plate": "70A-123.45"}), ("GET", f"{SEARCH}?plate=70A1", None), ("GET", MANIFEST, None)],
)
def test_only_staff_with_the_role_may_search(api: Api, method: str, path: str, body: Any) -> None:
    assert api(method, path, body).json_body["code"] == "staff_token_missing"
    assert api(method, path, body, role="administrator").json_body["code"] == "staff_role_missing"


def test_a_person_is_found_by_plate_phone_or_document(api: Api, traced: Declare) -> None:
    passes = traced(companions=1)["passes"]
    by_plate = api("POST", SEARCH, {"plate": "70 e1.123-45"}, role="checkpoint").json_body["passes"]
    assert [each["code"] for each in by_plate] == [each["code"] for each in passes]
    assert api("GET", f"{SEARCH}?plate=70E1-123.45", role="hotline").json_body["passes"][0]["plate"] == "70E112345"
    for asked in ({"phone": "0912 345 679"}, {"identity": {"number": "072090-000001"}}):
        (found,) = api("POST", SEARCH, asked, role="checkpoint").json_body["passes"]
        assert found.pop("expires_at")
        assert [each["level"] for each in found.pop("findings")] == ["attention", "attention"]
        assert found == {
            "code": passes[1]["code"],
            "person_number": 1,
            "verdict": "valid",
            "origin": "unproven",
            "full_name": "Trần Thị Mẫu",
            "born_in": 1990,
            "identity": {"kind": "cccd", "number": "072090000001"},
            "plate": "70E112345",
            "finding_level": "attention",
        }


def test_what_was_declared_long_ago_is_not_found(api: Api, traced: Declare, clock: Clock) -> None:
    traced()
    clock.advance(hours=1)
    assert api("POST", SEARCH, {"phone": "0912345678"}, role="checkpoint").json_body == {"complete": True, "passes": []}


@pytest.mark.parametrize("query", ["phone=0912345678", "identity=072090000123", "plate=70A12345&phone=0912345678"])
def test_phone_and_identity_numbers_are_refused_in_a_url(api: Api, query: str, logged: StringIO) -> None:
    for path in (SEARCH, MANIFEST):
        answer = api("GET", f"{path}?{query}", role="checkpoint")
        assert (answer.status_code, answer.json_body["code"]) == (400, "personal_number_in_url")
        assert "POST /v1/checkpoint/search" in answer.json_body["detail"]
        for private in ("0912345678", "072090000123"):
            assert private not in answer.body.decode()
            assert private not in logged.getvalue()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", SEARCH, None, 400, "exactly_one_needed"),
        ("GET", MANIFEST, None, 400, "exactly_one_needed"),
        ("GET", f"{MANIFEST}?plate=70A12345&code=0000", None, 400, "exactly_one_needed"),
        ("GET", f"{MANIFEST}?code=0000", None, 400, "code_mistyped"),
        ("GET", f"{MANIFEST}?code=0000000000000", None, 404, "pass_unknown"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    api: Api, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = api(method, path, body, role="checkpoint")
    assert (answer.status_code, answer.json_body["code"]) == (status, code)


@pytest.mark.parametrize(
    ("method", "path", "body", "refused"),
    [
        ("GET", f"{SEARCH}?plate=HELLO", None, ["plate_impossible"]),
        ("GET", f"{SEARCH}?plate=1A2345&plate_country=XX", None, ["country_unknown", "plate_impossible"]),
        ("POST", SEARCH, {}, ["exactly_one_needed"]),
        ("POST", SEARCH, {"plate": "70A12345", "phone": "0912345678"}, ["exactly_one_needed"]),
        ("POST", SEARCH, {"phone": "12345"}, ["phone_impossible"]),
        ("POST", SEARCH, {"identity": {"number": "0123456789012345"}}, ["identity_number_impossible"]),
        ("POST", SEARCH, {"identity": {"number": "12"}}, ["identity_number_impossible"]),
    ],
)
def test_a_form_or_a_query_that_cannot_be_accepted_names_its_fields(
    api: Api, method: str, path: str, body: Any, refused: list[str]
) -> None:
    answer = api(method, path, body, role="checkpoint")
    assert [code for _, code in fields_refused(answer)] == refused


def test_a_choice_of_fields_is_given_by_their_names_for_people(api: Api) -> None:
    refused = api("POST", SEARCH, {}, role="checkpoint", Accept_Language="en").json_body
    assert refused["detail"] == "Content: Give exactly one of: plate, phone number or identity document."


def test_a_search_leaves_one_audit_line_without_what_was_asked(api: Api, traced: Declare, logged: StringIO) -> None:
    passes = traced(companions=1)["passes"]
    logged.truncate(0)
    api("POST", SEARCH, {"plate": "70E1-123.45"}, role="checkpoint")
    api("POST", SEARCH, {"phone": "0912345678"}, role="hotline")
    api("POST", SEARCH, {"identity": {"number": "072090009999"}}, role="health")
    api("GET", f"{MANIFEST}?plate=70E1-123.45", role="checkpoint")
    api("POST", CHECKS, {"qr": CARD}, role="checkpoint")
    lines = audited(logged)
    assert [line["codes"] for line in lines] == [plain(*passes), plain(passes[0]), [], plain(*passes), plain(passes[0])]
    assert [line["why"] for line in lines] == [
        "search by plate",
        "search by phone",
        "search by identity",
        "manifest by plate",
        "search by identity",
    ]
    for private in ("912345678", "072090", "70E1", "Thử", "Th\\u1eed", "290000123", "1990"):
        assert private not in logged.getvalue()


def test_a_list_reveals_health_only_to_roles_that_need_it(api: Api, traced: Declare) -> None:
    traced(traveller=person(health=ILL), transport=BUS)
    traced(traveller=person(1), transport=BUS)
    for path in (f"{SEARCH}?plate=70B01234", f"{MANIFEST}?plate=70B01234"):
        seen = api("GET", path, role="health").json_body["passes"]
        assert {each["finding_level"] for each in seen} == {"stop", "attention"}
        hidden = api("GET", path, role="hotline").json_body["passes"]
        assert not any({"findings", "finding_level"} & each.keys() for each in hidden)
    card = api("POST", CHECKS, {"qr": CARD}, role="hotline").json_body
    assert "findings" not in card["found"][0]


def test_a_full_bus_of_one_declaration_is_one_call(api: Api, traced: Declare) -> None:
    issued = traced(companions=50, transport=BUS)
    codes = [each["code"] for each in issued["passes"]]
    api("POST", "/v1/checkpoint/crossings", {"code": codes[7], **CROSSING, "reason": "x"}, role="checkpoint")
    for asked in ("plate=70B-012.34", f"code={issued['declaration']}", f"code={codes[50].lower()}"):
        body = api("GET", f"{MANIFEST}?{asked}", role="checkpoint").json_body
        assert body["complete"] is True
        assert body["counts"] == {"total": 51, "valid": 50, "used": 1, "expired": 0, "revoked": 0}
        assert [each["code"] for each in body["passes"]] == codes
        assert [each["person_number"] for each in body["passes"]] == list(range(51))
        assert body["passes"][7]["verdict"] == "used"


def test_a_full_bus_of_45_declarations_is_one_call(api: Api, traced: Declare, logged: StringIO, clock: Clock) -> None:
    issued = [traced(traveller=person(number), transport=BUS) for number in range(45)]
    logged.truncate(0)
    body = api("GET", f"{MANIFEST}?plate=70B01234", role="checkpoint").json_body
    assert body["counts"]["total"] == body["counts"]["valid"] == 45
    assert plain(*body["passes"]) == sorted(plain(*(each["passes"][0] for each in issued)))
    (line,) = audited(logged)
    assert line["codes"] == plain(*body["passes"])
    clock.advance(hours=1)
    assert api("GET", f"{MANIFEST}?plate=70B01234", role="checkpoint").json_body["counts"]["expired"] == 45


def test_a_list_that_is_cut_off_says_so_and_its_cursor_leads_to_the_rest(
    api: Api, traced: Declare, logged: StringIO
) -> None:
    issued = {traced(traveller=person(number), transport=BUS)["passes"][0]["code"] for number in range(5)}
    logged.truncate(0)
    for method, path, asked in (
        ("GET", f"{SEARCH}?plate=70B01234&limit=2", None),
        ("GET", f"{MANIFEST}?plate=70B01234&limit=2", None),
        ("POST", SEARCH, {"plate": "70B-012.34", "limit": 2}),
    ):
        found: list[str] = []
        cursor: str | None = None
        for complete in (False, False, True):
            paged = {"cursor": cursor} if cursor else {}
            url = path + "".join(f"&cursor={each}" for each in paged.values() if asked is None)
            body = api(method, url, asked and {**asked, **paged}, role="checkpoint").json_body
            assert body["complete"] is complete
            found += [each["code"] for each in body["passes"]]
            assert ("cursor" in body) is not complete
            cursor = body.get("cursor")
        assert len(found) == 5
        assert set(found) == issued
    # Every page is a look, with the codes that were on it.
    assert [len(line["codes"]) for line in audited(logged)] == 3 * [2, 2, 1]


def test_every_page_counts_as_a_look(api: Api, traced: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAFF_LOOKS_AN_HOUR", "40")
    settings.settings.cache_clear()
    for number in range(3):
        traced(traveller=person(number), transport=BUS)
    cursor = api("GET", f"{SEARCH}?plate=70B01234&limit=1", role="checkpoint").json_body["cursor"]
    following = f"{SEARCH}?plate=70B01234&limit=1&cursor={cursor}"
    answers = [api("GET", following, role="checkpoint").status_code for _ in range(40)]
    assert answers == [200] * 39 + [429]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{SEARCH}?plate=70A12345", None),
        ("GET", f"{MANIFEST}?plate=70B01234", None),
        ("POST", SEARCH, {"phone": "0912345678"}),
    ],
)
def test_a_cursor_of_another_question_is_refused_with_words(
    api: Api, traced: Declare, method: str, path: str, body: Any
) -> None:
    for number in range(2):
        traced(traveller=person(number), transport=BUS)
    cursor = api("POST", SEARCH, {"plate": "70B01234", "limit": 1}, role="checkpoint").json_body["cursor"]
    path, body = (path, {**body, "cursor": cursor}) if body else (f"{path}&cursor={cursor}", None)
    answer = api(method, path, body, role="checkpoint", Accept_Language="en")
    assert fields_refused(answer) == [("/cursor", "cursor_unknown")]
    assert "Search again" in answer.json_body["errors"][0]["detail"]


@pytest.mark.parametrize("limit", ["0", "301", "x", "-1"])
def test_a_limit_that_no_page_has_is_refused(api: Api, limit: str) -> None:
    for path in (SEARCH, MANIFEST):
        answer = api("GET", f"{path}?plate=70A12345&limit={limit}", role="checkpoint")
        assert answer.status_code == 422
        assert answer.json_body["errors"][0]["pointer"] == "/limit"


def test_a_flood_of_forms_hides_no_declaration_of_staff_from_a_gate(api: Api, traced: Declare, clock: Clock) -> None:
    body = {**form(clock(), transport=BUS, expected_arrival=clock().isoformat()), "traveller": person()}
    declared = api("POST", "/v1/checkpoint/declarations", body, role="checkpoint").json_body
    api.client.lambda_.invoke("trace", batch(submitted_event(declared["declaration"])))
    for _ in range(4):
        traced(companions=50, transport=BUS)
    (code,) = (each["code"] for each in declared["passes"])
    for asked in (f"{SEARCH}?plate=70B01234", f"{SEARCH}?plate=70B01234&limit=1", f"{MANIFEST}?plate=70B01234"):
        answer = api("GET", asked, role="checkpoint").json_body
        assert (answer["passes"][0]["code"], answer["passes"][0]["origin"]) == (code, "staff")
    card = api("POST", CHECKS, {"qr": CARD}, role="checkpoint").json_body
    assert card["found"][0]["code"] == code
    assert card["found_complete"] is True


def test_a_proof_brings_a_declaration_to_the_front(api: Api, traced: Declare, clock: Clock) -> None:
    first = traced(transport=BUS)
    clock.advance(minutes=1)
    traced(traveller=person(1), transport=BUS)
    code = Code.parse(first["passes"][0]["code"])
    record = entries().find(code)
    assert record is not None
    entries().append_proof(HeldPass(code, record), PhoneProof(recorded_at=clock()))
    lambdas = api.client.lambda_
    assert lambdas.invoke("trace", batch(json.dumps(event("phone_proven", code)))).payload == {"batchItemFailures": []}
    found = api("GET", f"{SEARCH}?plate=70B01234", role="checkpoint").json_body["passes"]
    assert [each["origin"] for each in found] == ["proven", "unproven"]
    assert found[0]["code"] == code.shown


def test_an_older_number_that_is_typed_finds_the_pass_of_the_newer_card_once_it_was_scanned(
    api: Api, traced: Declare, clock: Clock, logged: StringIO
) -> None:
    (issued,) = traced()["passes"]
    typed = {"identity": {"number": "290000123"}}
    assert api("POST", SEARCH, typed, role="checkpoint").json_body["passes"] == []
    assert api("POST", CHECKS, {"qr": CARD}, role="checkpoint").json_body["found"][0]["code"] == issued["code"]
    (alias,) = (row for row in rows("entries") if row["row"]["S"].startswith("ALIAS"))
    assert alias["row"]["S"] == "ALIAS#0"
    aliased = wiring_event_of({name: alias[name] for name in ("declaration", "row")})
    assert aliased is not None
    api.client.lambda_.invoke("trace", batch(aliased.model_dump_json()))
    for asked in (typed, {"identity": {"number": "072090000000"}}):
        (found,) = api("POST", SEARCH, asked, role="checkpoint").json_body["passes"]
        assert found["code"] == issued["code"]
    everything = json.dumps([*rows("entries"), *rows("tracing")], ensure_ascii=False) + logged.getvalue()
    assert "290000123" not in everything


def test_what_a_search_and_a_scan_of_a_card_ask_the_database(
    api: Api, traced: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced()
    calls: list[str] = []

    def counted(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if request["TableName"] in ("tracing", "entries"):
            calls.append(f"{operation} {request['TableName']}")
        return call(operation, request)

    respond(monkeypatch, counted)

    def asked(method: str, path: str, body: Any) -> dict[str, int]:
        calls.clear()
        assert api(method, path, body, role="checkpoint").status_code == 200
        return Counter(calls)

    record = {"Query entries": 1}
    by_plate = {"Query tracing": 2, **record}
    assert asked("POST", SEARCH, {"plate": "70E112345"}) == by_plate
    assert asked("GET", f"{MANIFEST}?plate=70E112345", None) == by_plate
    assert asked("POST", SEARCH, {"identity": {"number": "072090000000"}}) == {"Query tracing": 4, **record}
    assert asked("POST", CHECKS, {"qr": CARD}) == {"Query tracing": 5, **record, "PutItem entries": 1}
    assert asked("POST", CHECKS, {"qr": CARD}) == {"Query tracing": 5, **record}
    assert asked("POST", CHECKS, {"qr": CARD.replace("290000123", "")}) == {"Query tracing": 3, **record}


def test_a_scan_is_answered_when_the_alias_cannot_be_written(
    api: Api, traced: Declare, monkeypatch: pytest.MonkeyPatch, logged: StringIO
) -> None:
    (issued,) = traced()["passes"]

    def failing(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "PutItem" and request["TableName"] == "entries":
            raise EndpointConnectionError(endpoint_url="x")
        return call(operation, request)

    respond(monkeypatch, failing)
    answer = api("POST", CHECKS, {"qr": CARD}, role="checkpoint")
    assert (answer.status_code, answer.json_body["found"][0]["code"]) == (200, issued["code"])
    assert '"Alias_failed": 1' in logged.getvalue() or '"Alias_failed":1' in logged.getvalue()


def test_during_maintenance_a_scan_writes_no_alias(api: Api, traced: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    traced()
    monkeypatch.setenv("MAINTENANCE", "true")
    settings.settings.cache_clear()
    assert len(api("POST", CHECKS, {"qr": CARD}, role="checkpoint").json_body["found"]) == 1
    assert not [row for row in rows("entries") if row["row"]["S"].startswith("ALIAS")]


def test_a_search_asks_for_each_record_once(api: Api, traced: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    traced(companions=3, transport=BUS)
    traced(traveller=person(9), transport=BUS)
    asked: list[str] = []
    find = entries().find

    def counted(code: Any) -> Any:
        asked.append(code.declaration)
        return find(code)

    monkeypatch.setattr(entries(), "find", counted)
    assert len(api("GET", f"{SEARCH}?plate=70B01234", role="checkpoint").json_body["passes"]) == 5
    assert len(asked) == len(set(asked)) == 2
