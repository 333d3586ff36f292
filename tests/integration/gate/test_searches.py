"""Passes found without a code, and a full bus: through the routes, on what the trace worker has written."""

from io import StringIO
from typing import Any

import pytest

from chalicelib.services.gate import searches
from chalicelib.wiring.entry import entries
from tests.forms import person
from tests.integration.conftest import Api, Clock
from tests.integration.gate.looking import BUS, CARD, CHECKS, MANIFEST, SEARCH, Declare
from tests.integration.gate.recording import CROSSING, ILL
from tests.integration.logs import audited
from tests.integration.refused import fields_refused


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


def test_a_search_that_is_cut_off_says_so(api: Api, traced: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        traced(traveller=person(number), transport=BUS)
    monkeypatch.setattr(searches, "MOST_DECLARATIONS", 1)
    for path in (SEARCH, MANIFEST):
        body = api("GET", f"{path}?plate=70B01234", role="checkpoint").json_body
        assert (len(body["passes"]), body["complete"]) == (1, False)


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
