"""The answers to a scan: one type for each of the things that a scanned text can be.

Most scans are of passes and need one type: a view imports the type it answers with; OpenAPI imports all.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.data import words
from chalicelib.handlers.gate.card_answers import CheckedCard
from chalicelib.handlers.gate.certificate_answers import CheckedCertificate
from chalicelib.handlers.gate.pass_answers import CheckedCode, CheckedToken
from chalicelib.handlers.gate.permit_answers import CheckedPermit
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.gate.scans import ReadAs


class Expected(Shape):
    """Something that a gate reads."""

    read_as: ReadAs
    """What a text is taken for."""
    text: str
    """What that is, in words."""


class UnreadableText(Shape):
    """Nothing that a gate reads. `expected` is what it reads."""

    read_as: Literal[ReadAs.OTHER] = ReadAs.OTHER
    """What the text was taken for."""
    verdict: Literal[Verdict.UNREADABLE] = Verdict.UNREADABLE
    """Always `unreadable`."""
    checked_at: datetime
    """When it was checked."""
    expected: list[Expected]
    """What a gate reads."""


CheckedScan = Annotated[
    CheckedToken | CheckedCode | CheckedPermit | CheckedCertificate | CheckedCard | UnreadableText,
    Field(discriminator="read_as"),
]
"""The answer to a scan. `read_as` says which of these it is."""


def unreadable(at: datetime, language: str) -> UnreadableText:
    expected = [Expected(read_as=ReadAs(name), text=text[language]) for name, text in words("gate")["expected"].items()]
    return UnreadableText(checked_at=at, expected=expected)
