"""What a gate scans or types: the text as it comes, and what it is taken for.

Every text is one of five things. Which one follows from the text alone.
"""

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.models.entry.codes import plain_characters
from chalicelib.models.enums import StrEnum
from chalicelib.models.scanned import plain_scan

if TYPE_CHECKING:
    from chalicelib.models.gate.cards import CardReading

_LIKE_A_TOKEN = re.compile(r"TNP\d*:", re.IGNORECASE)
_LIKE_A_CERTIFICATE = re.compile(r"HC\d+:", re.IGNORECASE)
_LIKE_A_CODE = re.compile(r"(?!\d{1,12}$)[0-9A-Z]{10,22}", re.ASCII)
"""A code, or a code with a slip, without separators. Fewer digits than a code has, and no letter, are a phone or
identity number."""


class ReadAs(StrEnum):
    """What the checked text was taken for."""

    TOKEN = "token"
    CODE = "code"
    PERMIT = "permit"
    CITIZEN_CARD = "citizen_card"
    PERSONAL_QR = "personal_qr"
    CERTIFICATE = "certificate"
    OTHER = "other"


class TokenShown(NamedTuple):
    """It begins as our tokens do. Whether it is one, and whether we signed it, is not judged yet."""

    text: str


class CodeTyped(NamedTuple):
    """A code, or a code with a slip."""

    text: str


class CardShown(NamedTuple):
    """A citizen card, or the national personal QR."""

    reading: "CardReading"


class CertificateShown(NamedTuple):
    """It begins as certificates of vaccination, test or recovery do."""

    text: str


class OtherText(NamedTuple):
    """Nothing that a gate reads."""


Scan = TokenShown | CodeTyped | CardShown | CertificateShown | OtherText


def read_scan(text: str, today: date) -> Scan:
    """What a text is taken for. Every text gets an answer."""
    text = plain_scan(text)
    # No code has a colon.
    if _LIKE_A_TOKEN.match(text):
        return TokenShown(text)
    if _LIKE_A_CERTIFICATE.match(text):
        return CertificateShown(text)
    from chalicelib.models.gate.cards import read_card  # most texts are tokens

    card = read_card(text, today)
    if card is not None:
        return CardShown(card)
    return CodeTyped(text) if _LIKE_A_CODE.fullmatch(plain_characters(text)) else OtherText()
