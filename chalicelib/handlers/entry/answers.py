"""Parts shared by answers of entry and gate: codes, instructions, papers."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.http.routes import parameter
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.codes import AS_SENT
from chalicelib.models.people.papers import Document
from chalicelib.models.policy.texts import Texts

Shown = Annotated[str, Field(examples=["0000-0000-0000-0000"])]
"""A code as people see it: `XXXX-XXXX-XXXX-XXXX`."""

_CODE = (
    "path",
    "code",
    "A pass's code; case, hyphens and blanks do not matter, O is read as 0, I and L as 1.",
    "0000-0000-0000-0000",
)
CODE = parameter(*_CODE, pattern=AS_SENT)
"""The parameter of a path that names a pass."""
TYPED = parameter(*_CODE)
"""The same where anything typed gets a verdict."""
VERIFICATION = parameter("path", "id", "The verification's code, from the answer to the request.", "0000000000000X0V")

DRAFT = parameter("path", "id", "The draft's id, from the answer that it was saved with.", "0000000000000N0Y")


class ProvenPhone(Shape):
    """The proof of a phone."""

    citizen_token: str
    """Send it as `Authorization: Bearer …`. Keep it on the phone, and do not parse it."""
    expires_at: datetime
    """When the token expires."""


class TravellerInstruction(Shape):
    """A step for the traveller, in the language of Accept-Language."""

    id: str
    """Its id in the policy."""
    text: str
    """What to do."""


class RequiredPaper(Shape):
    """A paper to have ready, and for staff to see."""

    id: str
    """Its id in the policy."""
    document: Document
    """Which paper it is."""
    test_within_hours: int | None = None
    """For a test's result: the sample must not be older."""
    text: str
    """What it is, in words."""


def instructions(policy: Texts, ids: list[str], language: str) -> list[TravellerInstruction]:
    return [TravellerInstruction(id=each, text=policy.instructions[each].in_language(language)) for each in ids]


def papers(policy: Texts, ids: list[str], language: str) -> list[RequiredPaper]:
    return [
        RequiredPaper(
            id=each,
            document=(paper := policy.papers[each]).document,
            test_within_hours=paper.test_within_hours,
            text=paper.in_language(language),
        )
        for each in ids
    ]
