"""The base of all queries."""

import re
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

_DIGITS = re.compile(r"-?[0-9]{1,9}")


def _digits(text: Any) -> Any:
    if isinstance(text, str) and not _DIGITS.fullmatch(text):
        raise PydanticCustomError("wrong_type", "not a whole number in digits")
    return text


Digits = BeforeValidator(_digits)
"""Of an `int`, behind its limits: pydantic alone would take `1_0`, ` 10 ` and `10.0`, which no document allows."""


class Query(BaseModel):
    """A route's query parameters: each a field, whose docstring describes it. Unknown parameters are ignored."""

    model_config = ConfigDict(frozen=True, defer_build=True)
