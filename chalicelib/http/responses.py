"""The responses of an operation, for the OpenAPI document: each status with its headers, codes and examples."""

import json
from functools import cache
from typing import Any

from chalicelib.data import read_text
from chalicelib.http.answers import JSON
from chalicelib.http.auth import STAFF_ERRORS
from chalicelib.http.headers import described
from chalicelib.http.problems import ERRORS_PAGE, PROBLEM, error_words
from chalicelib.http.routes import Operation
from chalicelib.http.wording import filled
from chalicelib.models import errors
from chalicelib.models.people.errors import CitizenTokenExpired, CitizenTokenMissing, CitizenTokenRefused
from chalicelib.models.staff.errors import TooManyLooks

_REFUSAL, _FAILURE = "gateway_refusal", "gateway_failure"

_FAILURES = (500, 502, 503, 504)
"""Statuses with which the gateway answers for a function that does not."""

_SCHEMAS: dict[str, Any] = {
    JSON: {
        "type": "object",
        "description": "An OpenAPI 3.1 document.",
        "additionalProperties": True,
        "required": ["openapi", "info", "paths"],
        "properties": {
            "openapi": {"type": "string", "description": "The version of OpenAPI."},
            "info": {"type": "object", "description": "What the API is for."},
            "paths": {"type": "object", "description": "Its operations, by path and method."},
        },
    },
    "image/svg+xml": {"type": "string", "description": "SVG 1.1."},
    "text/csv": {"type": "string", "description": "A table after a row of names (RFC 4180), with a byte order mark."},
    "application/graphml+xml": {"type": "string", "description": "GraphML 1.0."},
    "application/pdf": {"type": "string", "format": "binary", "description": "PDF 1.7."},
    "image/png": {"type": "string", "format": "binary", "description": "PNG."},
}
"""Of answers that are not models."""


def responses_of(each: Operation, schema: Any) -> dict[str, Any]:
    """All responses of an operation, by status. `schema` is that of its answer, if it is a model."""
    names = ["Cache-Control", "Vary", *each.headers, *(["ETag"] if each.etag else [])]
    worded = ["Content-Language"] if each.content_type == JSON else []
    content: dict[str, Any] = {"schema": schema or _SCHEMAS[each.content_type]}
    examples = answer_examples()
    if each.view.__name__ in examples:
        content["example"] = examples[each.view.__name__]
    return {
        str(each.status): {
            "description": _DONE[each.status],
            "headers": described(*names, *worded),
            "content": {each.content_type: content},
        },
        **(
            {"304": {"description": "Nothing changed since that ETag.", "headers": described(*names)}}
            if each.etag
            else {}
        ),
        **_problems(each),
    }


_DONE = {200: "Done.", 201: "Recorded.", 202: "Accepted: it is done within seconds."}


def errors_of(each: Operation) -> list[type[errors.DomainError]]:
    """All errors that a route may answer."""
    raised: list[type[errors.DomainError]] = [*each.errors, errors.Unexpected]
    if each.roles:
        raised = [*STAFF_ERRORS, *raised]
    if each.citizen:
        raised += [CitizenTokenRefused, CitizenTokenExpired]
    if each.needs_citizen:
        raised.append(CitizenTokenMissing)
    if each.looks:
        raised.append(TooManyLooks)
    if each.writes:
        raised.append(errors.Maintenance)
    if each.query is not None:
        raised.append(errors.InvalidInput)
    if each.body is bytes:
        raised.append(errors.BodyTooLarge)
    elif each.body is not None:
        raised += [
            errors.InvalidInput,
            errors.BodyTooLarge,
            errors.BodyNotUtf8,
            errors.BodyNotJson,
            errors.MemberRepeated,
            errors.UnsupportedContentType,
            errors.UnsupportedContentEncoding,
        ]
    return list(dict.fromkeys(raised))


def codes_of(each: Operation) -> dict[int, list[str]]:
    """The codes that an operation may answer, by status: its own, and the gateway's."""
    codes: dict[int, list[str]] = {}
    for error in errors_of(each):
        codes.setdefault(error_words()[error.code]["status"], []).append(error.code)
    for status, code in (
        (400, _REFUSAL),
        # The gateway refuses 10 MiB by itself.
        *([(413, _REFUSAL)] if each.body else []),
        *([(403, "api_key_refused"), (429, "quota_exceeded")] if each.api_key else []),
        (429, "too_many_requests"),
        *((status, _FAILURE) for status in _FAILURES),
    ):
        codes.setdefault(status, []).append(code)
    return dict(sorted(codes.items()))


def _problems(each: Operation) -> dict[str, Any]:
    return {str(status): _problem(status, codes) for status, codes in codes_of(each).items()}


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    names = ["Cache-Control", "Vary", "Content-Language"]
    if status == 401:
        names.append("WWW-Authenticate")
    if status == 429 or status >= 500:
        names.append("Retry-After")
    return {
        "description": "; ".join(f"`{code}`: {error_words()[code]['title']['en']}" for code in codes),
        "x-codes": codes,
        "headers": described(*names),
        "content": {
            PROBLEM: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }


@cache
def answer_examples() -> dict[str, Any]:
    """Answers as the API gave them once, by operation."""
    known: dict[str, Any] = json.loads(read_text("docs", "answers.json"))
    return known


def problem_examples(codes: set[str], base_url: str) -> dict[str, Any]:
    """A problem for each code, as an operation answers it in English, by code."""
    samples = json.loads(read_text("docs", "problems.json"))
    return {code: {"value": _example(code, samples, base_url)} for code in sorted(codes)}


def _example(code: str, samples: Any, base_url: str) -> dict[str, Any]:
    words = error_words()[code]
    gateway = code.startswith("gateway")
    return {
        "type": f"{base_url}{ERRORS_PAGE}#{code}",
        "title": filled(words["title"]["en"], samples["params"], "en"),
        **({} if gateway else {"status": words["status"]}),
        "code": code,
        "detail": filled(words["detail"]["en"], samples["params"], "en"),
        "instance": f"urn:request:{samples['params']['request_id']}",
        **samples["members"].get(code, {}),
    }
