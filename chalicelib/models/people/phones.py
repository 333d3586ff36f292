"""Telephone numbers, kept in E.164 (`+84912345678`)."""

from typing import Annotated

from pydantic import Field, ValidationInfo
from pydantic_core import PydanticCustomError

from chalicelib.models.patterns import compiled
from chalicelib.models.records import at_edge

_MOBILE = r"(?a)(?:\+?84|0)((?:3[2-9]|5[689]|7[06-9]|8[1-8]|9[0-8])\d{7}|99[013-9]\d{6})"
"""Mobile numbers by the plan in force since 2018 (circular 22/2014/TT-BTTTT)."""


def parse_phone(text: str) -> str:
    """The number in E.164. A number without `+` is read as a Vietnamese one.

    Raises a `phone_impossible` validation error for anything that no numbering plan knows.
    """
    # Nearly everyone's number is a Vietnamese mobile one; the library knows the world's, and takes 30 ms to load.
    plain = compiled(_MOBILE).fullmatch(text)
    if plain:
        return f"+84{plain[1]}"
    import phonenumbers

    try:
        number = phonenumbers.parse(text, "VN")
    except phonenumbers.NumberParseException as error:
        raise PydanticCustomError("phone_impossible", "not a telephone number") from error
    # What cannot take a message (a landline, a service or satellite number) is not the number we ask for.
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in kinds:
        raise PydanticCustomError("phone_impossible", "not a telephone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _phone(text: str, _: ValidationInfo) -> str:
    return parse_phone(text)


Phone = Annotated[
    str, Field(max_length=25, examples=["0912345678"], json_schema_extra={"minLength": 3}), at_edge(_phone)
]
"""E.164 behind the edge; as people write it before."""
