"""A bus from its company's list to the gate, over the routes."""

import json
from collections.abc import Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.models.entry.codes import Code
from infra import ROOT
from tests.forms import HEALTHY, form
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock
from tests.integration.entry.test_drafts import code_of
from tests.integration.partners.conftest import KEY, OTHER_KEY
from tests.integration.queues import batch, event
from tests.tables import rows

MANIFESTS = "/v1/partner/manifests"
COMMUNE = {"list_version": "2021", "code": "25480"}
PLATE = "70B-012.34"


def bus(clock: Clock, seats: int = 2, *, hours: float = 3, **changes: Any) -> dict[str, Any]:
    """A bus that arrives in some hours."""
    return {
        "service_number": "TN-0630",
        "plate": PLATE,
        "departs_at": (clock() + timedelta(hours=hours - 2)).isoformat(),
        "expected_arrival": (clock() + timedelta(hours=hours)).isoformat(),
        "checkpoint": "an-hoa",
        "destination": COMMUNE,
        "seats": [
            {
                "seat": f"{number + 1}A",
                "full_name": f"Trần Mẫu {'A' * (number % 5 + 1)}",
                "birth_year": 1990,
                "phone": f"0912{500000 + number:06d}",
            }
            for number in range(seats)
        ],
        **changes,
    }


def passenger(clock: Clock, number: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "gender": "female",
        "nationality": "VN",
        "identity": {"kind": "cccd", "number": f"0721900{number:05d}"},
        "health": HEALTHY,
        "origin": {"unit": {"list_version": "2021", "code": "79"}},
        "address": "Tổ 3",
        "purpose": "return_home",
        "consent": form(clock())["consent"],
        **changes,
    }


def send(api: Api, body: Any, key: str = KEY, **headers: str) -> HTTPResponse:
    headers.setdefault("Idempotency_Key", str(uuid4()))
    return api("POST", MANIFESTS, body, X_Api_Key=key, **headers)


def sent(api: Api, body: Any) -> Any:
    answer = send(api, body)
    assert answer.status_code == 201, answer.body
    return answer.json_body


def confirm(api: Api, manifest: Any, number: int, body: Any, secret: str = "") -> HTTPResponse:
    path = f"/v1/manifest-seats/{manifest['id']}/{number}"
    return api("POST", path, body, X_Seat_Secret=secret or manifest["seats"][number]["secret"])


def at_gate(api: Api, query: str = f"plate={PLATE}") -> Any:
    answer = api("GET", f"/v1/checkpoint/manifest?{query}", role="checkpoint")
    assert answer.status_code == 200, answer.body
    return answer.json_body


def test_the_guard_sees_which_seats_are_confirmed(api: Api, clock: Clock, lambdas: Client) -> None:
    manifest = sent(api, bus(clock, 3))
    clock.advance(hours=2, minutes=30)
    answer = confirm(api, manifest, 1, passenger(clock))
    assert answer.status_code == 201, answer.body
    (issued,) = answer.json_body["passes"]
    lambdas.lambda_.invoke("trace", batch(json.dumps(event("declaration_submitted", Code.parse(issued["code"])))))
    for query in (f"plate={PLATE}", "service_number=tn0630"):
        seen = at_gate(api, query)
        assert (seen["bus"]["seats_total"], seen["bus"]["seats_confirmed"]) == (3, 1)
        states = [(each["seat"], each["confirmed"], each.get("verdict")) for each in seen["bus"]["seats"]]
        assert states == [("1A", False, None), ("3A", False, None), ("2A", True, "valid")]
        assert seen["bus"]["seats"][2]["code"] == issued["code"]
        (held,) = seen["passes"]
        assert (held["code"], held["origin"], held["plate"]) == (issued["code"], "partner", "70B01234")
    checked = api("GET", f"/v1/checkpoint/passes/{issued['code']}", role="checkpoint").json_body
    assert checked["person"]["full_name"] == "Trần Mẫu AA"
    assert checked["trip"]["transport"]["seat"] == "2A"


def test_the_company_sees_states_and_nothing_of_a_person(api: Api, clock: Clock) -> None:
    manifest = sent(api, bus(clock, hours=0.9, departs_at=(clock() - timedelta(hours=2)).isoformat()))
    assert confirm(api, manifest, 0, passenger(clock, health={**HEALTHY, "symptoms": ["fever"]})).status_code == 201
    state = api("GET", f"{MANIFESTS}/{manifest['id']}", X_Api_Key=KEY).json_body
    assert state["counts"] == {"total": 2, "confirmed": 1}
    assert state["seats"] == [
        {"number": 0, "seat": "1A", "confirmed": True},
        {"number": 1, "seat": "2A", "confirmed": False},
    ]
    other = api("GET", f"{MANIFESTS}/{manifest['id']}", X_Api_Key=OTHER_KEY)
    assert code_of(other) == (404, "manifest_unknown")
    assert code_of(api("GET", f"{MANIFESTS}/nonsense", X_Api_Key=KEY)) == (404, "manifest_unknown")


