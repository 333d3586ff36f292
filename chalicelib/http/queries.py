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
    """A route's query parameters: each a field, whose docstring describes it. Unknown
    parameters are refused, so a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PageQuery(Query):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=200), Digits] = 100
    """The most entries of an answer."""
    cursor: str | None = Field(None, json_schema_extra={"maxLength": 100})
    """The `cursor` of the last answer, for the next page; left out for the first one."""
