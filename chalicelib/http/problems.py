"""Errors as answers: problem+json (RFC 9457), in words of both languages."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

from chalice.app import Response
from pydantic import ValidationError

from chalicelib.data import with_words, words
from chalicelib.http.answers import Headers
from chalicelib.models.errors import MOST_PROBLEMS, BodyNotJson, DomainError, FieldProblem, InvalidInput
from chalicelib.observability import note

PROBLEM = "application/problem+json"

PYDANTIC_CODES = {
    "missing": "field_missing",
    "extra_forbidden": "unknown_field",
    "enum": "value_not_listed",
    "literal_error": "value_not_listed",
    "string_too_long": "text_too_long",
    "string_too_short": "text_too_short",
    "string_pattern_mismatch": "text_not_printable",
    "too_long": "list_too_long",
    "greater_than_equal": "number_out_of_range",
    "less_than_equal": "number_out_of_range",
    "timezone_aware": "time_invalid",
}
"""Our codes for pydantic's own types of errors; see `_own_code` for the rest."""


def problem(error: DomainError, language: str, request_id: str) -> Response:
    """The problem+json of an error."""
    members = members_of(error, language)
    note(code=members["code"])
    body = {"type": f"urn:problem-type:{members['code']}", **members, "instance": f"urn:request:{request_id}"}
    headers: Headers = {"Content-Type": PROBLEM, "Content-Language": language}
    if members["status"] == HTTPStatus.UNAUTHORIZED:
        reason = error_words()[error.code].get("bearer_error")
        headers["WWW-Authenticate"] = f'Bearer error="{reason}"' if reason else "Bearer"
    if members["status"] in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        headers["Retry-After"] = str(error.params.get("seconds", 2))
    return Response(json.dumps(body, ensure_ascii=False), headers, members["status"])


def members_of(error: DomainError, language: str) -> dict[str, Any]:
    """The members of an error's problem: title, status, code and detail, and those that only this error has."""
    code: str = error.code
    params: Mapping[str, object] = error.params
    if isinstance(error, InvalidInput) and len({each.code for each in error.problems}) == 1:
        # Its words say more. The status stays that of any field.
        code, params = error.problems[0].code, error.problems[0].params
    return {
        "title": words_of(code, "title", language, params),
        "status": error_words()[error.code]["status"],
        "code": code,
        "detail": words_of(code, "detail", language, params),
        **{name: _in_words(member, language) for name, member in error.members.items()},
    }


def _in_words(member: Any, language: str) -> Any:
    """A member as JSON."""
    match member:
        case DomainError():
            return members_of(member, language)
        case FieldProblem(pointer, code, params):
            return {"pointer": pointer, "code": code, "detail": words_of(code, "detail", language, params)}
        case list() | tuple():
            return [_in_words(each, language) for each in member]
        case dict():
            return {name: _in_words(each, language) for name, each in member.items()}
    return member


def words_of(code: str, part: str, language: str, params: Mapping[str, object]) -> str:
    """The `title` or `detail` of a code."""
    text: str = error_words()[code][part][language]
    return text.format_map(params)


@cache
def error_words() -> dict[str, Any]:
    """Each code's status, and its title and detail in both languages, of all capabilities."""
    return {code: each for capability in with_words() for code, each in words(capability)["errors"].items()}


def refusal_of(error: ValidationError) -> DomainError:
    """What a model could not accept, as an error of the domain."""
    problems = error.errors(include_url=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return BodyNotJson(reason=problems[0]["ctx"]["error"])
    return invalid(problems)


def invalid(problems: Sequence[Any], *at: str | int) -> InvalidInput:
    """What pydantic found wrong, as an error of ours. `at` is where in the body it looked."""
    return InvalidInput([_field_problem(each, at) for each in problems[:MOST_PROBLEMS]])


def _field_problem(error: Any, at: tuple[str | int, ...]) -> FieldProblem:
    context = {key: value for key, value in error.get("ctx", {}).items() if key != "error"}
    location = [*at, *error["loc"], *str(context.pop("at", "")).split("/")]
    pointer = "".join(f"/{_escaped(str(part))}" for part in location if part != "")
    if pointer == "/companions" and error["type"] == "too_long":
        return FieldProblem(pointer, "too_many_companions", {"limit": context["max_length"]})
    return FieldProblem(pointer, _own_code(error["type"]), {"reason": error["msg"], **context})


def _own_code(kind: str) -> str:
    if kind in error_words():
        return kind
    if kind.startswith(("date", "time")):
        return PYDANTIC_CODES.get(kind, "time_invalid")
    if kind.endswith("_type"):
        return "wrong_type"
    return PYDANTIC_CODES.get(kind, "field_invalid")


def _escaped(part: str) -> str:
    # A name from the body itself (an unknown field's) may be as long as the body.
    return part[:60].replace("~", "~0").replace("/", "~1")