def test_a_seat_is_confirmed_once(api: Api, clock: Clock) -> None:
    manifest = sent(api, bus(clock, hours=0.5))
    own = passenger(clock)
    first = confirm(api, manifest, 0, own)
    clock.advance(hours=3)
    again = confirm(api, manifest, 0, own)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json_body == first.json_body
    differs = passenger(clock, 1)
    assert code_of(confirm(api, manifest, 0, differs)) == (409, "seat_already_confirmed")
    assert len([each for each in rows("entries") if each["row"]["S"] == "DECLARATION"]) == 1


def test_a_secret_is_of_one_seat(api: Api, clock: Clock) -> None:
    manifest, other = sent(api, bus(clock, hours=0.5)), sent(api, bus(clock, hours=0.5))
    of_others = (manifest["seats"][1]["secret"], other["seats"][0]["secret"], "x", "0" * 13)
    for secret in of_others:
        assert code_of(confirm(api, manifest, 0, passenger(clock), secret)) == (403, "seat_secret_wrong")
    for path in ("nonsense/0", f"{manifest['id']}/2", f"{manifest['id']}/99", f"{manifest['id']}/-1"):
        answer = api("POST", f"/v1/manifest-seats/{path}", passenger(clock), X_Seat_Secret=of_others[0])
        assert code_of(answer) == (403, "seat_secret_wrong")
    assert code_of(api("POST", f"/v1/manifest-seats/{manifest['id']}/0", passenger(clock))) == (
        403,
        "seat_secret_wrong",
    )
    assert not [each for each in rows("entries") if each["row"]["S"] == "DECLARATION"]


def test_a_passenger_confirms_within_the_hour(api: Api, clock: Clock) -> None:
    manifest = sent(api, bus(clock, hours=3))
    assert code_of(confirm(api, manifest, 0, passenger(clock))) == (
        422,
        [("/expected_arrival", "arrival_too_far_ahead")],
    )
    early = passenger(clock, expected_arrival=(clock() + timedelta(minutes=50)).isoformat())
    assert confirm(api, manifest, 0, early).status_code == 201
    clock.advance(hours=4)
    assert code_of(confirm(api, manifest, 1, passenger(clock, 1))) == (422, [("/expected_arrival", "arrival_in_past")])
    late = passenger(clock, 1, expected_arrival=(clock() + timedelta(minutes=5)).isoformat())
    assert confirm(api, manifest, 1, late).status_code == 201


def test_a_passenger_s_form_is_checked_as_any_declaration(api: Api, clock: Clock) -> None:
    manifest = sent(api, bus(clock, hours=0.5))
    for changes, problem in (
        ({"identity": None}, ("/identity", "identity_missing")),
        ({"identity": {"kind": "cccd", "number": "072085000123"}}, ("/identity/number", "identity_contradicts_birth")),
        (
            {"health": {**HEALTHY, "test": {"kind": "pcr", "result": "negative", "taken_at": "2098-01-01T00:00:00Z"}}},
            ("/health/test/taken_at", "test_in_future"),
        ),
        ({"consent": {**form(clock())["consent"], "accepted": False}}, ("/consent/accepted", "consent_not_given")),
        ({"stay_until": "2021-01-01"}, ("/stay_until", "stay_ends_in_past")),
    ):
        assert code_of(confirm(api, manifest, 0, passenger(clock, **changes))) == (422, [problem])
    without = {name: value for name, value in passenger(clock).items() if name != "health"}
    assert code_of(confirm(api, manifest, 0, without)) == (422, [("/health", "field_missing")])


