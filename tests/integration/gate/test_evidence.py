"""Certificates at the gate: what they prove counts, lands in the crossing, and nothing else does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.certificates import (
    EUROPEAN_NAME,
    bare_entry,
    european_key,
    make_certificate,
    recovery,
    test,
    vaccination,
    vietnamese_key,
)
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.recording import batch
from tests.integration.refused import fields_refused
from tests.tables import client

test.__test__ = False  # type: ignore[attr-defined]  # a payload, and no test

Certify = Callable[..., str]

KEYS: dict[str, tuple[bytes, Callable[[], Any]]] = {
    "VN": (b"vietnam1", vietnamese_key),
    "AT": (b"austria1", european_key),
}
ADMIT = {"checkpoint": "an-hoa", "decision": "admit"}


@pytest.fixture
def certify(api: Api, clock: Clock) -> Certify:
    """Makes certificates of countries whose keys are trusted."""
    for country, (kid, key) in KEYS.items():
        body = {"keys": [bare_entry(key(), kid, clock())]}
        assert api("PUT", f"/v1/trust-list/{country}", body, role="administrator").status_code == 200

    def make(payload: dict[str, Any], country: str = "VN", valid: timedelta = timedelta(days=30)) -> str:
        kid, key = KEYS[country]
        return make_certificate(key(), kid, country, payload, clock() - timedelta(days=1), clock() + valid)

    return make


def negative(clock: Clock, hours: float = 5, **changes: Any) -> dict[str, Any]:
    return test(sc=(clock() - timedelta(hours=hours)).isoformat(), **changes)


def checked(api: Api, text: str, **body: Any) -> Any:
    answer = api("POST", "/v1/checkpoint/checks", {"qr": text, **body}, role="checkpoint", Accept_Language="en")
    assert answer.status_code == 200, answer.body
    return answer.json_body


def recorded(api: Api, code: str, *texts: str, **changes: Any) -> Any:
    body = {"code": code, **ADMIT, "certificates": texts, **changes}
    return api("POST", "/v1/checkpoint/crossings", body, role="checkpoint")


def findings(body: Any) -> set[str]:
    return {each["id"] for each in body["findings"]}


def test_a_certificate_without_a_pass_is_read_without_findings(api: Api, clock: Clock, certify: Certify) -> None:
    body = checked(api, certify(negative(clock)))
    assert (body["read_as"], body["certificate"]["verdict"], "verdict" in body) == ("certificate", "valid", False)
    assert body["certificate"]["test"]["hours_since"] == 5.0
    assert "findings" not in body
    assert checked(api, "HC1:NONSENSE")["certificate"]["verdict"] == "unreadable"


def test_what_a_certificate_proves_counts_in_the_policy(
    api: Api, clock: Clock, certify: Certify, submitted: Submit
) -> None:
    code = submitted()["passes"][0]["code"]
    declared = api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body
    assert "no-valid-test" in findings(declared)
    with_test = checked(api, certify(negative(clock)), code=code)
    assert (with_test["verdict"], with_test["certificate"]["doubts"]) == ("valid", [])
    assert "no-valid-test" not in findings(with_test)
    assert with_test["person"]["full_name"] == "Nguyễn Văn Thử"
    too_old = checked(api, certify(negative(clock, hours=80)), code=code)
    assert "no-valid-test" in findings(too_old)
    instructions = {each["id"] for each in declared["instructions"]}
    with_doses = {each["id"] for each in checked(api, certify(vaccination()), code=code)["instructions"]}
    assert ("isolate-at-facility-14" in instructions, "isolate-at-home-14" in with_doses) == (True, True)


def test_a_certificate_of_somebody_else_or_from_nobody_proves_nothing(
    api: Api, clock: Clock, certify: Certify, submitted: Submit
) -> None:
    code = submitted()["passes"][0]["code"]
    others = {**negative(clock), "nam": EUROPEAN_NAME}
    body = checked(api, certify(others), code=code)
    assert body["certificate"]["verdict"] == "valid"
    assert [each["code"] for each in body["certificate"]["doubts"]] == ["name_differs"]
    assert "no-valid-test" in findings(body)
    unlisted = make_certificate(vietnamese_key(), b"nobody??", "VN", negative(clock), clock(), clock())
    assert checked(api, unlisted, code=code)["certificate"]["verdict"] == "untrusted"
    forged = make_certificate(
        european_key(), KEYS["VN"][0], "VN", negative(clock), clock(), clock() + timedelta(days=1)
    )
    crossing = recorded(api, code, forged, certify(others)).json_body
    assert [each["verdict"] for each in crossing["certificates"]] == ["forged", "valid"]
    assert crossing["documents_seen"] == []
    assert "no-valid-test" in crossing["findings"]


def test_certificates_are_among_the_documents_seen_and_their_text_is_not_kept(
    api: Api, clock: Clock, certify: Certify, submitted: Submit
) -> None:
    code = submitted()["passes"][0]["code"]
    texts = (
        certify(vaccination(co="AT"), "AT"),
        certify(negative(clock)),
        certify(recovery(du=f"{clock() + timedelta(days=9):%Y-%m-%d}")),
    )
    answer = recorded(api, code, *texts, documents_seen=["identity_document"])
    assert answer.status_code == 201, answer.body
    crossing = answer.json_body
    assert crossing["documents_seen"] == ["identity_document", "other", "test_result", "vaccination_certificate"]
    assert [each["issuer"] for each in crossing["certificates"]] == ["AT", "VN", "VN"]
    assert crossing["certificates"][0]["vaccination"]["doses"] == 2
    assert crossing["findings"] == ["very-high-risk-area"]
    assert crossing["instructions"] == ["isolate-at-home-14", "report-to-commune"]
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body
    assert seen["crossing"] == crossing
    assert [each["id"] for each in seen["findings"]] == crossing["findings"]
    assert [each["id"] for each in seen["instructions"]] == crossing["instructions"]
    assert "HC1:" not in str(client("dynamodb").scan(TableName="entries")["Items"])


def test_the_same_crossing_again_is_the_first_answer_although_a_key_was_withdrawn(
    api: Api, clock: Clock, certify: Certify, submitted: Submit
) -> None:
    code = submitted()["passes"][0]["code"]
    text = certify(negative(clock))
    first = recorded(api, code, text)
    api("PUT", "/v1/trust-list/VN", {"keys": []}, role="administrator")
    clock.advance(minutes=2)
    assert checked(api, text)["certificate"]["verdict"] == "untrusted"
    assert recorded(api, code, text).json_body == first.json_body
    assert recorded(api, code).status_code == 409
    assert recorded(api, code, text, text).status_code == 409


def test_a_person_with_a_positive_certificate_is_admitted_only_with_a_reason(
    api: Api, clock: Clock, certify: Certify, submitted: Submit
) -> None:
    code = submitted()["passes"][0]["code"]
    positive = certify(negative(clock, tr="260373001"))
    refused = recorded(api, code, positive)
    assert fields_refused(refused) == [("/reason", "reason_missing_for_stop")]
    assert recorded(api, code, positive, reason="chuyển viện").status_code == 201


def test_a_declared_positive_test_outweighs_an_earlier_negative_certificate(
    api: Api, clock: Clock, certify: Certify, submitted: Submit
) -> None:
    from tests.forms import form

    body = form(clock())
    at = (clock() - timedelta(hours=1)).isoformat()
    body["traveller"]["health"]["test"] = {"kind": "antigen", "result": "positive", "taken_at": at}
    code = api("POST", "/v1/declarations", body).json_body["passes"][0]["code"]
    assert "positive-test" in findings(checked(api, certify(negative(clock)), code=code))
    later = checked(api, certify(negative(clock, hours=0.5)), code=code)
    assert "positive-test" not in findings(later)


def test_a_person_with_fever_is_admitted_only_with_a_reason(api: Api, submitted: Submit) -> None:
    warm, ill = (each["code"] for each in submitted(companions=1)["passes"])
    assert recorded(api, warm, temperature=37.4).status_code == 201
    refused = recorded(api, ill, temperature=37.5)
    assert fields_refused(refused) == [("/reason", "reason_missing_for_stop")]
    assert recorded(api, ill, temperature=37.5, reason="đi dưới nắng, đo lại 36,8").status_code == 201


def test_a_crossing_without_network_brings_its_certificates(
    api: Api, clock: Clock, certify: Certify, submitted: Submit
) -> None:
    code = submitted()["passes"][0]["code"]
    line = {"id": "1", "code": code, **ADMIT, "recorded_at": clock().isoformat()}
    line["certificates"] = [certify(negative(clock))]
    body = {"device": "d", "sent_at": clock().isoformat(), "crossings": [line]}
    for outcome in ("recorded", "repeated"):
        (answered,) = api("POST", "/v1/checkpoint/crossings/batch", body, role="checkpoint").json_body["lines"]
        assert (answered["outcome"], answered["crossing"]["documents_seen"]) == (outcome, ["test_result"])


@pytest.mark.parametrize("payload", [vaccination(dt="0021-07-01"), test(sc="0021-07-21T08:00:00Z")])
def test_a_certificate_dated_in_the_year_21_leaves_the_record_readable_and_its_neighbours_recorded(
    api: Api, clock: Clock, submitted: Submit, certify: Certify, payload: dict[str, Any]
) -> None:
    code, *others = (each["code"] for each in submitted(companions=2)["passes"])
    lines = [{"code": code, "certificates": [certify(payload)]}, {"code": others[0]}]
    sent = api("POST", "/v1/checkpoint/crossings/batch", batch(clock, *lines), role="checkpoint")
    assert [each["outcome"] for each in sent.json_body["lines"]] == ["recorded", "recorded"]
    again = api("POST", "/v1/checkpoint/crossings/batch", batch(clock, *lines, {"code": others[1]}), role="checkpoint")
    assert again.status_code == 200, again.body
    assert [each["outcome"] for each in again.json_body["lines"]] == ["repeated", "repeated", "recorded"]
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="health")
    assert seen.status_code == 200, seen.body
    (shown,) = seen.json_body["crossing"]["certificates"]
    assert (shown["verdict"], shown["doubts"]) == ("valid", ["event_too_early"])


def test_certificates_are_not_for_the_hotline_and_codes_are_looked_at(api: Api, clock: Clock, certify: Certify) -> None:
    text = certify(negative(clock))
    assert api("POST", "/v1/checkpoint/checks", {"qr": text}, role="hotline").status_code == 403
    assert checked(api, text, code="0000-0000-0000-0000")["verdict"] == "unknown"
    slip = api("POST", "/v1/checkpoint/checks", {"qr": text, "code": "0000-0000-0000-0001"}, role="checkpoint")
    assert fields_refused(slip) == [("/code", "code_mistyped")]
