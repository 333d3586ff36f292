"""What a form that differs in one field from one that is accepted is refused for."""

import json
from typing import Any

from pydantic import BaseModel, ValidationError

from chalicelib.http.problems import refusal_of
from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.errors import InvalidInput
from tests.forms import form

MISSING = object()


def changed(pointer: str, value: Any, companions: int = 0) -> dict[str, Any]:
    """A form that is accepted, but for the value at a pointer."""
    body = form(companions=companions)
    *way, last = pointer.strip("/").split("/")
    place: Any = body
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is MISSING:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return body


def refusals(body: dict[str, Any], model: type[BaseModel] = DeclarationForm) -> set[tuple[str, str]]:
    """Pointer and code of each problem."""
    try:
        model.model_validate_json(json.dumps(body))
    except ValidationError as error:
        refused = refusal_of(error)
        assert isinstance(refused, InvalidInput)
        return {(each.pointer, each.code) for each in refused.problems}
    return set()
