"""Answers that refuse a body or a query."""

from typing import Any

from chalice.test import HTTPResponse


def fields_refused(answer: HTTPResponse) -> list[tuple[str, str]]:
    """Pointer and code of each field that the answer refuses."""
    assert (answer.status_code, answer.json_body["code"]) == (422, "invalid_input"), answer.body
    return fields_of(answer.json_body)


def fields_of(problem: dict[str, Any]) -> list[tuple[str, str]]:
    """The same of a problem: a line of an answer may have one."""
    return [(each["pointer"], each["code"]) for each in problem["errors"]]