def test_a_manifest_is_checked(api: Api, clock: Clock) -> None:
    good = bus(clock)
    first, second = good["seats"]
    for changes, problem in (
        ({"seats": bus(clock, 61)["seats"]}, ("/seats", "list_too_long")),
        ({"seats": []}, ("/seats", "list_too_short")),
        ({"seats": [first, {**second, "seat": "1a"}]}, ("/seats/1/seat", "seat_taken")),
        ({"destination": None}, ("/seats/0/destination", "passenger_destination_missing")),
        ({"expected_arrival": good["departs_at"]}, ("/expected_arrival", "arrival_before_departure")),
        (
            {"expected_arrival": (clock() + timedelta(days=8)).isoformat()},
            ("/expected_arrival", "manifest_too_far_ahead"),
        ),
        ({"checkpoint": "nowhere"}, ("/checkpoint", "unknown_checkpoint")),
        ({"plate": "?"}, ("/plate", "plate_impossible")),
        ({"seats": [{**first, "phone": "12"}, second]}, ("/seats/0/phone", "phone_impossible")),
        ({"seats": [{**first, "birth_year": 2098}, second]}, ("/seats/0/birth_year", "birth_in_future")),
        (
            {"destination": {"list_version": "2021", "code": "00001"}},
            ("/destination/code", "destination_not_a_commune_of_the_province"),
        ),
    ):
        assert code_of(send(api, {**good, **changes})) == (422, [problem])
    gone = bus(clock, hours=-1)
    assert code_of(send(api, gone)) == (422, [("/expected_arrival", "arrival_in_past")])
    assert rows("drafts") == []
    assert len(sent(api, bus(clock, 60))["seats"]) == 60


def test_a_manifest_that_is_sent_again_is_kept_once(api: Api, clock: Clock) -> None:
    key, body = str(uuid4()), bus(clock)
    first = send(api, body, Idempotency_Key=key)
    clock.advance(hours=5)
    again = send(api, body, Idempotency_Key=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json_body == first.json_body
    assert code_of(send(api, bus(clock, 3), Idempotency_Key=key)) == (422, "idempotency_key_reused")
    assert send(api, bus(clock), OTHER_KEY, Idempotency_Key=key).json_body["id"] != first.json_body["id"]


def test_the_bus_that_is_expected_nearest_to_now_is_shown(api: Api, clock: Clock) -> None:
    for hours in (-0, 5, 11):
        sent(api, bus(clock, hours=hours + 0.1))
    clock.advance(hours=6)
    assert "bus" in at_gate(api)
    near = sent(api, bus(clock, hours=0.2))
    assert at_gate(api)["bus"]["id"] == near["id"]
    other = api("GET", "/v1/checkpoint/manifest?service_number=none", role="checkpoint")
    assert code_of(other) == (404, "manifest_unknown")
    assert "bus" not in at_gate(api, "plate=70B-999.99")
    two = api("GET", f"/v1/checkpoint/manifest?service_number=TN-0630&plate={PLATE}", role="checkpoint")
    assert two.json_body["code"] == "exactly_one_needed"


def test_a_look_at_a_list_of_passengers_is_audited_with_its_id(api: Api, clock: Clock, logged: StringIO) -> None:
    manifest = sent(api, bus(clock, hours=0.5))
    code = confirm(api, manifest, 0, passenger(clock)).json_body["passes"][0]["code"]
    at_gate(api)
    (line,) = [
        each for each in map(json.loads, logged.getvalue().splitlines()) if each.get("why") == "manifest by plate"
    ]
    assert line["codes"] == [manifest["id"], code.replace("-", "")]


def test_a_gate_reads_lists_of_passengers_and_no_draft(api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the condition on its role, which the local engine does not judge."""
    policy = json.loads((ROOT / ".chalice" / "policy-gate.json").read_text())
    (statement,) = [each for each in policy["Statement"] if each["Sid"] == "Manifests"]
    allowed = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    read = []

    def answer(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if request.get("TableName") == "drafts":
            read.append((operation, request["ExpressionAttributeValues"][":0"]["S"]))
        return call(operation, request)

    sent(api, bus(clock))
    respond(monkeypatch, answer)
    at_gate(api)
    at_gate(api, "service_number=TN-0630")
    # The list of a bus, and what leads to it: two queries.
    assert [operation for operation, _ in read] == ["Query"] * 4
    assert {each for each in allowed if any(fnmatchcase(name, each) for _, name in read)} == set(allowed)
    assert all(any(fnmatchcase(name, each) for each in allowed) for _, name in read)
    assert not any(fnmatchcase("PHONE#0", each) or fnmatchcase("PERSON#0", each) for each in allowed)


def test_no_key_or_log_line_names_a_passenger(api: Api, clock: Clock, logged: StringIO) -> None:
    manifest = sent(api, bus(clock, hours=0.5))
    confirm(api, manifest, 0, passenger(clock))
    at_gate(api)
    keys = [f"{each['partition']['S']} {each['row']['S']}" for each in rows("drafts")]
    assert keys
    secret = manifest["seats"][0]["secret"]
    personal = ("912500000", "Trần", "0721900", "70B01234", secret)
    assert not any(each in text for each in personal for text in (logged.getvalue(), *keys))
