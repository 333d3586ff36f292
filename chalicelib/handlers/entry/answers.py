"""Answers for travellers, made from the domain's models."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.http.routes import parameter
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.passes import masked
from chalicelib.models.people.papers import Document
from chalicelib.models.policy.policies import Policy

Shown = Annotated[str, Field(examples=["0000-0000-0000-0000"])]
"""A code as people see it: `XXXX-XXXX-XXXX-XXXX`."""

CODE = parameter(
    "path",
    "code",
    "A pass's code; case, hyphens and blanks do not matter, O is read as 0, I and L as 1.",
    "0000-0000-0000-0000",
)
"""The parameter of a path that names a pass."""

VERIFICATION = parameter("path", "id", "The verification's code, from the answer to the request.", "0000000000000X0V")


class Links(Shape):
    """Where to find the pass and its picture."""

    self: str
    qr_svg: str
    qr_png: str


class TravellerInstruction(Shape):
    """A step for the traveller, in the language of Accept-Language."""

    id: str
    text: str


class RequiredPaper(Shape):
    """A paper to have ready, and for staff to see."""

    id: str
    document: Document
    test_within_hours: int | None = None
    """For a test's result: the sample must not be older."""
    text: str


class IssuedPass(Shape):
    """A pass as its holder gets it."""

    person: int
    """0 is the traveller, then the companions in the form's order."""
    masked_name: str
    code: Shown
    token: str
    """The text of the QR."""
    issued_at: datetime
    expires_at: datetime
    links: Links
    instructions: list[TravellerInstruction]
    papers_required: list[RequiredPaper]
    """What to have ready at the gate."""


class IssuedPasses(Shape):
    """A declaration's passes, one for each person."""

    declaration: str
    """The first 13 characters of the codes of all its passes."""
    issued_at: datetime
    expires_at: datetime
    policy_version: str
    passes: list[IssuedPass]


class PublicPass(Shape):
    """What is public about a pass: nothing about the person."""

    code: Shown
    state: Literal["valid", "expired", "used", "revoked"]
    issued_at: datetime
    expires_at: datetime
    links: Links


def links(base_url: str, code: Code) -> Links:
    here = f"{base_url}/v1/passes/{code}"
    return Links(self=here, qr_svg=f"{here}/qr.svg", qr_png=f"{here}/qr.png")


def instructions(policy: Policy, ids: list[str], language: str) -> list[TravellerInstruction]:
    return [TravellerInstruction(id=each, text=getattr(policy.instructions[each], language)) for each in ids]


def papers(policy: Policy, ids: list[str], language: str) -> list[RequiredPaper]:
    return [
        RequiredPaper(
            id=each,
            document=(paper := policy.papers[each]).document,
            test_within_hours=paper.test_within_hours,
            text=getattr(paper, language),
        )
        for each in ids
    ]


def declared(code: Code, declaration: Declaration, policy: Policy, *, base_url: str, language: str) -> IssuedPasses:
    """`policy` is the one the declaration was judged by."""
    return IssuedPasses(
        declaration=code.declaration,
        issued_at=declaration.issued_at,
        expires_at=declaration.expires_at,
        policy_version=declaration.policy_version,
        passes=[
            IssuedPass(
                person=number,
                masked_name=masked(person.full_name),
                code=(own := Code(code.declaration, number)).shown,
                token=each.token,
                issued_at=declaration.issued_at,
                expires_at=declaration.expires_at,
                links=links(base_url, own),
                instructions=instructions(policy, each.instructions, language),
                papers_required=papers(policy, each.papers, language),
            )
            for number, (person, each) in enumerate(zip(declaration.form.persons, declaration.passes, strict=True))
        ],
    )
