"""Identity documents: what a number can be, and the checks it carries in itself.

The citizen card's number (CCCD, decree 137/2015/NĐ-CP, article 13): province or country of birth registration (3),
century and gender (1), year of birth (2), serial (6); it has no check digit. The older identity card (CMND) has 9 or 12
digits, a passport follows ICAO Doc 9303 (up to 9 characters).

The holder of an older 12-digit card has the same number on the citizen card. So 12 digits identify one person, with
either kind.
"""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field, ValidationInfo
from pydantic_core import PydanticCustomError

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import visible
from chalicelib.models.patterns import compiled
from chalicelib.models.people.administrative_units import exists
from chalicelib.models.records import Record, at_edge

_CMND = r"(?a)\d{9}|\d{12}"
_CCCD = r"(?a)\d{12}"
_PASSPORT = r"[A-Z0-9]{5,9}"
NUMBER_AS_SENT = r"^[ .\-]*(?:[0-9A-Za-z][ .\-]*){5,12}$"
"""A document's number as people write it, for JSON schemas."""
_SEPARATORS = str.maketrans("", "", " .-")


class IdentityKind(StrEnum):
    """`cccd` is the citizen card, `cmnd` the identity card before it."""

    CCCD = "cccd"
    CMND = "cmnd"
    PASSPORT = "passport"


def _could_be_a_citizen_card(number: str) -> bool:
    if not compiled(_CCCD).fullmatch(number):
        return False
    # Provinces begin with 0. Cards name them as they were before the merger of 2025; new cards go on with the same
    # numbers. Any other digit begins the code of a country: those are in no list that we have.
    return number[3] in "0123" and (number[0] != "0" or exists("2021", number[1:3]))


_POSSIBLE: dict[IdentityKind, Callable[[str], object]] = {
    IdentityKind.CCCD: _could_be_a_citizen_card,
    IdentityKind.CMND: lambda number: compiled(_CMND).fullmatch(number),
    IdentityKind.PASSPORT: lambda number: compiled(_PASSPORT).fullmatch(number),
}


def plain_number(text: str) -> str:
    """A number as it is kept: without separators, in upper case."""
    return visible(text).translate(_SEPARATORS).upper()


def kinds_of(number: str) -> list[IdentityKind]:
    """All kinds of documents that could have this (plain) number."""
    return [kind for kind, possible in _POSSIBLE.items() if possible(number)]


def _number(text: str, info: ValidationInfo) -> str:
    number = plain_number(text)
    if "kind" in info.data and not _POSSIBLE[info.data["kind"]](number):
        raise PydanticCustomError("identity_number_impossible", "not a possible number of this kind")
    return number


class Identity(Record):
    """A document's kind and number. The number is kept without separators and in upper case."""

    kind: IdentityKind
    """Which document it is."""
    number: Annotated[
        str,
        Field(max_length=20, examples=["072090000123"], json_schema_extra={"pattern": NUMBER_AS_SENT}),
        at_edge(_number),
    ]
    """12 digits of a citizen card; 9 or 12 of an identity card; 5 to 9 letters and digits of a passport."""

    @property
    def identifying_text(self) -> str:
        """Text that identifies the holder: the same for both kinds that have 12 digits."""
        return f"{IdentityKind.CCCD if compiled(_CCCD).fullmatch(self.number) else self.kind} {self.number}"

    @property
    def stored_texts(self) -> list[str]:
        """The texts under which the holder may be stored: the release before this one had another one for an older card
        of 12 digits. Remove it when every stage has run this release for longer than exposures are kept."""
        former = [f"{IdentityKind.CMND} {self.number}"] if compiled(_CCCD).fullmatch(self.number) else []
        return [self.identifying_text, *former]

    @property
    def masked_number(self) -> str:
        """The number's last third alone: enough to compare with what the holder reads out."""
        shown = len(self.number) // 3
        return "*" * (len(self.number) - shown) + self.number[-shown:]

    @property
    def birth_year(self) -> int | None:
        """The year of birth that a citizen card's number carries, whatever the document is called; None for other
        numbers."""
        if not _could_be_a_citizen_card(self.number):
            return None
        return 1900 + 100 * (int(self.number[3]) // 2) + int(self.number[4:6])
