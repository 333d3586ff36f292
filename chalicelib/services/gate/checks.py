"""Check: the verdict on a pass, by its token or its code."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped, PassUnknown
from chalicelib.models.entry.passes import PassClaims, Verdict
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.services.entry.ports import Records
from chalicelib.services.gate.ports import Verify
from chalicelib.services.ports import Clock


class CheckedPass(NamedTuple):
    """The verdict, and what it rests on: `code` if one could be read, `held` if the pass is on record, `claims` if the
    text was a genuine token."""

    verdict: Verdict
    at: datetime
    code: Code | None = None
    held: HeldPass | None = None
    claims: PassClaims | None = None


def check_token(text: str, *, verify: Verify, records: Records, clock: Clock) -> CheckedPass:
    """Judge a text that begins as our tokens do."""
    claims = verify(text)
    if claims is None:
        return CheckedPass(Verdict.FORGED, clock())
    return _checked(Code.parse(claims.code), claims, records, clock())


def check_code(text: str, *, records: Records, clock: Clock) -> CheckedPass:
    """Judge a text that can only be a code."""
    try:
        code = Code.parse(text)
    except CodeMistyped:
        return CheckedPass(Verdict.MISTYPED, clock())
    return _checked(code, None, records, clock())


def _checked(code: Code, claims: PassClaims | None, records: Records, now: datetime) -> CheckedPass:
    try:
        held = pass_of(code, records.find(code))
    except PassUnknown:
        return CheckedPass(Verdict.UNKNOWN, now, code, claims=claims)
    return CheckedPass(held.verdict(now), now, code, held, claims)
