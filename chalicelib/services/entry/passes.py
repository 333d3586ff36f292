"""What anyone may know about a pass."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.records import pass_of
from chalicelib.services.entry.ports import Records
from chalicelib.services.ports import Clock


@dataclass(frozen=True, slots=True)
class PassState:
    """What anyone may know about a pass, and its token, which only the picture of the QR shows."""

    code: Code
    verdict: Verdict
    issued_at: datetime
    expires_at: datetime
    token: str


def state_of(text: str, *, records: Records, clock: Clock) -> PassState:
    """The state of the pass with this code.

    Raises
    ------
    CodeMistyped
        The text cannot be a code.
    PassUnknown
        No pass has this code.
    """
    code = Code.parse(text)
    held = pass_of(code, records.find(code))
    return PassState(
        code=code,
        verdict=held.verdict(clock()),
        issued_at=held.issued_at,
        expires_at=held.expires_at,
        token=held.issued.token,
    )
