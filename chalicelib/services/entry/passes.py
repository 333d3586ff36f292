"""Check: what a scanned or typed text is, and what a pass is worth now, for the public and for staff."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.passes import Verdict, verdict
from chalicelib.models.entry.records import Facts
from chalicelib.services.collaborators import Clock, Entries


@dataclass(frozen=True, slots=True)
class PassState:
    """What anyone may know of a pass, and its token, which only the picture of the QR shows."""

    code: Code
    verdict: Verdict
    issued_at: datetime
    expires_at: datetime
    token: str


def state_of(text: str, *, entries: Entries, clock: Clock) -> PassState:
    """The state of the pass with this code.

    Raises
    ------
    CodeMistyped
        The text cannot be a code.
    PassUnknown
        No pass has this code.
    """
    code = Code.parse(text)
    facts = entries.find(code)
    if facts is None or not facts.has(code.person):
        raise PassUnknown(code=code.shown)
    return PassState(
        code=code,
        verdict=verdict_of(code, facts, clock()),
        issued_at=facts.declaration.issued_at,
        expires_at=facts.declaration.expires_at,
        token=facts.declaration.passes[code.person].token,
    )


def verdict_of(code: Code, facts: Facts, now: datetime) -> Verdict:
    """What a pass on record is worth now."""
    return verdict(
        expires_at=facts.declaration.expires_at,
        used=code.person in facts.crossings,
        revoked=code.person in facts.revocations,
        now=now,
    )
