"""Who may read stays: the files with the rights of all functions say it, and the routes need no more."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.storage.entry.requests import Requests
from infra import ROOT
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock
from tests.integration.stays.conftest import Admit, Commune
from tests.tables import by_botocore

NO_ITEMS = {"dynamodb:ListStreams"}
"""Of all tables; it reads none of their items."""
MAY_READ = {"policy-health.json", "policy-watch.json", "policy-count.json", "policy-fan-out-facts.json"}
"""The third reads what is counted and no answers about health, the last the keys of new rows."""


def statements(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((ROOT / ".chalice" / name).read_text())["Statement"]
    return found


def test_no_function_but_that_of_health_and_workers_has_a_right_to_stays() -> None:
    files = [each.name for each in (ROOT / ".chalice").glob("policy-*.json")]
    assert len(files) > len(MAY_READ)
    reading = {
        name
        for name in files
        for each in statements(name)
        if any(action.startswith("dynamodb:") and action not in NO_ITEMS for action in each["Action"])
        and (each["Resource"] == "*" or "StaysTable" in json.dumps(each["Resource"]))
    }
    assert reading == MAY_READ


def test_routes_of_stays_read_of_declarations_only_whose_data_is_restricted(
    api: Api, clock: Clock, admitted: Admit, commune: Commune, aws: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function may read all declarations, for cases."""
    own = admitted()
    read: set[str] = set()

    def answer(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if request.get("TableName") == aws["ENTRIES_TABLE"]:
            read.add(request["ExpressionAttributeValues"][":0"]["S"])
        return call(operation, request)

    respond(monkeypatch, answer)
    commune.lists()
    assert commune.sends(own["code"], "arrival", outcome="confirmed").status_code == 201
    assert api("GET", f"/v1/passes/{own['code']}/stay", X_Pass_Secret=own["secret"]).status_code == 200
    assert read == {"RESTRICTED"}


def test_a_person_whose_data_is_restricted_is_listed_without_it(
    api: Api, clock: Clock, admitted: Admit, commune: Commune
) -> None:

    own = admitted()
    day = f"{clock().date()}"
    report = {"day": day, "symptoms": ["fever"]}
    path = f"/v1/passes/{own['code']}"
    assert api("POST", f"{path}/health-reports", report, X_Pass_Secret=own["secret"]).status_code == 201
    code = Code.parse(own["code"])
    requests = Requests(by_botocore().entries, retention=timedelta(days=30))
    record = requests.find(code)
    assert record is not None
    restriction = Restriction(restricted=True, recorded_at=clock(), recorded_by="boss")
    assert requests.append_restriction(HeldPass(code, record), restriction)
    (stay,) = commune.lists()["stays"]
    assert (stay["code"], "person" in stay, "ill" in stay) == (own["code"], False, False)
    assert commune.codes(near="t%E1%BB%95") == []
    seen = commune.sees(own["code"]).json_body
    assert (seen["reports"], seen["tests"], "person" in seen) == ([], [], False)
    assert "Nguyễn" not in json.dumps(seen, ensure_ascii=False)
    assert api("GET", f"{path}/stay", X_Pass_Secret=own["secret"]).json_body["reports"][0]["symptoms"] == ["fever"]
