"""Staff at the gate: who may look, what they see, what they record."""

import json
import time
from io import StringIO
from typing import Any

import jwt
import pytest

from tests.forms import form, person
from tests.integration.conftest import Api, Clock, Submit

CROSSING = {"checkpoint": "an-hoa", "temperature": 36.6, "documents_seen": ["identity_document"], "decision": "admit"}
ILL = {
    "symptoms": ["fever"],
    "contact_with_patient": False,
    "contact_with_ill_person": False,
    "contact_with_affected_area": False,
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/checkpoint/passes/0000-0000-0000-0000", None),
        ("POST", "/v1/checkpoint/checks", {"qr": "0000-0000-0000-0000"}),
        ("POST", "/v1/checkpoint/crossings", {"code": "0000-0000-0000-0000", **CROSSING}),
        ("POST", "/v1/checkpoint/declarations", form()),
    ],
)
def test_only_staff_with_the_role_come_in(api: Api, method: str, path: str, body: Any) -> None:
    anonymous = api(method, path, body)
    assert (anonymous.status_code, anonymous.json_body["code"]) == (401, "staff_token_missing")
    assert anonymous.headers["WWW-Authenticate"] == "Bearer"
    assert api(method, path, body, Authorization="Bearer nonsense").json_body["code"] == "staff_token_refused"
    assert api(method, path, body, Authorization="Basic dTpw").json_body["code"] == "staff_token_missing"
    for role in ("administrator", "none-of-ours"):
        refused = api(method, path, body, role=role)
        assert (refused.status_code, refused.json_body["code"]) == (403, "staff_role_missing")


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 60},
        {"iss": "https://evil.example"},
        {"client_id": "another-app"},
        {"client_id": None, "aud": "another-app"},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(api: Api, claims: dict[str, Any]) -> None:
    token = api.issuer.token("checkpoint", **claims)
    answer = api("POST", "/v1/checkpoint/checks", {"qr": "x"}, Authorization=f"Bearer {token}")
    assert (answer.status_code, answer.json_body["code"]) == (401, "staff_token_refused")


def test_a_token_is_verified_once_a_minute_and_anew_when_it_has_ended(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    real, now = jwt.decode, time.time()

    def decode(token: str, *arguments: Any, **options: Any) -> Any:
        verified.append(token)
        return real(token, *arguments, **options)

    def check(token: str, later: float) -> int:
        monkeypatch.setattr("chalicelib.adapters.oidc.time", lambda: now + later)
        api("POST", "/v1/checkpoint/checks", {"qr": "x"}, Authorization=f"Bearer {token}")
        return verified.count(token)

    monkeypatch.setattr(jwt, "decode", decode)
    lasting, short = api.issuer.token("checkpoint"), api.issuer.token("checkpoint", exp=int(now) + 30)
    assert [check(lasting, later) for later in (0, 1, 59, 61)] == [1, 1, 1, 2]
    assert [check(short, later) for later in (0, 1, 31)] == [1, 1, 2]


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(api: Api) -> None:
    import hashlib
    import hmac

    from jwt.utils import base64url_encode

    header, payload, _ = api.issuer.token("checkpoint").split(".")
    weak = base64url_encode(b'{"alg":"HS256","kid":"k1","typ":"JWT"}').decode()
    signature = hmac.new(b"k", f"{weak}.{payload}".encode(), hashlib.sha256).digest()
    token = f"{weak}.{payload}.{base64url_encode(signature).decode()}"
    answer = api("POST", "/v1/checkpoint/checks", {"qr": "x"}, Authorization=f"Bearer {token}")
    assert (answer.status_code, answer.json_body["code"]) == (401, "staff_token_refused")
    assert header


def test_an_issuer_that_does_not_answer_is_503(api: Api) -> None:
    api.issuer.down = True
    answer = api("POST", "/v1/checkpoint/checks", {"qr": "x"}, role="checkpoint")
    assert (answer.status_code, answer.json_body["code"]) == (503, "staff_issuer_unreachable")
    assert answer.headers["Retry-After"]


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


@pytest.mark.parametrize(("text", "verdict"), [("TNP1:X", "forged"), ("hello", "unreadable"), ("0" * 16, "unknown")])
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


def test_whoever_the_policy_stops_is_admitted_with_a_reason_only(api: Api, clock: Clock) -> None:
    issued = api("POST", "/v1/declarations", {**form(clock()), "traveller": person(health=ILL)}).json_body
    crossing = {"code": issued["passes"][0]["code"], **CROSSING}
    refused = api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint")
    assert (refused.status_code, refused.json_body["code"]) == (422, "reason_missing_for_stop")
    overruled = {**crossing, "reason": "Bác sĩ tại chốt đã khám"}
    assert api("POST", "/v1/checkpoint/crossings", overruled, role="checkpoint").status_code == 201


def test_a_crossing_repeated_with_its_documents_in_another_order_is_the_same(api: Api, submitted: Submit) -> None:
    crossing = {"code": submitted()["passes"][0]["code"], **CROSSING}
    first = api(
        "POST", "/v1/checkpoint/crossings", {**crossing, "documents_seen": ["other", "test_result"]}, role="checkpoint"
    )
    again = api(
        "POST", "/v1/checkpoint/crossings", {**crossing, "documents_seen": ["test_result", "other"]}, role="checkpoint"
    )
    assert (again.status_code, again.json_body) == (201, first.json_body)


def test_a_crossing_is_recorded_once_and_a_second_is_told_who_decided_what(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    first = api("POST", "/v1/checkpoint/crossings", {"code": code.lower(), **CROSSING}, role="checkpoint")
    assert first.status_code == 201, first.body
    assert first.json_body["recorded_by"] == "staff-1"
    again = api("POST", "/v1/checkpoint/crossings", {"code": code, **CROSSING}, role="checkpoint")
    assert (again.status_code, again.json_body) == (201, first.json_body)
    other = api("POST", "/v1/checkpoint/crossings", {"code": code, **CROSSING}, role="checkpoint", subject="staff-2")
    assert (other.status_code, other.json_body["code"]) == (409, "crossing_already_recorded")
    assert other.json_body["crossing"]["recorded_by"] == "staff-1"
    assert other.json_body["crossing"]["recorded_by_name"] == "name of staff-1"
    assert other.json_body["crossing"]["decision"] == "admit"
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body
    assert (seen["verdict"], seen["crossing"]["decision"]) == ("used", "admit")


def test_an_expired_pass_is_not_admitted(api: Api, submitted: Submit, clock: Clock) -> None:
    code = submitted()["passes"][0]["code"]
    clock.advance(hours=1)
    admitted = api("POST", "/v1/checkpoint/crossings", {"code": code, **CROSSING}, role="checkpoint")
    assert (admitted.status_code, admitted.json_body["code"]) == (409, "pass_expired")
    refusal = {"code": code, **CROSSING, "decision": "refuse", "reason": "Hết hạn"}
    assert api("POST", "/v1/checkpoint/crossings", refusal, role="checkpoint").status_code == 201


def test_staff_declare_for_someone_without_a_phone(api: Api, clock: Clock) -> None:
    body = {**form(clock()), "traveller": person(phone=None)}
    assert api("POST", "/v1/declarations", body).json_body["code"] == "phone_missing"
    answer = api("POST", "/v1/checkpoint/declarations", body, role="checkpoint", subject="staff-9")
    assert answer.status_code == 201, answer.body
    code = answer.json_body["passes"][0]["code"]
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body
    assert seen["declared_by"] == "staff-9"


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
