"""The list of a phone's passes, over the route, on what the trace worker has written."""

from datetime import datetime
from io import StringIO
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.models.people.hashed import PHONE
from chalicelib.wiring.people import issue_citizen_token
from tests.integration.conftest import Api, Clock
from tests.integration.gate.looking import Declare

PASSES = "/v1/passes"


@pytest.fixture
def bearer(api: Api) -> str:
    """The citizen token of the traveller's phone."""
    assert api
    return bearer_of("+84912345678")


def bearer_of(phone: str) -> str:
    return f"Bearer {issue_citizen_token(wiring.keyed_hash().text(PHONE, phone)).text}"


def listed(api: Api, bearer: str, query: str = "") -> Any:
    answer = api("GET", f"{PASSES}{query}", Authorization=bearer)
    assert answer.status_code == 200, answer.body
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json_body


def test_a_proven_phone_gets_back_what_the_declaration_answered(api: Api, traced: Declare, bearer: str) -> None:
    issued = traced(companions=1)
    seen = listed(api, bearer)
    (declaration,) = seen.pop("declarations")
    assert seen == {"complete": True}
    assert (declaration["declaration"], declaration["origin"]) == (issued["declaration"], "unproven")
    for own, each in zip(declaration["passes"], issued["passes"], strict=True):
        assert own.pop("state") == "valid"
        assert own.items() <= each.items()
        opened = api("POST", f"{PASSES}/{own['code']}/open", X_Pass_Secret=own["secret"]).json_body
        assert opened["masked_name"] == own["masked_name"]
        picture = own["links"]["qr_svg"].removeprefix("https://pass.example")
        assert api("GET", picture, X_Pass_Secret=own["secret"]).status_code == 200


def test_a_companion_s_phone_gets_their_own_pass_alone(api: Api, traced: Declare) -> None:
    issued = traced(companions=2)
    (declaration,) = listed(api, bearer_of("+84912345680"))["declarations"]
    assert [each["code"] for each in declaration["passes"]] == [issued["passes"][2]["code"]]


def test_another_phone_gets_nothing(api: Api, traced: Declare) -> None:
    traced()
    assert listed(api, bearer_of("+84987654321")) == {"complete": True, "declarations": []}


def test_without_the_token_of_a_phone_nothing_is_listed(api: Api, clock: Clock, bearer: str) -> None:
    missing = api("GET", PASSES)
    assert (missing.status_code, missing.json_body["code"]) == (401, "citizen_token_missing")
    assert missing.headers["WWW-Authenticate"] == "Bearer"
    for token in (f"{bearer}x", f"Bearer {api.issuer.token('administrator')}"):
        refused = api("GET", PASSES, Authorization=token)
        assert (refused.status_code, refused.json_body["code"]) == (401, "citizen_token_refused")
    clock.advance(hours=13)
    assert api("GET", PASSES, Authorization=bearer).json_body["code"] == "citizen_token_expired"


def test_pages_lead_to_each_other(api: Api, traced: Declare, bearer: str) -> None:
    issued = {traced()["declaration"] for _ in range(3)}
    first = listed(api, bearer, "?limit=2")
    rest = listed(api, bearer, f"?cursor={first['cursor']}")
    assert (first["complete"], rest["complete"]) == (False, True)
    assert {each["declaration"] for page in (first, rest) for each in page["declarations"]} == issued
    refused = api("GET", f"{PASSES}?cursor={first['cursor']}", Authorization=bearer_of("+84987654321"))
    assert (refused.status_code, refused.json_body["errors"][0]["code"]) == (422, "cursor_unknown")


def test_a_pass_that_ended_yesterday_is_listed_with_its_state_and_an_older_one_is_not(
    api: Api, clock: Clock, traced: Declare
) -> None:
    issued = traced()
    clock.advance(hours=24, minutes=59)
    (declaration,) = listed(api, bearer_of("+84912345678"))["declarations"]
    (own,) = declaration["passes"]
    assert own["state"] == "expired"
    assert datetime.fromisoformat(own["expires_at"]) == datetime.fromisoformat(issued["expires_at"])
    clock.advance(minutes=1)
    assert listed(api, bearer_of("+84912345678"))["declarations"] == []


def test_no_log_has_a_phone_a_code_or_a_secret(api: Api, traced: Declare, bearer: str, logged: StringIO) -> None:
    (own,) = traced()["passes"]
    listed(api, bearer)
    lines = logged.getvalue()
    assert "/v1/passes" in lines
    assert not any(each in lines for each in ("912345678", own["secret"], own["code"].replace("-", ""), bearer[7:]))
