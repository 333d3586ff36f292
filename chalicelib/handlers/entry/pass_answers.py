"""Passes as shown to their holders. The gate's answers do not use these shapes."""

from datetime import datetime
from typing import Literal

from chalicelib.handlers.entry.answers import RequiredPaper, Shown, TravellerInstruction, instructions, papers
from chalicelib.http.routes import parameter
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Declaration, Origin
from chalicelib.models.entry.links import SECRET_LENGTH, LinkKind, link_to
from chalicelib.models.entry.passes import masked
from chalicelib.models.policy.policies import Policy
from chalicelib.services.entry.links import secret_for
from chalicelib.services.ports import KeyedHash

SECRET = parameter(
    "header",
    "X-Pass-Secret",
    "The secret of the pass's link: its last 13 characters, or `secret` in the answer to a declaration.",
    "0000000000000",
    required=True,
    minLength=SECRET_LENGTH,
)
"""The parameter that opens a pass. It is never in the path or the query, because logs contain these."""

State = Literal["valid", "expired", "used", "revoked"]


class Links(Shape):
    """Where to find the pass."""

    self: str
    """Its state, which is public."""
    qr_svg: str
    """The picture of its QR. It needs the header `X-Pass-Secret`."""
    qr_png: str
    """The same as PNG."""
    page: str
    """The link: a page for people. It opens the pass, so send it only to the holder."""


class IssuedPass(Shape):
    """A pass as its holder gets it."""

    person: int
    """0 is the traveller, then the companions in the form's order."""
    masked_name: str
    """The person's name, as the QR shows it: initials and the last word, without accents."""
    code: Shown
    """The pass's code."""
    secret: str
    """With the code it opens this pass. 13 characters. Keep it as safe as the pass itself."""
    token: str
    """The text of the QR."""
    issued_at: datetime
    """When the pass was issued."""
    expires_at: datetime
    """When the pass ends."""
    links: Links
    """Where to find the pass."""
    instructions: list[TravellerInstruction]
    """What to do next."""
    papers_required: list[RequiredPaper]
    """What to have ready at the gate."""


class IssuedPasses(Shape):
    """A declaration's passes, one for each person."""

    declaration: str
    """The first 13 characters of the codes of all its passes."""
    issued_at: datetime
    """When they were issued."""
    expires_at: datetime
    """When they end."""
    policy_version: str
    """The version of the policy that was applied to the declaration."""
    passes: list[IssuedPass]
    """By the person's number."""


class OpenedPass(Shape):
    """A pass as its link shows it."""

    masked_name: str
    """The person's name, as the QR shows it: initials and the last word, without accents."""
    code: Shown
    """The pass's code."""
    state: State
    """The pass's state now."""
    origin: Origin
    """`unproven` until somebody opens the link in the text to the traveller's phone."""
    secret: str
    """The same as in the answer to the declaration, for any link of the pass."""
    token: str | None = None
    """The text of the QR; none once the pass has ended."""
    issued_at: datetime
    """When the pass was issued."""
    expires_at: datetime
    """When the pass ends: the end of its hour; later if the holder arrived within it."""
    arrived_at: datetime | None = None
    """When the holder arrived in the queue of a gate."""
    replaced_at: datetime | None = None
    """When the pass ended because the same persons declared the same trip again."""
    checkpoint: str | None = None
    """The checkpoint of the form, or that where the holder arrived: an id of `GET /v1/checkpoints`."""
    links: Links
    """Where to find the pass."""
    instructions: list[TravellerInstruction]
    """The current instructions: staff may have seen certificates."""
    papers_required: list[RequiredPaper]
    """What to have ready at the gate."""


class OwnPass(Shape):
    """A pass in the list of its phone."""

    person: int
    """0 is the traveller, then the companions in the form's order."""
    masked_name: str
    """The person's name, as the QR shows it: initials and the last word, without accents."""
    code: Shown
    """The pass's code."""
    state: State
    """The pass's state now."""
    secret: str
    """As in the answer to the declaration."""
    issued_at: datetime
    """When the pass was issued."""
    expires_at: datetime
    """When the pass ends: the end of its hour; later if the holder arrived within it."""
    arrived_at: datetime | None = None
    """When the holder arrived in the queue of a gate."""
    replaced_at: datetime | None = None
    """When the pass ended because the same persons declared the same trip again."""
    links: Links
    """Where to find the pass."""


class OwnDeclaration(Shape):
    """A declaration that names the phone, and its passes that this phone opens."""

    declaration: str
    """The first 13 characters of the codes of all its passes."""
    origin: Origin
    """Who sent it. Anyone can have sent an `unproven` declaration. `proven` refers to the traveller's phone, which is
    another phone if the list has no pass of person 0."""
    passes: list[OwnPass]
    """By the person's number."""


class OwnPasses(ListPage):
    """The passes of a phone."""

    declarations: list[OwnDeclaration]
    """The declarations of this page."""


class PublicPass(Shape):
    """What is public about a pass: nothing about the person."""

    code: Shown
    """The pass's code."""
    state: State
    """The pass's state now."""
    issued_at: datetime
    """When the pass was issued."""
    expires_at: datetime
    """When the pass ends: the end of its hour; later if the holder arrived within it."""
    arrived_at: datetime | None = None
    """When the holder arrived in the queue of a gate."""
    replaced_at: datetime | None = None
    """When the pass ended because the same persons declared the same trip again."""


def links(base_url: str, code: Code, secret: str) -> Links:
    here = f"{base_url}/v1/passes/{code}"
    return Links(self=here, qr_svg=f"{here}/qr.svg", qr_png=f"{here}/qr.png", page=link_to(base_url, code, secret))


def declared(
    code: Code, declaration: Declaration, policy: Policy, *, keyed_hash: KeyedHash, base_url: str, language: str
) -> IssuedPasses:
    """`policy` is the one that was applied to the declaration."""
    passes = []
    for number, (person, each) in enumerate(zip(declaration.form.persons, declaration.passes, strict=True)):
        own = Code(code.declaration, number)
        secret = secret_for(LinkKind.PASS, own, keyed_hash)
        passes.append(
            IssuedPass(
                person=number,
                masked_name=masked(person.full_name),
                code=own.shown,
                secret=secret,
                token=each.token,
                issued_at=declaration.issued_at,
                expires_at=declaration.expires_at,
                links=links(base_url, own, secret),
                instructions=instructions(policy, each.instructions, language),
                papers_required=papers(policy, each.papers, language),
            )
        )
    return IssuedPasses(
        declaration=code.declaration,
        issued_at=declaration.issued_at,
        expires_at=declaration.expires_at,
        policy_version=declaration.policy_version,
        passes=passes,
    )
