"""The conditions on the roles that ask the `permits` table: what a function does is within them, and not much more."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.models.entry.codes import Code
from chalicelib.wiring.permits import overdue_requests
from tests.integration.conftest import Api
from tests.integration.partitions import Asked, asked_of, may, unused
from tests.integration.permits.conftest import KEY, Desk, trace_crossings
from tests.integration.permits.test_corrections import corrects
from tests.integration.queues import handled
from tests.unit.permits.made import permit_form

CODE = "0" * 16


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return asked_of("permits", monkeypatch)


def test_an_office_asks_within_its_role(desk: Desk, api: Api, asked: Asked) -> None:
    code = desk.code(partner=KEY)
    refused = desk.code(permit_form(1, desk.clock()), partner=KEY)
    assert desk.decides(refused, decision="refuse", reason="thiếu giấy tờ").status_code == 201
    assert desk.decides(code).status_code == 201
    holder = desk.sees(code)["holder"]
    for path in ("/v1/partner/permits", f"/v1/partner/permits/{code}", f"/v1/permits/{code}/qr.svg"):
        assert api("GET", path, X_Api_Key=KEY, X_Pass_Secret=holder["secret"]).status_code == 200
    for state in ("asked", "overdue", "granted", "refused", "revoked", "ended"):
        desk.lists(f"?state={state}")
    assert desk.revokes(code).status_code == 201
    assert {each for each in asked if not may("office", each[0], "permits", each[1])} == set()
    assert unused("office", asked, "permits") == []
    for right in ("dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"):
        assert not may("office", right, "permits", f"CROSSINGS#{CODE}")
    assert not may("office", "dynamodb:DeleteItem", "permits", CODE)
    assert not may("office", "dynamodb:Query", "permits", "PERSON#0")


def test_a_gate_and_the_tracing_ask_within_their_roles(
    desk: Desk, api: Api, lambdas: Client, asked: Asked, clock: Callable[[], Any]
) -> None:
    code = desk.granted(tests_every_days=7)
    asked.clear()
    assert desk.checks(code)["verdict"] == "test_too_old"
    crossing = desk.crosses(code, test_sampled_at=clock().isoformat())
    assert crossing.status_code == 201
    assert corrects(desk, crossing.json_body).status_code == 201
    assert desk.crosses(code, direction="out", well=None).status_code == 201
    assert api("GET", "/v1/checkpoint/sync", role="checkpoint").status_code == 200
    assert {each for each in asked if not may("gate", each[0], "permits", each[1])} == set()
    assert unused("gate", asked, "permits") == []
    asked.clear()
    trace_crossings(lambdas)
    assert {each for each in asked if not may("trace", each[0], "permits", each[1])} == set()
    assert unused("trace", asked, "permits") == []
    for function in ("gate", "trace"):
        for partition in ("LIST#granted", "PERSON#0", "ASKER#0"):
            assert not may(function, "dynamodb:Query", "permits", partition)


@pytest.mark.parametrize(
    ("function", "worker", "kind"), [("watch", "watch", "permit_stay"), ("notify", "notify", "permit_granted")]
)
def test_stays_and_messages_ask_within_their_roles(
    desk: Desk, lambdas: Client, asked: Asked, function: str, worker: str, kind: str
) -> None:
    code = Code.parse(desk.granted())
    subject = str(code) if kind == "permit_granted" else f"{code}.2021-07-22T07:00Z#in"
    asked.clear()
    handled(lambdas, worker, json.dumps({"kind": kind, "subject": subject}))
    assert {each for each in asked if not may(function, each[0], "permits", each[1])} == set()
    assert unused(function, asked, "permits") == []
    assert not may(function, "dynamodb:Query", "permits", "PERSON#0")


def test_overdue_requests_are_counted_within_a_role(desk: Desk, asked: Asked) -> None:
    desk.code()
    asked.clear()
    assert overdue_requests() == 0
    assert asked == {("dynamodb:Query", "LIST#asked")}
    assert may("refresh-zalo", "dynamodb:Query", "permits", "LIST#asked")
    assert not may("refresh-zalo", "dynamodb:Query", "permits", "LIST#granted")


def test_cases_may_ask_for_permits_by_their_codes_only() -> None:
    for right in ("dynamodb:Query", "dynamodb:BatchGetItem"):
        assert may("health", right, "permits", CODE)
        for partition in ("LIST#asked", "PERSON#0", f"CROSSINGS#{CODE}"):
            assert not may("health", right, "permits", partition)
