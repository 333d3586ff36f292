"""Fields that many records have: moments, days, lines of text."""

import re
from datetime import date, datetime, tzinfo
from functools import cache
from typing import Annotated, Any
from unicodedata import normalize

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chalicelib.models.patterns import compiled
from chalicelib.models.records import STORED

_CENTURIES = r"(?a)(?:19|20)\d\d"


def _written_as(form: str, example: str) -> BeforeValidator:
    """At the edge only text of this form is read: pydantic alone would take a bare number for seconds since 1970.

    Records may hold other dates, which were not parsed from text: those of certificates.
    """

    def check(value: Any, info: ValidationInfo) -> Any:
        if info.context is STORED or isinstance(value, date):
            return value
        if not isinstance(value, str) or not compiled(form).fullmatch(value.strip()):
            raise PydanticCustomError("time_invalid", f"not written as RFC 3339 asks for, like {example}")
        if not compiled(_CENTURIES).match(value.strip()):
            raise PydanticCustomError("time_out_of_range", "not of the years 1900 to 2099")
        return value

    return BeforeValidator(check)


def with_offset(moment: datetime, offset: tzinfo) -> datetime:
    """The same moment with this offset. Unchanged if it would leave the calendar: a key without an end is valid until
    the last second of 9999."""
    try:
        return moment.astimezone(offset)
    except OverflowError:
        return moment


def _with_our_offset(moment: datetime, info: ValidationInfo) -> datetime:
    return with_offset(moment, info.context) if isinstance(info.context, tzinfo) else moment


_FULL_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)"

# Not strict, for pydantic would take text for a time in JSON alone and not behind a validator of ours.
Moment = Annotated[
    AwareDatetime,
    Field(strict=False),
    _written_as(f"(?a){_FULL_DATE}[Tt ]{_TIME}", "2021-07-22T14:30:00+07:00"),
    AfterValidator(_with_our_offset),
]
"""A time of these centuries, with an offset (RFC 3339)."""

Day = Annotated[date, Field(strict=False), _written_as(f"(?a){_FULL_DATE}", "2021-07-22")]
"""A date of these centuries (RFC 3339, full-date)."""


def _time_of_day(text: Any, info: ValidationInfo) -> Any:
    if info.context is not STORED and not (isinstance(text, str) and compiled(_HOURS).fullmatch(text.strip())):
        raise PydanticCustomError("time_invalid", "not a time of day like 07:30")
    return text


_HOURS = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"

TimeOfDay = Annotated[str, Field(json_schema_extra={"pattern": f"^{_HOURS}$"}), BeforeValidator(_time_of_day)]
"""Hour and minute of a day, in the province's time: `07:30`. Sorted as texts, they are in the order of time."""


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Whole:
    """Of an `int`: its limits, both included. In JSON 12.0 is a whole number, too (JSON Schema 2020-12, 6.1.1).

    One annotation, since each of pydantic's own costs a cold start 0.03 ms.
    """

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        self._limits = core_schema.int_schema(ge=least, le=most)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        assert schema["type"] == "int", "validators come after `Whole`"
        return core_schema.no_info_before_validator_function(_whole, {**schema, **self._limits})


CONTROLS = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
"""Of a regular expression's class: control characters, and ends of lines."""

INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Of a regular expression's class: what phones and web pages add to a text and nobody sees (soft hyphens, joiners,
marks of direction, tags), and fillers, which look like blanks and are letters."""

UNSEEN = CONTROLS + INVISIBLE
"""Of a regular expression's class: both of these."""

_NONCHARACTERS = r"\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
"""Of a regular expression's class: of private use, and those that Unicode will never give a meaning."""
_BEYOND_PLANE_0 = "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(1, 15)) + r"\U000f0000-\U0010ffff"


@cache
def _unprintable() -> re.Pattern[str]:
    """Compiled when a text needs it: that takes a millisecond, and a check does not."""
    return re.compile(f"[{CONTROLS}{_NONCHARACTERS}{_BEYOND_PLANE_0}]")


@cache
def _invisible() -> re.Pattern[str]:
    return re.compile(f"[{INVISIBLE}]")


def visible(text: str) -> str:
    """The text as a reader sees it: letters and their accents composed (NFC), without what is invisible."""
    if text.isascii():
        return text
    return normalize("NFC", _invisible().sub("", text))


class Composed:
    """Text that is measured as people count it: `visible`, without blanks around it."""

    def __init__(self, most: int, fewest: int = 1) -> None:
        self._most, self._fewest = most, fewest

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        measured = core_schema.str_schema(min_length=self._fewest, max_length=self._most)
        return core_schema.with_info_before_validator_function(_composed, measured)


class Line(Composed):
    """One line of free text: no control characters, and none that has no meaning."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        composed = super().__get_pydantic_core_schema__(source, handler)
        return core_schema.with_info_after_validator_function(_printable, composed)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^[^{CONTROLS}{_NONCHARACTERS}]*$"}


def _composed(text: Any, info: ValidationInfo) -> Any:
    return text if info.context is STORED or not isinstance(text, str) else visible(text).strip()


def _printable(text: str, info: ValidationInfo) -> str:
    # Most texts are printable by Python's own table, which is quick to ask; it also leaves out what is new in Unicode.
    if info.context is not STORED and not text.isprintable() and _unprintable().search(text):
        raise PydanticCustomError("text_not_printable", "a control character, or one that has no meaning")
    return text


Text = Annotated[str, Line(200)]
"""One line of free text. Of another length it is `Annotated[str, Line(…)]`."""

SMS_LENGTH = 160
"""Characters of one message part in the GSM 7-bit alphabet (3GPP TS 23.038)."""

GSM_7 = r"""A-Za-z0-9 @!"#$%&'()*+,\-./:;<=>?_"""
"""Of a regular expression's class: that alphabet without its national letters, and without those that count twice."""

Reason = Annotated[str, Line(500)]
"""Why staff decided as they did."""
