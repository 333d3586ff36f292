"""Looks at persons' data are counted and bounded."""

import json
from io import StringIO

import pytest

from chalicelib import settings
from chalicelib.http.routes import operations
from chalicelib.models.staff.roles import SEE_PERSONS
from chalicelib.wiring import reference_table
from tests.integration.conftest import Api, Submit
from tests.integration.gate.looking import CHECKS
from tests.integration.gate.recording import ADMIT
from tests.integration.logs import audited
from tests.integration.staff.posting import problem_of


def test_an_absurd_number_of_looks_is_refused_and_crossings_are_recorded_all_the_same(
    api: Api, submitted: Submit, monkeypatch: pytest.MonkeyPatch, logged: StringIO
) -> None:
    monkeypatch.setenv("STAFF_LOOKS_AN_HOUR", "40")
    settings.settings.cache_clear()
    code = submitted()["passes"][0]["code"]
    for _ in range(40):
        assert api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").status_code == 200
    before = len(audited(logged))
    for method, path, body in (
        ("GET", f"/v1/checkpoint/passes/{code}", None),
        ("POST", CHECKS, {"qr": code}),
        ("POST", "/v1/checkpoint/search", {"phone": "0912345678"}),
        ("GET", "/v1/checkpoint/search?plate=70A-123.45", None),
        ("GET", f"/v1/checkpoint/manifest?code={code}", None),
    ):
        refused = api(method, path, body, role="checkpoint")
        assert problem_of(refused) == (429, "staff_too_many_looks")
        assert 0 < int(refused.headers["Retry-After"]) <= 3601
    assert len(audited(logged)) == before
    assert api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint", subject="staff-2").status_code == 200
    crossing = {"code": code, **ADMIT}
    assert api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint").status_code == 201
    lines = [json.loads(line) for line in logged.getvalue().strip("\0").splitlines()]
    assert sum(line.get("UnusualLooks", 0) for line in lines) == 1
    counted = reference_table().body_of("LOOKS", "staff-1")
    assert counted is not None
    assert json.loads(counted)["looks"] == 40


def test_every_route_that_shows_persons_counts_as_a_look(api: Api) -> None:
    assert api
    looking = {each.view.__name__ for each in operations() if each.looks}
    of_persons = {each.view.__name__ for each in operations() if each.roles == SEE_PERSONS}
    # Routes of offices show persons, but those that record something about one whom the caller has seen.
    of_health = {
        each.view.__name__ for each in operations() if each.tag in ("cases", "stays", "permits") and each.roles
    }
    others = {"list_arrivals", "list_conflicts", "list_visitors", "get_slip_of_declared", "list_crossings_by_permit"}
    assert looking - of_health == of_persons | others
    of_staff = {"list_officers"}
    assert not [each for each in of_health - looking - of_staff if each.startswith(("get_", "list_"))]
