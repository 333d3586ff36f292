"""Answers write codes and times in one form."""

import json
import re
from collections.abc import Iterator
from typing import Any

from chalice.test import HTTPResponse

_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_NO_END = "9999-"
"""Keys without an end are valid until the last second of the calendar, which no other offset has."""


def check_forms(answer: HTTPResponse) -> None:
    """Fail if an answer has a pass's code without hyphens, or a time with another offset than the province's."""
    if not answer.body or "Content-Encoding" in answer.headers or "json" not in answer.headers.get("Content-Type", ""):
        return
    document = json.loads(answer.body)
    if "openapi" in document:
        return
    for name, text in _texts(document):
        if name in ("code", "codes"):
            assert not _CODE.fullmatch(text), f"{name} is written as stored: {text}"
        if _TIME.fullmatch(text) and not text.startswith(_NO_END):
            assert text.endswith("+07:00"), f"{name} has another offset: {text}"


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """All texts, each with the name of its member."""
    if isinstance(value, dict):
        for each, inner in value.items():
            yield from _texts(inner, each)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name)
    elif isinstance(value, str):
        yield name, value
