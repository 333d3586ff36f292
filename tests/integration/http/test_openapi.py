"""The OpenAPI document: all that builders of apps have."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from chalice.test import HTTPResponse
from cryptography.hazmat.primitives.asymmetric import ec
from openapi_spec_validator import validate
from pydantic import BaseModel

from chalicelib.adapters.cose_reading import verify
from chalicelib.http.problems import error_words
from chalicelib.http.queries import Query
from chalicelib.http.responses import errors_of
from chalicelib.http.routes import Operation, operations
from chalicelib.http.schemas import field_docs, parameters_of
from chalicelib.models.partners.deliveries import Delivery, WebhookType
from chalicelib.models.partners.endpoints import signed_headers
from infra.packaging.compatibility import breaking_changes
from infra.packaging.openapi import current, released
from tests.integration.conftest import Api, Clock
from tests.integration.declared import schema_validator
from tests.integration.gate.test_own_passes import bearer_of
from tests.integration.http.answered import DAY


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
        model = models.get(name.removesuffix("Input"))
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
        assert schemas[name]["properties"]["code"]["$ref"] == "#/components/schemas/ErrorCode"
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
                    own = {code for code in answer["x-codes"] if not code.startswith("gateway")}
                    assert {error_words()[code]["status"] for code in own} <= {int(status)}
                    assert status != "default"
                    listed += 1
    assert listed > 300


def test_what_a_problem_shows_beside_its_words_has_a_type(document: dict[str, Any]) -> None:
    members = document["components"]["schemas"]["Problem"]["properties"]
    for name, schema in members.items():
        assert schema.keys() & {"type", "$ref"}, name
    for name, model in (("crossing", "Crossing"), ("revocation", "RevocationOnRecord"), ("settlement", "Settlement")):
        assert members[name]["$ref"] == f"#/components/schemas/{model}"
        assert model in document["components"]["schemas"]


def moved(example: Any) -> Any:
    """An example whose times are near the present, as the documentation's page shows it."""
    ahead = datetime.now(UTC).replace(microsecond=0) - DAY
    text = re.sub(
        r"20\d\d-\d\d-\d\dT[\d:]{8}[+]\d\d:\d\d",
        lambda found: (datetime.fromisoformat(found[0]) + ahead).isoformat(),
        json.dumps(example, ensure_ascii=False),
    )
    return json.loads(text)


REFUSALS = {
    *("pass_unknown", "crossing_missing", "conflict_unknown", "group_refused", "verification_unknown", "wave_unknown"),
    *("case_unknown", "case_person_unknown", "contact_unknown", "permit_unknown"),
    *("zalo_not_set_up", "pass_secret_wrong", "board_wrong", "staff_not_posted_to_commune"),
    *("draft_day_past", "draft_unknown", "seat_secret_wrong"),
    *("bulletin_unknown", "bulletin_draft_unknown"),
}
"""How examples are refused, for their passes do not exist, nor do waves, cases and Zalo, and nobody is posted. Days, as
opposed to times, are those of 2021."""


def send(api: Api, operation: Operation, body: Any = None) -> HTTPResponse:
    """A request as the document says, with its examples of parameters."""
    path, headers = operation.path, {}
    for each in operation.parameters:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", each["example"])
        elif each["in"] == "header" and "example" in each:
            # Each request is another one: a key that was used with another body is refused.
            headers[each["name"]] = str(uuid4()) if each["name"] == "Idempotency-Key" else each["example"]
    asked = {each["name"]: each["example"] for each in parameters_of(operation.query or Query) if "example" in each}
    path += f"?{urlencode(asked)}" if asked else ""
    role = "administrator" if "administrator" in operation.roles else next(iter(sorted(operation.roles)), None)
    if operation.needs_citizen:
        headers["Authorization"] = bearer_of("+84912345678")
    return api(operation.method, path, body, role=role, **headers)


def test_every_body_has_an_example_that_can_be_sent(api: Api, document: dict[str, Any]) -> None:
    # A partner's key is the gateway's business, and its body the travellers' own.
    for operation in [each for each in operations() if each.body and not each.api_key]:
        described = document["paths"][operation.path][operation.method.lower()]
        answer = send(api, operation, moved(described["requestBody"]["content"]["application/json"]["example"]))
        if answer.status_code != operation.status:
            codes = {each["code"] for each in answer.json_body.get("errors", [answer.json_body])}
            assert codes <= REFUSALS, (operation.path, answer.body)
            assert answer.json_body["code"] in described["responses"][str(answer.status_code)]["description"]
        # The days of a permit are over by now: examples move with the time, and days of the calendar stay.
        lines = [] if operation.tag == "permits" else answer.json_body.get("lines", [])
        assert {each["problem"]["code"] for each in lines if "problem" in each} <= REFUSALS, answer.body


