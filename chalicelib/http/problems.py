"""Errors as answers: problem+json (RFC 9457), in the words of the request's language."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar

from chalice.app import Response
from pydantic import ValidationError

from chalicelib.data import with_words, words
from chalicelib.http.answers import Headers
from chalicelib.http.wording import filled, kind_of_values, label_of_field
from chalicelib.models.errors import MOST_PROBLEMS, BodyNotJson, Choices, DomainError, FieldProblem, InvalidInput
from chalicelib.models.lines import UnreadableLine
from chalicelib.observability import note

PROBLEM = "application/problem+json"

ERRORS_PAGE = "/docs/errors"
"""Where the API explains its codes, each under an anchor: what a problem's `type` leads to."""

PYDANTIC_CODES = {
    "missing": "field_missing",
    "extra_forbidden": "unknown_field",
    "enum": "value_not_listed",
    "literal_error": "value_not_listed",
    "string_too_long": "text_too_long",
    "string_too_short": "text_too_short",
    "string_pattern_mismatch": "text_not_printable",
    "too_long": "list_too_long",
    "too_short": "list_too_short",
    "greater_than_equal": "number_too_low",
    "less_than_equal": "number_too_high",
    "timezone_aware": "time_invalid",
}
"""Our codes for pydantic's own types of errors; see `_own_code` for the rest."""

_EXPLAINED = frozenset({"field_invalid", "wrong_type", "time_invalid", "time_out_of_range"})
"""Codes whose words leave out what only a developer can use: it is in the member `reason`."""

_LEFT_EMPTY = frozenset({"field_missing", "identity_missing", "phone_missing", "plate_missing", "reason_missing"})

_RETRY_AFTER = timedelta(seconds=2)

_MOST_PROBLEMS_OF_LINE = 5
"""An answer stays smaller than what was sent."""

Line = TypeVar("Line")


def problem(error: DomainError, language: str, request_id: str, base_url: str) -> Response:
    """The problem+json of an error, by an API that answers at `base_url`: a URL, or the path before its routes."""
    language = _spoken(error, language)
    members = members_of(error, language)
    note(code=members["code"])
    if isinstance(error, InvalidInput):
        note(fields=sorted({each.code for each in error.problems}))
    kind = f"{base_url}{ERRORS_PAGE}#{members['code']}"
    body = {"type": kind, **members, "instance": f"urn:request:{request_id}"}
    headers: Headers = {"Content-Type": PROBLEM, "Content-Language": language, "Vary": "Accept-Language"}
    if members["status"] == HTTPStatus.UNAUTHORIZED:
        reason = error_words()[error.code].get("bearer_error")
        headers["WWW-Authenticate"] = f'Bearer error="{reason}"' if reason else "Bearer"
    if members["status"] in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        wait = error.params.get("wait")
        seconds = (wait if isinstance(wait, timedelta) else _RETRY_AFTER).total_seconds()
        headers["Retry-After"] = str(round(seconds))
    return Response(json.dumps(body, ensure_ascii=False), headers, members["status"])


def _spoken(error: DomainError, language: str) -> str:
    """The language that all words of an error have: this one, else English."""
    codes = [error.code]
    if isinstance(error, InvalidInput):
        codes += [each.code for each in error.problems]
    known = error_words()
    parts = [known[code][part] for code in codes for part in ("title", "detail")]
    return language if all(language in each for each in parts) else "en"


def members_of(error: DomainError, language: str) -> dict[str, Any]:
    """The members of an error's problem: title, status, code and detail, and those that only this error has."""
    text = error_words()[error.code]
    if isinstance(error, InvalidInput):
        detail = _summary(error.problems, language)
    else:
        detail = filled(text["detail"][language], error.params, language)
    return {
        "title": filled(text["title"][language], error.params, language),
        "status": text["status"],
        "code": error.code,
        "detail": detail,
        **{name: _in_words(member, language) for name, member in error.members.items()},
    }


def _in_words(member: Any, language: str) -> Any:
    """A member as JSON."""
    match member:
        case DomainError():
            return members_of(member, language)
        case FieldProblem():
            detail = detail_of(member, language)
            return {"pointer": member.pointer, "code": member.code, "detail": detail, **member.members}
        case list() | tuple():
            return [_in_words(each, language) for each in member]
        case dict():
            return {name: _in_words(each, language) for name, each in member.items()}
    return member


def detail_of(problem: FieldProblem, language: str) -> str:
    """What to do about one field, with the field's name."""
    text: str = error_words()[problem.code]["detail"][language]
    name = label_of_field(problem.pointer, language)
    if "{field}" in text:
        return filled(text, {**problem.params, "field": name}, language)
    return f"{name[:1].upper()}{name[1:]}: {filled(text, problem.params, language)}"


def _summary(problems: Sequence[FieldProblem], language: str) -> str:
    """What to do about fields: all about one of them; of several the first one's name, and how many more there are."""
    if len(problems) == 1:
        return detail_of(problems[0], language)
    texts = words("http")["fields"]
    names = list(dict.fromkeys(label_of_field(each.pointer, language) for each in problems))
    named = names[0]
    if len(names) > 1:
        named = texts["and_more"][language].format(field=named, count=len(names) - 1)
    if all(each.code in _LEFT_EMPTY for each in problems):
        return filled(texts["missing"][language], {"fields": named}, language)
    return filled(error_words()[InvalidInput.code]["detail"][language], {"fields": named}, language)


@cache
def error_words() -> dict[str, Any]:
    """Each code's status, and its title and detail by language, of all capabilities."""
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


def read_lines(lines: Sequence[Line], at: str) -> list[Line | InvalidInput]:
    """The lines of the list that is a body's member `at`. Each `UnreadableLine` becomes an error with its problems."""
    return [
        invalid(line.problems[:_MOST_PROBLEMS_OF_LINE], at, number) if isinstance(line, UnreadableLine) else line
        for number, line in enumerate(lines)
    ]


def _field_problem(error: Any, at: tuple[str | int, ...]) -> FieldProblem:
    context = {key: value for key, value in error.get("ctx", {}).items() if key != "error"}
    location = [*at, *error["loc"], *str(context.pop("at", "")).split("/")]
    pointer = "".join(f"/{_escaped(str(part))}" for part in location if part != "")
    if pointer == "/companions" and error["type"] == "too_long":
        return FieldProblem(pointer, "too_many_companions", {"limit": context["max_length"]})
    code = _own_code(error["type"], context)
    if code == "value_not_listed":
        # Pydantic has the choices as text: 'a', 'b' or 'c'.
        choices = re.findall(r"'([^']*)'", context["expected"])
        kind = kind_of_values(pointer)
        context = {"expected": ", ".join(choices) if kind is None else Choices(kind, choices)}
    return FieldProblem(pointer, code, context, {"reason": error["msg"]} if code in _EXPLAINED else {})


def _own_code(kind: str, context: Mapping[str, object]) -> str:
    if kind in error_words():
        return kind
    if kind == "string_too_short" and context["min_length"] == 1:
        return "field_missing"
    if kind.startswith(("date", "time")):
        # The format was checked before, so what remains are dates and times that do not exist.
        return PYDANTIC_CODES.get(kind, "time_out_of_range")
    if kind.endswith("_type"):
        return "wrong_type"
    return PYDANTIC_CODES.get(kind, "field_invalid")


def _escaped(part: str) -> str:
    # A name from the body itself (an unknown field's) may be as long as the body.
    return part[:60].replace("~", "~0").replace("/", "~1")
