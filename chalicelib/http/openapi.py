"""The OpenAPI 3.1 document, made from the models and routes that serve."""

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from chalicelib.data import read_text, words
from chalicelib.http.answers import JSON
from chalicelib.http.auth import STAFF_ERRORS
from chalicelib.http.problems import PROBLEM, error_words
from chalicelib.http.routes import Operation, operations
from chalicelib.http.schemas import REFERENCE, Schemas, error_schemas, parameters_of
from chalicelib.models import errors
from chalicelib.models.people.errors import CitizenTokenExpired, CitizenTokenRefused
from chalicelib.models.staff.errors import TooManyLooks

_REFUSED_BEFORE: dict[str, Any] = {
    "description": (
        "Refused by the gateway, in both languages: `too_many_requests` and `quota_exceeded` (429, with Retry-After), "
        "`api_key_refused` (403), `not_found` (404), `gateway_refusal`, `gateway_failure`."
    ),
    "x-codes": [*words("gateway")["errors"], errors.NotFound.code],
    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

_Input = tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]

_TAGS = [
    {"name": "travellers", "description": "For travellers and their apps. No token."},
    {"name": "partners", "description": "For apps that hold an API key, with limits of their own."},
    {"name": "checkpoint", "description": "For staff, with the bearer token of their OpenID Connect issuer."},
    {"name": "staff", "description": "For supervisors and administrators: who is posted where, and the checkpoints."},
    {"name": "administration", "description": "For staff: what can be changed without a deployment."},
    {"name": "reference", "description": "Lists, keys and texts. No token."},
]

_SCHEMAS: dict[str, Any] = {
    JSON: {"type": "object"},
    "image/svg+xml": {"type": "string"},
    "image/png": {"type": "string", "format": "binary"},
}
"""Of answers that are not models."""

_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "The language of texts in answers and errors: `vi` (without it) or `en` (for any other one, too).",
    "schema": {"type": "string", "default": "vi"},
}


_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the answer that the client has.",
    "schema": {"type": "string"},
}

_REQUEST_ID = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
_ETAG = {"ETag": {"$ref": "#/components/headers/ETag"}}


_BASE_URL = "{base_url}"
"""A placeholder for the API's URL. Other placeholders in braces stand for the times of examples."""


def document(base_url: str, now: datetime) -> str:
    """The document as JSON, for an API that answers at `base_url`. Its examples can be sent as they are at `now`."""
    text = _document()
    for name, value in ((_BASE_URL, base_url), *_times(now)):
        text = text.replace(name, json.dumps(value)[1:-1])
    return text


@cache
def _document() -> str:
    """The document without address and times. To build it takes 0.2 s: a process does so once."""
    examples: dict[str, Any] = json.loads(read_text("docs", "examples.json"))
    mounted = [each for each in operations() if each.described]
    bodies: list[_Input] = [(_key(each), "validation", TypeAdapter(each.body)) for each in mounted if each.body]
    answers: list[_Input] = [(_key(each), "serialization", TypeAdapter(each.answer)) for each in mounted if each.answer]
    raised = {error for each in mounted for error in errors_of(each)}
    members: list[_Input] = [
        (name, "serialization", TypeAdapter(model)) for error in raised for name, model in error.member_models.items()
    ]
    references, definitions = TypeAdapter.json_schemas(
        [*bodies, *answers, *members], ref_template=REFERENCE, schema_generator=Schemas
    )
    shown = {name: references[name, "serialization"] for name, _, _ in members}
    paths: dict[str, dict[str, Any]] = {}
    for each in mounted:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, references, examples)
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Tây Ninh Pass",
                "version": "1.0.0",
                "summary": "Declare ahead, hold a pass, be checked, be let through.",
                "description": read_text("docs", "introduction.md"),
            },
            "servers": [{"url": _BASE_URL}],
            "tags": _TAGS,
            "paths": paths,
            "components": {
                "schemas": {
                    **definitions.get("$defs", {}),
                    **error_schemas(raised, shown),
                },
                "securitySchemes": {
                    "staff": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                    "citizen": {
                        "type": "http",
                        "scheme": "bearer",
                        "bearerFormat": "opaque",
                        "description": "The token of a proven phone: `POST /v1/phone-verifications`.",
                    },
                    "partner": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                },
                "headers": {
                    "X-Request-Id": {"description": "Quote it when you ask for help.", "schema": {"type": "string"}},
                    "ETag": {"description": "Send it as If-None-Match the next time.", "schema": {"type": "string"}},
                },
            },
        },
        ensure_ascii=False,
    )


