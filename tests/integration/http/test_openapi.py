"""The OpenAPI document: all that builders of apps have."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import HTTPResponse
from openapi_spec_validator import validate
from pydantic import BaseModel

from chalicelib.http.problems import error_words
from chalicelib.http.queries import Query
from chalicelib.http.routes import Operation, operations
from chalicelib.http.schemas import field_docs, parameters_of
from infra.packaging.compatibility import breaking_changes
from infra.packaging.openapi import current, released
from tests.integration.conftest import Api


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    known: dict[str, Any] = api("GET", "/v1/openapi.json").json_body
    return known


def all_models(kind: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    for child in kind.__subclasses__():
        yield child
        yield from all_models(child)


def test_what_stands_under_a_field_is_its_description(document: dict[str, Any]) -> None:
    models = {each.__name__: each for each in all_models() if each.__module__.startswith("chalicelib.")}
    described = 0
    for name, schema in document["components"]["schemas"].items():
        model = models.get(name.removesuffix("-Input").removesuffix("-Output"))
        for field, text in field_docs(model).items() if model else ():
            assert model is not None
            assert schema["properties"][model.model_fields[field].alias or field]["description"] == text, (name, field)
            described += 1
    assert described >= 100


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ("WrongClock", "ahead_seconds"),
        ("Offline", "said_at"),
        ("SeenCertificate", "document"),
        ("PolicyTrial", "stopped"),
        ("AreaRisk", "from"),
        ("CrossingForm", "temperature"),
        ("OfflineCrossingForm", "certificates"),
        ("Crossing", "temperature"),
        ("Settlement", "decision"),
        ("Checkpoint", "open"),
    ],
)
def test_fields_of_nested_models_and_of_bases_are_described(document: dict[str, Any], schema: str, field: str) -> None:
    assert document["components"]["schemas"][schema]["properties"][field]["description"]


def test_every_schema_says_what_it_is(document: dict[str, Any]) -> None:
    assert [name for name, each in document["components"]["schemas"].items() if not each.get("description")] == []


def test_every_code_that_can_be_answered_is_in_the_list_of_codes(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["ErrorCode"]["enum"] == sorted(error_words())
    for name in ("Problem", "FieldProblem"):
        assert schemas[name]["properties"]["code"] == {"$ref": "#/components/schemas/ErrorCode"}
    assert {"too_many_requests", "quota_exceeded", "api_key_refused", "gateway_refusal", "gateway_failure"} <= {
        *schemas["ErrorCode"]["enum"]
    }


def test_each_route_lists_the_codes_of_its_refusals(document: dict[str, Any]) -> None:
    known = {*document["components"]["schemas"]["ErrorCode"]["enum"]}
    listed = 0
    for path in document["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if "application/problem+json" in answer.get("content", {}):
                    assert answer["x-codes"], operation["operationId"]
                    assert known.issuperset(answer["x-codes"])
                    assert all(f"`{code}`" in answer["description"] for code in answer["x-codes"])
                    assert status == "default" or {error_words()[code]["status"] for code in answer["x-codes"]} == {
                        int(status)
                    }
                    listed += 1
    assert listed > 100


def test_what_a_problem_shows_beside_its_words_has_a_type(document: dict[str, Any]) -> None:
    members = document["components"]["schemas"]["Problem"]["properties"]
    for name, schema in members.items():
        assert schema.keys() & {"type", "$ref"}, name
    for name, model in (("crossing", "Crossing"), ("revocation", "Revocation"), ("settlement", "Settlement")):
        assert members[name]["$ref"] == f"#/components/schemas/{model}"
        assert model in document["components"]["schemas"]


REFUSALS = {"pass_unknown", "crossing_missing", "conflict_unknown", "group_refused", "verification_unknown"}
"""How examples are refused, for their passes do not exist."""


def send(api: Api, operation: Operation, body: Any = None) -> HTTPResponse:
    """A request as the document says, with its examples of parameters."""
    path, headers = operation.path, {}
    for each in operation.parameters:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", each["example"])
        elif each["in"] == "header" and "example" in each:
            headers[each["name"]] = each["example"]
    asked = {each["name"]: each["example"] for each in parameters_of(operation.query or Query) if "example" in each}
    path += f"?{urlencode(asked)}" if asked else ""
    role = "administrator" if "administrator" in operation.roles else next(iter(sorted(operation.roles)), None)
    return api(operation.method, path, body, role=role, **headers)


def test_every_body_has_an_example_that_can_be_sent(api: Api, document: dict[str, Any]) -> None:
    # A partner's key is the gateway's business, and its body the travellers' own.
    for operation in [each for each in operations() if each.body and not each.api_key]:
        described = document["paths"][operation.path][operation.method.lower()]
        answer = send(api, operation, described["requestBody"]["content"]["application/json"]["example"])
        if answer.status_code != operation.status:
            assert answer.json_body["code"] in REFUSALS, (operation.path, answer.body)
            assert answer.json_body["code"] in described["responses"][str(answer.status_code)]["description"]
        lines = answer.json_body.get("lines", [])
        assert {each["problem"]["code"] for each in lines} <= REFUSALS, answer.body


def test_a_304_is_described_where_it_can_be_answered(
    api: Api, document: dict[str, Any], submitted: Callable[..., dict[str, Any]]
) -> None:
    own = submitted()["passes"][0]
    ask = partial(api, "GET", X_Pass_Secret=own["secret"])
    for operation in [each for each in operations() if each.described and each.method == "GET"]:
        path = operation.path.replace("{code}", own["code"])
        role = next(iter(sorted(operation.roles)), None)
        etag = ask(path, role=role).headers.get("ETag")
        described = document["paths"][operation.path]["get"]
        assert ("304" in described["responses"]) == (etag is not None), path
        assert ("If-None-Match" in [each["name"] for each in described["parameters"]]) == (etag is not None), path
        if etag:
            assert ask(path, role=role, If_None_Match=etag).status_code == 304, path


def test_what_changes_something_says_so_whatever_etag_is_named(api: Api, document: dict[str, Any]) -> None:
    route = document["paths"]["/v1/policy"]["put"]
    example = route["requestBody"]["content"]["application/json"]["example"]
    if_match = next(each["example"] for each in route["parameters"] if each["name"] == "If-Match")
    answer = api("PUT", "/v1/policy", example, role="administrator", If_Match=if_match, If_None_Match="*")
    assert (answer.status_code, answer.json_body["version"]) == (200, example["version"])


def test_the_document_describes_what_serves_and_its_examples_work(api: Api) -> None:
    document = api("GET", "/v1/openapi.json").json_body
    assert document["openapi"] == "3.1.0"
    example = document["paths"]["/v1/declarations"]["post"]["requestBody"]["content"]["application/json"]["example"]
    answer = api("POST", "/v1/declarations", example)
    assert answer.status_code == 201, answer.body
    validate(document)
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_a_citizen_token_is_described_where_it_may_be_sent_and_may_be_left_out(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["citizen"]["scheme"] == "bearer"
    secured = {
        (path, method): operation["security"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if {"citizen": []} in operation.get("security", [])
    }
    assert secured == {("/v1/declarations", "post"): [{}, {"citizen": []}]}
    refusals = document["paths"]["/v1/declarations"]["post"]["responses"]["401"]["description"]
    assert "citizen_token_refused" in refusals
    assert "citizen_token_expired" in refusals


def test_no_client_of_the_last_release_is_broken(api: Api) -> None:
    """A change that is meant, while nobody has a client yet: `python -m infra openapi release`."""
    assert breaking_changes(released(), current(), datetime.now(UTC).date()) == []


def test_the_staffs_sign_in_is_described(document: dict[str, Any]) -> None:
    described = document["components"]["securitySchemes"]["staff"]["description"]
    for word in ("OpenID Connect", "authorization code flow with PKCE", "`openid`", "`staff_token_expired`"):
        assert word in described
    for method, path in (("post", "/v1/checkpoint/checks"), ("get", "/v1/policy")):
        operation = document["paths"][path][method]
        assert operation["security"] == [{"staff": []}]
        assert "staff_token_expired" in operation["responses"]["401"]["x-codes"]


CODES = ("0000-0000-0000-0000", "0000-0000-0000-0012")
"""Of the passes in examples."""

CHAIN = (
    ("GET", "/v1/passes/{code}"),
    ("POST", "/v1/passes/{code}/open"),
    ("GET", "/v1/passes/{code}/qr.png"),
    ("GET", "/v1/passes/{code}/qr.svg"),
    ("GET", "/v1/checkpoint/passes/{code}"),
    ("POST", "/v1/checkpoint/checks"),
    ("POST", "/v1/checkpoint/search"),
    ("GET", "/v1/checkpoint/manifest"),
    ("POST", "/v1/checkpoint/crossings/group"),
    ("POST", "/v1/checkpoint/crossings/batch"),
    ("POST", "/v1/checkpoint/corrections"),
)
"""What can be done with two passes of one declaration, in this order."""


def test_examples_work_one_after_the_other_with_the_passes_of_a_declaration(
    api: Api, document: dict[str, Any], submitted: Callable[..., dict[str, Any]]
) -> None:
    """As the page of the documentation sends them."""
    passes = submitted(companions=1)["passes"]
    alone = submitted()["passes"]
    singly = [("POST", "/v1/checkpoint/crossings"), ("POST", "/v1/checkpoint/revocations")]
    for route, own in [*((each, passes) for each in CHAIN), *((each, alone) for each in singly)]:
        operation = next(each for each in operations() if (each.method, each.path) == route)
        described = document["paths"][operation.path][operation.method.lower()]
        content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
        body = json.dumps(content.get("example"))
        for example, real in zip(CODES, own, strict=False):
            body = body.replace(example, real["code"])
        path = operation.path.replace("{code}", own[0]["code"])
        path += "?plate=70E1-123.45" if path.endswith("manifest") else ""
        role = "supervisor" if "supervisor" in operation.roles else None
        sent = json.loads(body) if content else None
        answer = api(operation.method, path, sent, role=role, X_Pass_Secret=own[0]["secret"])
        assert answer.status_code == operation.status, (route, answer.body)


def test_what_can_be_read_can_be_read_with_the_examples(api: Api, document: dict[str, Any]) -> None:
    for operation in [each for each in operations() if each.described and each.method == "GET" and not each.api_key]:
        described = document["paths"][operation.path]["get"]
        answer = send(api, operation)
        if answer.status_code != operation.status:
            refusal = answer.json_body["code"]
            assert refusal in {*REFUSALS, "pass_secret_wrong"}, (operation.path, answer.body)
            assert refusal in described["responses"][str(answer.status_code)]["x-codes"]