def test_a_304_is_described_where_it_can_be_answered(
    api: Api, document: dict[str, Any], submitted: Callable[..., dict[str, Any]]
) -> None:
    own = submitted()["passes"][0]
    ask = partial(api, "GET", X_Pass_Secret=own["secret"])
    for operation in [each for each in operations() if each.described and each.method == "GET"]:
        if operation.path.startswith(("/v1/permits/{code}/qr", "/v1/permits/{code}/holder")):
            continue  # of another code: tests/integration/permits
        if operation.path.startswith("/v1/public/bulletins"):
            continue  # none is released: tests/integration/statistics
        path = operation.path.replace("{code}", own["code"]).replace("{family}", "gates")
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
    answer = api("POST", "/v1/declarations", moved(example), Idempotency_Key=str(uuid4()))
    assert answer.status_code == 201, answer.body
    validate(document)
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_a_citizen_token_is_described_where_it_may_or_must_be_sent(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["citizen"]["scheme"] == "bearer"
    secured = {
        (path, method): operation["security"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if {"citizen": []} in operation.get("security", [])
    }
    assert secured == {
        ("/v1/declarations", "post"): [{}, {"citizen": []}],
        ("/v1/passes", "get"): [{"citizen": []}],
        ("/v1/drafts", "get"): [{"citizen": []}],
        ("/v1/drafts", "post"): [{"citizen": []}],
        ("/v1/drafts/{id}", "delete"): [{"citizen": []}],
        ("/v1/drafts/{id}", "get"): [{"citizen": []}],
        ("/v1/drafts/{id}", "put"): [{"citizen": []}],
        ("/v1/drafts/{id}/confirmation", "post"): [{"citizen": []}],
    }
    refusals = document["paths"]["/v1/declarations"]["post"]["responses"]["401"]["description"]
    assert "citizen_token_refused" in refusals
    assert "citizen_token_expired" in refusals


def every(document: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    match document:
        case dict():
            yield document
            for each in document.values():
                yield from every(each)
        case list():
            for each in document:
                yield from every(each)


def all_operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def references(document: dict[str, Any], within: Any) -> set[str]:
    """The names of all schemas that a part of the document leads to."""
    found: set[str] = set()
    ahead = [within]
    while ahead:
        for each in every(ahead.pop()):
            name = str(each.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in document["components"]["schemas"] and name not in found:
                found.add(name)
                ahead.append(document["components"]["schemas"][name])
    return found


def test_answers_have_no_null_and_no_default(document: dict[str, Any]) -> None:
    """Clients would take what is left out for a null that is there."""
    answers = [operation["responses"] for operation in all_operations(document)]
    names = references(document, answers)
    assert {"Place", "Crossing", "CheckedToken", "Problem"} <= names
    for name in names:
        for each in every(document["components"]["schemas"][name]):
            assert each.get("type") != "null", name
            assert "default" not in each or isinstance(each["default"], dict), name


def test_no_default_is_null_and_no_limit_stands_beside_a_null(document: dict[str, Any]) -> None:
    """Generators make every field with a default required, and types that are None of limits."""
    forms = 0
    for each in every(document["components"]["schemas"]):
        assert each.get("default", "") is not None, each
        if {"type": "null"} in each.get("anyOf", []):
            assert each.keys() <= {"anyOf", "description", "examples"}, each
            forms += 1
    assert forms > 15


def test_every_property_parameter_header_and_tag_is_described(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, each in schema.get("properties", {}).items():
            assert each.get("description"), f"{name}.{field}"
    for operation in all_operations(document):
        for each in [*operation["parameters"], *operation["responses"].values()]:
            assert each["description"], operation["operationId"]
    for each in [*document["components"]["headers"].values(), *document["tags"], *document["servers"]]:
        assert each["description"]
    assert {tag for operation in all_operations(document) for tag in operation["tags"]} == {
        each["name"] for each in document["tags"]
    }


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    fitting = 0
    problems = document["components"]["examples"]
    contents = [
        content
        for operation in all_operations({"paths": {**document["paths"], **document["webhooks"]}})
        for part in [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in part.get("content", {}).values()
    ]
    for content in contents:
        named = [problems[each["$ref"].rpartition("/")[2]]["value"] for each in content.get("examples", {}).values()]
        for example in [*named, *([content["example"]] if "example" in content else [])]:
            errors = list(schema_validator(content["schema"]).iter_errors(example))
            assert errors == [], [(each.message, each.instance_path) for each in errors]
            fitting += 1
    assert fitting > 300
    for each in every(document):
        if "schema" in each and "example" in each:
            assert schema_validator(each["schema"]).is_valid(each["example"]), each
    for field in every(document["components"]["schemas"]):
        for example in field.get("examples", []) if isinstance(field.get("examples"), list) else []:
            assert schema_validator(field).is_valid(example), field


def test_the_example_of_a_problem_has_the_members_of_its_code(document: dict[str, Any]) -> None:
    members = {error.code: {*error.member_schemas} for operation in operations() for error in errors_of(operation)}
    for code, example in document["components"]["examples"].items():
        assert members.get(code, set()) <= example["value"].keys(), code
        assert "{" not in example["value"]["detail"], code


def test_the_token_of_the_example_is_genuine_by_the_keys_of_the_example(document: dict[str, Any]) -> None:
    def example(path: str, method: str, status: str) -> Any:
        return document["paths"][path][method]["responses"][status]["content"]["application/json"]["example"]

    def number(text: str) -> int:
        return int.from_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")

    keys = {
        urlsafe_b64decode(each["kid"] + "=" * (-len(each["kid"]) % 4)): ec.EllipticCurvePublicNumbers(
            number(each["x"]), number(each["y"]), ec.SECP256R1()
        ).public_key()
        for each in example("/v1/keys", "get", "200")["keys"]
    }
    for own in example("/v1/declarations", "post", "201")["passes"]:
        assert verify(own["token"], issuer="TN", keys=keys).code.shown == own["code"]


def test_the_document_is_the_same_until_the_api_changes(api: Api, clock: Clock) -> None:
    """A copy that was checked in, or a client that was made from it, would differ at each build."""
    first = api("GET", "/v1/openapi.json").headers["ETag"]
    clock.advance(days=400)
    assert api("GET", "/v1/openapi.json", If_None_Match=first).status_code == 304


def test_every_operation_says_who_may_call_it(document: dict[str, Any]) -> None:
    for each in (each for each in operations() if each.described):
        security = document["paths"][each.path][each.method.lower()]["security"]
        expected: list[Any] = [{"staff": []}] if each.roles else [{"partner": []}] if each.api_key else []
        if each.citizen:
            expected = [{"citizen": []}] if each.needs_citizen else [{}, {"citizen": []}]
        assert security == expected, each.path


def test_what_a_partner_gets_is_what_the_document_says(document: dict[str, Any]) -> None:
    assert document["webhooks"].keys() == {each.value for each in WebhookType}
    now = datetime.now(UTC)
    for type_ in WebhookType:
        described = document["webhooks"][type_.value]["post"]
        content = described["requestBody"]["content"]["application/json"]
        delivery = Delivery(type=type_, code="0" * 16, happened_at=now, made_at=now)
        assert schema_validator(content["schema"]).is_valid(delivery.content)
        headers = signed_headers(delivery.id, now, b"{}", [b"a secret"])
        assert headers.keys() == {each["name"] for each in described["parameters"]}
        for each in described["parameters"]:
            assert schema_validator(each["schema"]).is_valid(headers[each["name"]]), each


def test_generators_get_names_that_they_can_use(document: dict[str, Any]) -> None:
    """Of packages, functions and types. A client breaks when one of an operation changes."""
    assert document["info"]["title"].isascii()
    names = [each["operationId"] for each in all_operations(document)]
    assert all(re.fullmatch(r"[a-z]+(?:_[a-z]+)+", each) for each in names)
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]+", each) for each in document["components"]["schemas"])


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
    ("GET", "/v1/passes/{code}/messages"),
    ("GET", "/v1/checkpoint/passes/{code}"),
    ("GET", "/v1/checkpoint/passes/{code}/messages"),
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
            assert refusal in {*REFUSALS, "citizen_token_missing"}, (operation.path, answer.body)
            assert refusal in described["responses"][str(answer.status_code)]["x-codes"]
