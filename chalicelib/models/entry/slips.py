"""Slips: passes on paper, for those who have no phone or whose phone is dead."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import Field

from chalicelib.models.entry.declarations import MAXIMUM_COMPANIONS
from chalicelib.models.entry.links import SECRET_LENGTH
from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Whole
from chalicelib.models.records import Record


class Paper(StrEnum):
    """What a slip is printed on."""

    A6 = "a6"
    """105 by 148 mm: a quarter of a sheet."""
    ROLL = "80mm"
    """The roll of a thermal printer, 80 mm wide; a page is as long as its content."""


class CompanionOfSlip(Record):
    """Another pass of the same declaration, for the same slip."""

    person: Annotated[int, Whole(0, MAXIMUM_COMPANIONS), Field(examples=[1])]
    """The person's number: 0 is the traveller, then the companions in the form's order."""
    secret: str = Field(min_length=SECRET_LENGTH, max_length=40, examples=["0000000000000"])
    """The secret of this pass."""


class SlipForm(Record):
    """Who else is on the slip."""

    companions: list[CompanionOfSlip] = Field(max_length=MAXIMUM_COMPANIONS)
    """The other passes, each with its own secret. They are printed by the persons' numbers, six on a page."""


class SlipPass(NamedTuple):
    """A pass on a page: the code as people see it, the text of the QR, and the name as the QR shows it."""

    code: str
    token: str
    name: str


class SlipPage(NamedTuple):
    """A page: up to six passes, the earliest of their ends, and the text, line by line."""

    passes: Sequence[SlipPass]
    title: str
    ends: str
    gate: str | None
    steps: Sequence[str]
    hotline: str
