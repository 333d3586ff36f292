"""Fields that many records have: moments, days, lines of text."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from chalicelib.models.records import STORED

_CENTURIES = re.compile(r"(?:19|20)\d\d", re.ASCII)


def _written_as(form: re.Pattern[str], example: str) -> BeforeValidator:
    """At the edge only text of this form is read: pydantic alone would take a bare number for seconds since 1970.

    Records may hold other dates, which were not parsed from text: those of certificates.
    """

    def check(value: Any, info: ValidationInfo) -> Any:
        if info.context is STORED or isinstance(value, date):
            return value
        if not isinstance(value, str) or not form.fullmatch(value.strip()):
            raise PydanticCustomError("time_invalid", f"not written as RFC 3339 asks for, like {example}")
        if not _CENTURIES.match(value.strip()):
            raise PydanticCustomError("time_out_of_range", "not of the years 1900 to 2099")
        return value

    return BeforeValidator(check)


_FULL_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)"

# Not strict, for pydantic would take text for a time in JSON alone and not behind a validator of ours.
Moment = Annotated[
    AwareDatetime,
    Field(strict=False),
    _written_as(re.compile(f"{_FULL_DATE}[Tt ]{_TIME}", re.ASCII), "2021-07-22T14:30:00+07:00"),
]
"""A time of these centuries, with an offset (RFC 3339)."""

Day = Annotated[date, Field(strict=False), _written_as(re.compile(_FULL_DATE, re.ASCII), "2021-07-22")]
"""A date of these centuries (RFC 3339, full-date)."""


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Of an `int`, behind its limits: in JSON 12.0 is a whole number, too (JSON Schema 2020-12, 6.1.1)."""

UNSEEN = r"\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
"""Of a regular expression's class: control characters, and what cannot be seen or turns a line around."""

Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=rf"^[^{UNSEEN}]*[^{UNSEEN}\s][^{UNSEEN}]*$",
    ),
]
"""One line of free text, not only blanks: no control characters, none that cannot be seen or that turn the line around.

Of another length it is `Annotated[Text, Field(max_length=…)]`: `Text = Field(max_length=…)` would stay at 200.
"""

SMS_LENGTH = 160
"""Characters of one message part in the GSM 7-bit alphabet (3GPP TS 23.038)."""

Reason = Annotated[Text, Field(max_length=500)]
"""Why staff decided as they did."""
