"""The OpenAPI 3.1 document, made from the models and routes that serve.

It changes only when the API does: nothing in it depends on the time.
"""

import json
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from chalicelib.data import read_text
from chalicelib.http.answers import JSON
from chalicelib.http.deprecations import deprecated_members, sentence
from chalicelib.http.headers import HEADERS
from chalicelib.http.responses import codes_of, errors_of, problem_examples, responses_of
from chalicelib.http.routes import Operation, operations
from chalicelib.http.schemas import REFERENCE, Schemas, error_schemas, parameters_of
from chalicelib.http.webhooks import Webhook, webhooks
from chalicelib.http.wording import own_province

_Input = tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]

_TAGS = [
    {
        "name": "travellers",
        "description": "For travellers and their apps. Only the list of a phone's passes needs a token.",
    },
    {"name": "zalo", "description": "For Zalo's servers, which sign their requests. Apps do not call it."},
    {"name": "partners", "description": "For apps that hold an API key, with limits of their own."},
    {"name": "checkpoint", "description": "For staff, with the bearer token of their OpenID Connect issuer."},
    {"name": "cases", "description": "For health officers: persons who are infected, and their contacts."},
    {"name": "stays", "description": "For communes and health officers: people who are watched after admission."},
    {"name": "staff", "description": "For staff: postings of staff, and the checkpoints."},
    {"name": "messages", "description": "For staff: messages to many people, sent under their control."},
    {"name": "administration", "description": "For staff: what can be changed without a deployment."},
    {
        "name": "permits",
        "description": "For offices and those who ask: standing passes for people who cross again and again.",
    },
    {"name": "statistics", "description": "For those who run the province: exact figures, and bulletins."},
    {"name": "public figures", "description": "What the province has published, for everyone. No token."},
    {"name": "reference", "description": "Lists, keys and texts. No token."},
]

_SECURITY = {
    "staff": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "An access token of the stage's OpenID Connect issuer, for the client id of the staff's apps: the operator "
            "names both. An app gets it by the authorization code flow with PKCE (scope `openid`), and refreshes it "
            "after a 401 with `staff_token_expired`. Its groups are the member's roles."
        ),
    },
    "citizen": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "opaque",
        "description": "The token of a proven phone: `POST /v1/phone-verifications`.",
    },
    "partner": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "The API key of a partner app.",
    },
}

_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "The language of texts in answers and errors: `vi` (without it), `en` (for any other one, too), "
    "`km` or `zh`. A text that is missing in one of the last two is in English.",
    "schema": {"type": "string", "default": "vi"},
    "example": "en",
}

_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the answer that the client has.",
    "schema": {"type": "string"},
}

_ANOTHER_SYSTEMS = {
    "type": "object",
    "description": "As documented by its sender. Unknown members are allowed.",
    "additionalProperties": True,
}
"""The schema of a body that another system defines."""

_BASE_URL = "{base_url}"
"""A placeholder for the API's URL."""


def document(base_url: str) -> str:
    """The document as JSON, for an API that answers at `base_url`."""
    return _document().replace(_BASE_URL, json.dumps(base_url)[1:-1])


