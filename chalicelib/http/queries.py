"""The base of all queries."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

_DIGITS = re.compile(r"-?[0-9]{1,9}")


def _digits(text: Any) -> Any:
    if isinstance(text, str) and not _DIGITS.fullmatch(text):
        raise PydanticCustomError("wrong_type", "not a whole number in digits")
    return text


Digits = BeforeValidator(_digits)
"""Of an `int`, behind its limits: pydantic alone would take `1_0`, ` 10 ` and `10.0`, which no document allows."""


class Query(BaseModel):
    """A route's query parameters: each a field, whose docstring describes it. A misspelt parameter is
    not lost: unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PageQuery(Query):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=200), Digits] = 100
    """The most entries of an answer."""
    cursor: str | None = Field(None, json_schema_extra={"maxLength": 100})
    """Of the answer before, for the entries after those in it; the first ones without it."""