def _key(each: Operation) -> str:
    return f"{each.method} {each.path}"


def _operation(each: Operation, references: Any, examples: dict[str, Any]) -> dict[str, Any]:
    headers = {**_REQUEST_ID, **_ETAG} if each.etag else _REQUEST_ID
    schema = references[_key(each), "serialization"] if each.answer else _SCHEMAS[each.content_type]
    described: dict[str, Any] = {
        "operationId": each.view.__name__,
        "tags": [each.tag],
        "summary": each.summary,
        "description": _unwrapped(each.view.__doc__ or "") + _roles(each),
        "parameters": [
            *each.parameters,
            *(parameters_of(each.query) if each.query else []),
            *([_IF_NONE_MATCH] if each.etag else []),
            _LANGUAGE,
        ],
        "responses": {
            str(each.status): {
                "description": "Done.",
                "headers": headers,
                "content": {each.content_type: {"schema": schema}},
            },
            **({"304": {"description": "Nothing changed since that ETag.", "headers": headers}} if each.etag else {}),
            **_problems(each),
            "default": _REFUSED_BEFORE,
        },
    }
    if each.body is not None:
        content: dict[str, Any] = {"schema": references[_key(each), "validation"]}
        if each.body.__name__ in examples:
            content["example"] = examples[each.body.__name__]
        described["requestBody"] = {"required": True, "content": {JSON: content}}
    if each.roles:
        described["security"] = [{"staff": []}]
    if each.citizen:
        # The empty one: the token may be left out.
        described["security"] = [{}, {"citizen": []}]
    if each.api_key:
        described["security"] = [{"partner": []}]
    return described


def errors_of(each: Operation) -> list[type[errors.DomainError]]:
    """All errors that a route may answer."""
    raised: list[type[errors.DomainError]] = [*each.errors, errors.Unexpected]
    if each.roles:
        raised = [*STAFF_ERRORS, *raised]
    if each.citizen:
        raised += [CitizenTokenRefused, CitizenTokenExpired]
    if each.looks:
        raised.append(TooManyLooks)
    if each.writes:
        raised.append(errors.Maintenance)
    if each.query is not None and errors.InvalidInput not in raised:
        raised.append(errors.InvalidInput)
    if each.body is not None:
        raised += [
            *([] if errors.InvalidInput in raised else [errors.InvalidInput]),
            errors.BodyTooLarge,
            errors.BodyNotUtf8,
            errors.BodyNotJson,
            errors.MemberRepeated,
            errors.UnsupportedContentType,
            errors.UnsupportedContentEncoding,
        ]
    return raised


def _problems(each: Operation) -> dict[str, Any]:
    codes: dict[str, list[str]] = {}
    for error in errors_of(each):
        codes.setdefault(str(error_words()[error.code]["status"]), []).append(error.code)
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {
            "description": "; ".join(f"`{code}`: {error_words()[code]['title']['en']}" for code in listed),
            "x-codes": listed,
            "headers": _REQUEST_ID,
            "content": content,
        }
        for status, listed in sorted(codes.items())
    }


def _roles(each: Operation) -> str:
    return f"\n\nRoles: {', '.join(sorted(each.roles))}." if each.roles else ""


def _unwrapped(text: str) -> str:
    return " ".join(text.split())


def _times(now: datetime) -> list[tuple[str, str]]:
    """The times that examples have. Whole minutes, so that the document and its ETag are the same for a minute."""
    minute = now.replace(second=0, microsecond=0)
    return [
        (name, moment.isoformat(timespec="seconds"))
        for name, moment in (
            ("{arrival}", minute + timedelta(minutes=30)),
            ("{now}", minute),
            ("{yesterday}", minute - timedelta(days=1)),
        )
    ]