@cache
def _document() -> str:
    """The document without address. To build it takes half a second: a process does so once."""
    examples: dict[str, Any] = json.loads(read_text("docs", "examples.json"))
    mounted = [each for each in operations() if each.described]
    bodies: list[_Input] = [
        (_key(each), "validation", TypeAdapter(each.body)) for each in mounted if each.body not in (None, bytes)
    ]
    answers: list[_Input] = [(_key(each), "serialization", TypeAdapter(each.answer)) for each in mounted if each.answer]
    sent: list[_Input] = [(each.name, "serialization", TypeAdapter(each.body)) for each in webhooks()]
    raised = {error for each in mounted for error in errors_of(each)}
    members: list[_Input] = [
        (name, "serialization", TypeAdapter(model)) for error in raised for name, model in error.member_models.items()
    ]
    references, definitions = TypeAdapter.json_schemas(
        [*bodies, *answers, *sent, *members], ref_template=REFERENCE, schema_generator=Schemas
    )
    shown = {name: references[name, "serialization"] for name, _, _ in members}
    paths: dict[str, dict[str, Any]] = {}
    for each in mounted:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, references, examples)
    codes = {code for each in mounted for listed in codes_of(each).values() for code in listed}
    schemas = {**definitions.get("$defs", {}), **error_schemas(raised, shown)}
    text = json.dumps(
        {
            "openapi": "3.1.0",
            "info": {
                # In ASCII: generators make the name of a client's package from it.
                "title": "Tay Ninh Pass",
                "version": "1.0.0",
                "summary": "Declare ahead, hold a pass, be checked, be let through.",
                "description": read_text("docs", "introduction.md"),
                "contact": {"name": f"Hotline {own_province().hotline.shown}", "url": f"{_BASE_URL}/docs"},
                "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": _BASE_URL, "description": "The stage that this document comes from."}],
            "tags": _TAGS,
            "paths": paths,
            "webhooks": {each.name: {"post": _webhook(each, references)} for each in webhooks()},
            "components": {
                "schemas": dict(sorted(schemas.items())),
                "securitySchemes": _SECURITY,
                "headers": HEADERS,
                "examples": problem_examples(codes, _BASE_URL),
            },
        },
        ensure_ascii=False,
    )
    # Where what a form takes and what an answer has are not the same, pydantic names both by their use.
    return text.replace('-Output"', '"').replace('-Input"', 'Input"')


def _key(each: Operation) -> str:
    return f"{each.method} {each.path}"


def _operation(each: Operation, references: Any, examples: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": each.view.__name__,
        "tags": [each.tag],
        "summary": each.summary,
        "description": _unwrapped(each.view.__doc__ or "") + _roles(each) + _ending(each),
        "parameters": [
            *each.parameters,
            *(parameters_of(each.query) if each.query else []),
            *([_IF_NONE_MATCH] if each.etag else []),
            _LANGUAGE,
        ],
        "security": _security(each),
    }
    if each.body is not None:
        raw = each.body is bytes
        content: dict[str, Any] = {"schema": _ANOTHER_SYSTEMS if raw else references[_key(each), "validation"]}
        named = each.view.__name__ if raw else each.body.__name__
        if named in examples:
            content["example"] = examples[named]
        described["requestBody"] = {"required": True, "content": {JSON: content}}
    if each.deprecated is not None:
        described |= deprecated_members(each.deprecated)
    schema = references[_key(each), "serialization"] if each.answer else None
    return {**described, "responses": responses_of(each, schema)}


def _security(each: Operation) -> list[dict[str, list[str]]]:
    if each.roles:
        return [{"staff": []}]
    if each.api_key:
        return [{"partner": []}]
    if each.needs_citizen:
        return [{"citizen": []}]
    # The empty one: the token may be left out.
    return [{}, {"citizen": []}] if each.citizen else []


def _webhook(each: Webhook, references: Any) -> dict[str, Any]:
    content = {"schema": references[each.name, "serialization"], "example": each.example}
    return {
        "operationId": each.operation,
        "tags": [each.tag],
        "summary": each.summary,
        "description": _unwrapped(each.description),
        "security": [],
        "parameters": list(each.parameters),
        "requestBody": {"required": True, "content": {JSON: content}},
        "responses": {status: {"description": text} for status, text in each.answers.items()},
    }


def _roles(each: Operation) -> str:
    return f"\n\nRoles: {', '.join(sorted(each.roles))}." if each.roles else ""


def _ending(each: Operation) -> str:
    return sentence(each.deprecated) if each.deprecated is not None else ""


def _unwrapped(text: str) -> str:
    return " ".join(text.split())
