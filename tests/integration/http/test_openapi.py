"""The OpenAPI document: all that builders of apps have."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from chalice.test import HTTPResponse
from openapi_spec_validator import validate
from pydantic import BaseModel

from chalicelib.http.problems import error_words
from chalicelib.http.routes import Operation, operations
from chalicelib.http.schemas import field_docs
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
