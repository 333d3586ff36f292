"""Check: what a scanned or typed text is, and what a pass is worth now, for staff."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.models.entry.codes import Code, plain_characters
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.entry.passes import PassClaims, Verdict
from chalicelib.models.entry.records import Facts
from chalicelib.models.gate.cards import CardReading, read_card
from chalicelib.models.people.identities import Identity
from chalicelib.models.people.persons import Person
from chalicelib.services.collaborators import Clock, Entries, Verify
from chalicelib.services.entry.passes import verdict_of

_LIKE_A_TOKEN = re.compile(r"TNP\d*:", re.IGNORECASE)
_LIKE_A_CERTIFICATE = re.compile(r"HC\d+:", re.IGNORECASE)
_LIKE_A_CODE = re.compile(r"(?!\d{1,12}$)[0-9A-Z]{10,22}", re.ASCII)
"""A code and what a slip makes of one, without separators. Digits alone that are fewer than a code's are a phone or
identity number, and no slip."""


class ReadAs(StrEnum):
    """What the checked text was taken for."""

    TOKEN = "token"
    CODE = "code"
    CITIZEN_CARD = "citizen_card"
    PERSONAL_QR = "personal_qr"
    CERTIFICATE = "certificate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Found:
    """A pass on record, and what it is worth now."""

    code: Code
    verdict: Verdict
    facts: Facts

    @property
    def declaration(self) -> Declaration:
        return self.facts.declaration

    @property
    def person(self) -> Person:
        return self.declaration.form.persons[self.code.person]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the text was, and what came of it.

    Of a token, a code and other texts the verdict, and what it rests on: `code` if one could be read, `facts` if there
    is a record, `claims` if the text was a genuine token. Of a card its reading, and the passes `found` of whom its
    number names; None if it names nobody. A certificate's `text` is for who reads certificates.
    """

    read_as: ReadAs
    at: datetime
    verdict: Verdict | None = None
    code: Code | None = None
    facts: Facts | None = None
    claims: PassClaims | None = None
    card: CardReading | None = None
    found: list[Found] | None = None
    text: str | None = None


def check(
    text: str,
    *,
    verify: Verify,
    entries: Entries,
    find_passes: Callable[[Identity], list[Found]],
    clock: Clock,
) -> Checked:
    """Judge the whole text of whatever a gate scans, or a typed code. Any text whatsoever gets an answer.

    `find_passes` is asked for the passes of a card's holder, and by nothing else.
    """
    now = clock()
    text = text.strip()
    # Whatever looks like a QR of ours and is none was made to look so. No code has a colon.
    if _LIKE_A_TOKEN.match(text):
        claims = verify(text)
        if claims is None:
            return Checked(ReadAs.TOKEN, now, Verdict.FORGED)
        return _judged(Code.parse(claims.code), ReadAs.TOKEN, entries, now, claims)
    if _LIKE_A_CERTIFICATE.match(text):
        return Checked(ReadAs.CERTIFICATE, now, text=text)
    card = read_card(text, now.date())
    if card is not None:
        found = find_passes(card.identity) if card.identity else None
        return Checked(ReadAs(card.kind.value), now, card=card, found=found)
    if _LIKE_A_CODE.fullmatch(plain_characters(text)):
        return look_up(text, entries=entries, clock=lambda: now)
    return Checked(ReadAs.OTHER, now, Verdict.UNREADABLE)


def look_up(text: str, *, entries: Entries, clock: Clock) -> Checked:
    """Judge a text that can only be a code."""
    now = clock()
    try:
        return _judged(Code.parse(text), ReadAs.CODE, entries, now, None)
    except CodeMistyped:
        return Checked(ReadAs.CODE, now, Verdict.MISTYPED)


def _judged(code: Code, read_as: ReadAs, entries: Entries, now: datetime, claims: PassClaims | None) -> Checked:
    facts = entries.find(code)
    if facts is None or not facts.has(code.person):
        return Checked(read_as, now, Verdict.UNKNOWN, code, claims=claims)
    return Checked(read_as, now, verdict_of(code, facts, now), code, facts, claims)
