"""Check: the verdict on a pass, by its token or its code."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped, PassUnknown
from chalicelib.models.entry.passes import PassClaims, Verdict
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.services.entry.ports import Records
from chalicelib.services.gate.ports import ReadToken, Verify
from chalicelib.services.ports import Clock


class CheckedPass(NamedTuple):
    """The verdict, and what it rests on: `code` if one could be read, `held` if the pass is on record, `claims` if the
    text was a genuine token."""

    verdict: Verdict
    at: datetime
    code: Code | None = None
    held: HeldPass | None = None
    claims: PassClaims | None = None


def check_token(text: str, *, read: ReadToken, verify: Verify, records: Records, clock: Clock) -> CheckedPass:
    """Judge a text that begins as our tokens do: one query.

    The token that is on record of a pass is genuine, for we put it there: most scans need neither keys nor a signature
    verified. It stays genuine if its key is withdrawn. Any other token is genuine if a listed key signed it.
    """
    claims = read(text)
    if isinstance(claims, Verdict):
        return CheckedPass(claims, clock())
    held = _on_record(claims.code, records)
    if (held is None or held.issued.token != text) and verify(text) is None:
        return CheckedPass(Verdict.FORGED, clock())
    return _judged(claims.code, held, clock(), claims)


def check_code(text: str, *, records: Records, clock: Clock) -> CheckedPass:
    """Judge a text that can only be a code."""
    try:
        code = Code.parse(text)
    except CodeMistyped:
        return CheckedPass(Verdict.MISTYPED, clock())
    return _judged(code, _on_record(code, records), clock(), None)


def _on_record(code: Code, records: Records) -> HeldPass | None:
    try:
        return pass_of(code, records.find(code))
    except PassUnknown:
        return None


def _judged(code: Code, held: HeldPass | None, now: datetime, claims: PassClaims | None) -> CheckedPass:
    if held is None:
        return CheckedPass(Verdict.UNKNOWN, now, code, claims=claims)
    return CheckedPass(held.verdict(now), now, code, held, claims)
