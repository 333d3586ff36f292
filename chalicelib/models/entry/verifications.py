"""Verifications: a phone is proven by a one-time code that is sent to it."""

from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.codes import Code
from chalicelib.models.people.languages import Language
from chalicelib.models.people.phones import Phone
from chalicelib.models.records import Record, at_edge

ONE_TIME_CODE_LENGTH = 6
"""Digits."""

LIFETIME = timedelta(minutes=10)
"""How long the one-time code can be answered."""
MOST_TRIES = 5
"""Answers to one verification, right or wrong."""

APART = timedelta(minutes=1)
"""Between two verifications of one phone."""
MOST_OF_A_DAY = 5
"""Verifications of one phone in `DAY`."""
DAY = timedelta(hours=24)
"""Any 24 hours. So long a verification counts, and so long it is kept."""


def _one_time_code(text: str, _: ValidationInfo) -> str:
    plain = "".join(text.split())
    if not (len(plain) == ONE_TIME_CODE_LENGTH and plain.isascii() and plain.isdigit()):
        raise PydanticCustomError("one_time_code_impossible", "not six digits")
    return plain


class VerificationForm(Record):
    """The phone that is to be proven."""

    phone: Phone
    """A number of a country that the province texts."""
    language: Language = Language.VI
    """The language of the message with the code."""


class VerificationAnswerForm(Record):
    """The one-time code that the phone got."""

    one_time_code: Annotated[
        str,
        Field(max_length=20, examples=["123456"], json_schema_extra={"pattern": r"^\s*(?:[0-9]\s*){6}$"}),
        at_edge(_one_time_code),
    ]
    """Six digits. Blanks do not matter."""


class Verification(Record):
    """The record of a verification that was asked for."""

    phone: str
    """E.164."""
    requested_at: AwareDatetime
    language: Language = Language.VI
    """Of the message with the code. Stored only if it is another one: older releases can read the other records."""

    @property
    def expires_at(self) -> datetime:
        return self.requested_at + LIFETIME


class ListedVerification(Record):
    """A verification in the list of its phone's."""

    id: str
    """Its code."""
    requested_at: AwareDatetime


class Numbered(NamedTuple):
    """A verification of a phone and its number among the phone's."""

    number: int
    requested_at: datetime


class VerificationRecord(NamedTuple):
    """All that is on record about a verification. `tries` is the number of answers so far."""

    code: Code
    verification: Verification
    tries: int
