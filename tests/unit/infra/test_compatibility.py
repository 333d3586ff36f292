"""The comparison of two OpenAPI documents: each fault that is planted in the last release's document is found."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from infra.packaging.compatibility import breaking_changes
from infra.packaging.openapi import released, relied_on

TODAY = date(2026, 12, 1)
DECLARE = ("paths", "/v1/declarations", "post")
CHECK = ("paths", "/v1/checkpoint/checks", "post")
STATE = ("paths", "/v1/passes/{code}", "get")


def at(document: Any, *path: str) -> Any:
    for name in path:
        document = document[name]
    return document


def schema(document: Any, name: str) -> Any:
    return document["components"]["schemas"][name]


def delete(*path: str) -> Callable[[Any], None]:
    return lambda document: at(document, *path[:-1]).pop(path[-1])


def change(*path: str, **values: Any) -> Callable[[Any], None]:
    return lambda document: at(document, *path).update(values)


def of(name: str, do: Callable[[Any], Any]) -> Callable[[Any], None]:
    return lambda document: do(schema(document, name))


def after(*faults: Callable[[Any], None]) -> list[str]:
    """The problems of a document with these faults, beside the released one."""
    document = json.loads(json.dumps(released()))
    for fault in faults:
        fault(document)
    return breaking_changes(released(), document, TODAY)


def test_a_document_breaks_nobody_who_has_it() -> None:
    assert after() == []


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (delete(*STATE), "GET /v1/passes/{code}: it is gone"),
        (delete("paths", "/v1/keys"), "GET /v1/keys: it is gone"),
        (change(*STATE, operationId="other"), "its operationId was get_pass"),
        (change(*STATE, security=[{"staff": []}]), "it could be called with no credentials"),
        (change(*CHECK, security=[{"partner": []}]), "it could be called with staff"),
        (delete(*STATE, "responses", "200"), "200 is gone"),
        (lambda d: at(d, *DECLARE)["responses"]["201"]["headers"].pop("X-Request-Id"), "header X-Request-Id is gone"),
        (
            lambda d: at(d, *STATE)["parameters"].append(
                {"in": "query", "name": "why", "required": True, "schema": {"type": "string"}}
            ),
            "query why is required",
        ),
        (lambda d: at(d, *STATE)["parameters"].clear(), "path code is gone"),
        (lambda d: at(d, *STATE)["parameters"][0]["schema"].update(maxLength=3), "path code: maxLength is none where"),
        (
            lambda d: at(d, *DECLARE, "requestBody", "content").update(
                {"text/plain": at(d, *DECLARE, "requestBody", "content").pop("application/json")}
            ),
            "a body of application/json is not taken any more",
        ),
        (of("CheckForm", lambda s: s["properties"].update(qr={"type": "integer"})), "body/qr is string where"),
        (of("CheckForm", lambda s: s["properties"].pop("qr")), "body/qr is gone"),
        (of("CheckForm", lambda s: s["properties"]["qr"].update(maxLength=2)), "body/qr: maxLength is"),
        (of("CheckForm", lambda s: s["properties"]["qr"].update(pattern="^x$")), "body/qr: pattern is none where"),
        (of("CrossingForm", lambda s: s.update(required=[*s["required"], "reason"])), "body/reason is required"),
        (of("Decision", lambda s: s["enum"].remove("isolate")), "may be isolate where it is one of"),
        (of("Decision", lambda s: s["enum"].append("postpone")), "may be postpone where it is one of"),
        (of("PublicPass", lambda s: s["properties"].pop("expires_at")), "200/expires_at is gone"),
        (of("PublicPass", lambda s: s["required"].remove("state")), "200/state may be left out"),
        (of("PublicPass", lambda s: s["properties"].update(state={"type": "integer"})), "200/state is integer where"),
    ],
)
def test_what_breaks_a_client_is_found(fault: Callable[[Any], None], problem: str) -> None:
    problems = after(fault)
    assert any(problem in each for each in problems), problems


@pytest.mark.parametrize(
    "addition",
    [
        lambda d: d["paths"].update({"/v1/new": {"get": {"operationId": "get_new", "responses": {}}}}),
        lambda d: at(d, *STATE)["parameters"].append(
            {"in": "query", "name": "why", "required": False, "schema": {"type": "string"}}
        ),
        lambda d: at(d, *STATE)["responses"].update({"418": {"description": "new"}}),
        lambda d: at(d, *CHECK)["security"].append({"partner": []}),
        of("ErrorCode", lambda s: s["enum"].append("new_code")),
        of("CheckForm", lambda s: s["properties"].update(new={"type": "string"})),
        of("CheckForm", lambda s: s["properties"]["qr"].update(maxLength=100_000)),
        of("PublicPass", lambda s: s["properties"].update(new={"type": "string"})),
        of("PublicPass", lambda s: s["required"].append("new")),
    ],
)
def test_what_clients_do_not_mind_is_allowed(addition: Callable[[Any], None]) -> None:
    assert after(addition) == []


def test_an_operation_may_go_when_its_announced_end_has_come_and_not_before() -> None:
    before = json.loads(json.dumps(released()))
    at(before, *STATE).update({"deprecated": True, "x-sunset": TODAY.isoformat()})
    gone = json.loads(json.dumps(before))
    del gone["paths"]["/v1/passes/{code}"]["get"]
    assert breaking_changes(before, gone, TODAY) == []
    assert breaking_changes(before, gone, date(2026, 11, 30)) == ["GET /v1/passes/{code}: it is gone"]


def test_texts_and_addresses_are_not_compared_and_members_of_their_names_are() -> None:
    kept = relied_on({"info": {}, "servers": [], "properties": {"title": {"title": "x", "type": "string"}}})
    assert kept == {"properties": {"title": {"type": "string"}}}
