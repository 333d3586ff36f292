"""Check: what a pass is worth now, for the public and for staff."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.models.codes import Code
from chalicelib.models.errors import CodeMistyped, PassUnknown
from chalicelib.models.facts import Facts
from chalicelib.models.passes import PassClaims, Verdict, verdict
from chalicelib.services.collaborators import Clock, Entries, Verify

_LIKE_A_TOKEN = re.compile(r"\s*TNP\d*:", re.IGNORECASE)


class ReadAs(StrEnum):
    """What the checked text was taken for."""

    TOKEN = "token"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict, and what it rests on: `code` if one could be read, `facts` if there is a record, `claims` if the
    text was a genuine token."""

    verdict: Verdict
    read_as: ReadAs
    at: datetime
    code: Code | None = None
    facts: Facts | None = None
    claims: PassClaims | None = None


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
    if facts is None or code.person >= len(facts.declaration.passes):
        raise PassUnknown(code=code.shown)
    return PassState(
        code=code,
        verdict=verdict_of(code, facts, clock()),
        issued_at=facts.declaration.issued_at,
        expires_at=facts.declaration.expires_at,
        token=facts.declaration.passes[code.person].token,
    )


def check(text: str, *, verify: Verify, entries: Entries, clock: Clock) -> Checked:
    """Judge the whole text of a scanned QR, or a typed code. Any text whatsoever gets a verdict."""
    now = clock()
    # Whatever looks like a QR of ours and is none was made to look so. No code has a colon.
    if _LIKE_A_TOKEN.match(text):
        claims = verify(text.strip())
        if claims is None:
            return Checked(Verdict.FORGED, ReadAs.TOKEN, now)
        return _judged(Code.parse(claims.code), ReadAs.TOKEN, entries, now, claims)
    try:
        return _judged(Code.parse(text), ReadAs.CODE, entries, now, None)
    except CodeMistyped:
        return Checked(Verdict.MISTYPED, ReadAs.CODE, now)


def verdict_of(code: Code, facts: Facts, now: datetime) -> Verdict:
    """What a pass on record is worth now."""
    return verdict(
        expires_at=facts.declaration.expires_at,
        used=code.person in facts.crossings,
        revoked=code.person in facts.revocations,
        now=now,
    )


def _judged(code: Code, read_as: ReadAs, entries: Entries, now: datetime, claims: PassClaims | None) -> Checked:
    facts = entries.find(code)
    if facts is None or code.person >= len(facts.declaration.passes):
        return Checked(Verdict.UNKNOWN, read_as, now, code, claims=claims)
    return Checked(verdict_of(code, facts, now), read_as, now, code, facts, claims)
