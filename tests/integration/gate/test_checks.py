"""Checking passes and other texts: what staff see, and what of it is on record."""

import json
from io import StringIO

import pytest

from tests.forms import HEALTHY, form, person
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.looking import CARD, CHECKS, Declare
from tests.integration.gate.recording import CROSSING, ILL


def test_the_lookup_says_what_was_read_the_verdict_and_what_the_gate_needs(api: Api, submitted: Submit) -> None:
    passes = submitted(companions=1)["passes"]
    answer = api("POST", "/v1/checkpoint/checks", {"qr": passes[0]["token"]}, role="checkpoint")
    body = answer.json_body
    assert answer.status_code == 200
    assert list(json.loads(answer.body))[:2] == ["read_as", "verdict"]
    assert (body["verdict"], body["read_as"], body["code"]) == ("valid", "token", passes[0]["code"])
    assert body["papers"] == {"masked_name": "NV THU", "birth_year": 1990, "plate": "70E112345", "commune": "25480"}
    assert body["person"]["full_name"] == "Nguyễn Văn Thử"
    assert body["person"]["identity"]["number"] == "072090000000"
    assert [finding["id"] for finding in body["findings"]] == ["no-valid-test", "very-high-risk-area"]
    assert [(each["masked_name"], each["verdict"]) for each in body["riding_along"]] == [("TT MAU", "valid")]
    typed = api("GET", f"/v1/checkpoint/passes/{passes[0]['code']}", role="checkpoint").json_body
    assert (typed["verdict"], typed["read_as"]) == ("valid", "code")
    assert typed["person"] == body["person"]


@pytest.mark.parametrize(
    ("text", "verdict"), [("TNP1:X", "unreadable"), ("hello", "unreadable"), ("0" * 16, "unknown")]
)
def test_other_texts_get_a_verdict_too(api: Api, text: str, verdict: str) -> None:
    answer = api("POST", "/v1/checkpoint/checks", {"qr": text}, role="checkpoint")
    assert (answer.status_code, answer.json_body["verdict"]) == (200, verdict)


def test_health_answers_reach_only_roles_that_need_them(api: Api, clock: Clock) -> None:
    codes = []
    for traveller in (person(health=ILL), person(1)):
        issued = api("POST", "/v1/declarations", {**form(clock()), "traveller": traveller}).json_body
        codes.append(issued["passes"][0]["code"])
    ill, well = codes
    isolated = {"code": ill, **CROSSING, "temperature": 39.2, "decision": "isolate", "reason": "sốt 39, có triệu chứng"}
    assert api("POST", "/v1/checkpoint/crossings", isolated, role="checkpoint").status_code == 201
    api("POST", "/v1/checkpoint/crossings", {"code": well, **CROSSING}, role="checkpoint")
    for role in ("checkpoint", "supervisor", "health"):
        seen = api("GET", f"/v1/checkpoint/passes/{ill}", role=role).json_body
        assert seen["health"]["symptoms"] == ["fever"]
        assert seen["crossing"]["temperature"] == 39.2
    seen_ill, seen_well = (api("GET", f"/v1/checkpoint/passes/{code}", role="hotline").json_body for code in codes)
    assert seen_ill["person"]["full_name"] == "Nguyễn Văn Thử"
    # Nothing tells the ill from the healthy.
    for own in ("code", "person", "issued_at", "expires_at", "checked_at"):
        del seen_ill[own], seen_well[own]
    assert seen_ill == seen_well


def test_every_look_at_a_declaration_leaves_an_audit_line_and_no_data_of_the_person(
    api: Api, submitted: Submit, logged: StringIO
) -> None:
    own = submitted()["passes"][0]
    logged.truncate(0)
    api("POST", "/v1/checkpoint/checks", {"qr": own["token"]}, role="checkpoint")
    printed = logged.getvalue().strip("\0")
    (audited,) = [line for line in map(json.loads, printed.splitlines()) if line["message"] == "audit"]
    assert audited["staff"] == "staff-1"
    assert audited["codes"] == [own["code"].replace("-", "")]
    assert audited["why"] == "check of a token"
    logged.truncate(0)
    crossing = {"code": own["code"], **CROSSING, "decision": "isolate", "reason": "sốt cao"}
    for staff in ("staff-1", "staff-2"):
        api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint", subject=staff)
    lines = [json.loads(line) for line in logged.getvalue().strip("\0").splitlines()]
    assert [each["staff"] for each in lines if each["message"] == "audit"] == ["staff-1", "staff-2"]
    printed += logged.getvalue()
    for private in ("sốt", "s\\u1ed1t", "Thử", "THU", "912345678", "072090000000", "70E1"):
        assert private not in printed


def test_a_citizen_card_fills_in_a_form_that_is_accepted(api: Api, traced: Declare, clock: Clock) -> None:
    body = api("POST", CHECKS, {"qr": CARD}, role="checkpoint").json_body
    assert (body["read_as"], body["doubts"], body["found"]) == ("citizen_card", [], [])
    assert "verdict" not in body
    assert body["card"] == {"older_number": "290000123", "address": "Tổ 3, Tây Ninh", "issued_on": "2021-03-01"}
    filled = {**body["prefilled"]["traveller"], "phone": "0912345678", "health": HEALTHY}
    code = traced(traveller=filled)["passes"][0]["code"]
    again = api("POST", CHECKS, {"qr": CARD}, role="checkpoint").json_body
    assert [each["code"] for each in again["found"]] == [code]


def test_doubts_about_an_edited_card_are_in_the_language_asked_for(api: Api) -> None:
    edited = CARD.replace("1990|Nam", "1985|Nữ")
    vietnamese = api("POST", CHECKS, {"qr": edited}, role="checkpoint").json_body["doubts"]
    english = api("POST", CHECKS, {"qr": edited}, role="checkpoint", Accept_Language="en").json_body["doubts"]
    codes = ["number_contradicts_birth", "number_contradicts_gender"]
    assert [each["code"] for each in vietnamese] == [each["code"] for each in english] == codes
    assert "năm sinh" in vietnamese[0]["text"].lower()
    assert "year of birth" in english[0]["text"]


@pytest.mark.parametrize("text", ["", "   ", "\0", "😀" * 4096, "\u202eabc", "x" * 4096, "|" * 4096, "070090000123"])
def test_unreadable_text_is_answered_with_what_a_gate_reads(api: Api, text: str) -> None:
    answer = api("POST", CHECKS, {"qr": text}, role="checkpoint")
    assert answer.status_code == 200, answer.body
    assert (answer.json_body["read_as"], answer.json_body["verdict"]) == ("other", "unreadable")
    assert [each["read_as"] for each in answer.json_body["expected"]] == [
        "token",
        "code",
        "permit",
        "citizen_card",
        "personal_qr",
        "certificate",
    ]


def test_a_text_in_a_path_is_a_code_or_a_slip_and_never_a_card(api: Api) -> None:
    from urllib.parse import quote

    for text in (CARD, "hello"):
        body = api("GET", f"/v1/checkpoint/passes/{quote(text, safe='')}", role="checkpoint").json_body
        assert (body["read_as"], body["verdict"]) == ("code", "mistyped")
        assert "prefilled" not in body
