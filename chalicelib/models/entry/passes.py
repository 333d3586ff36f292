"""The pass: what a declaration earns each traveller, and what it is now.

A pass has no state of its own that could be overwritten: its verdict follows from the facts beside the declaration.
"""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.enums import StrEnum
from chalicelib.models.people.names import without_accents
from chalicelib.models.records import Record


class Verdict(StrEnum):
    """The result of checking a pass."""

    VALID = "valid"
    EXPIRED = "expired"
    USED = "used"
    REVOKED = "revoked"
    FORGED = "forged"
    UNKNOWN = "unknown"
    MISTYPED = "mistyped"
    UNREADABLE = "unreadable"
    """The text is nothing that a gate reads. Not `mistyped`: nobody can find a slip in what was never a code."""


class Pass(Record):
    """One person's pass as kept in the declaration's record. Its code follows from the record's key."""

    token: str
    findings: list[str] = []
    """Ids of the policy's findings for staff."""
    instructions: list[str] = []
    """Ids of the policy's instructions for the traveller."""
    papers: list[str] = []
    """Ids of the papers that the policy asks the traveller to have ready."""

    @property
    def is_erased(self) -> bool:
        """Whether its holder had their data deleted: no pass is issued without a token."""
        return not self.token


class StandingTimes(NamedTuple):
    """When a permit is valid, as its token says it."""

    days: int
    """A bit for each day of the week, 1 for Monday, 64 for Sunday."""
    from_minute: int
    """The first minute of a day, from midnight."""
    until_minute: int
    """The minute after the last one, 1440 at most. If it is before the first one, the hours go on over midnight."""


class PassClaims(NamedTuple):
    """What a token says: enough for the gate to compare with the papers, no health answers.

    `masked_name` see `masked`; `plate` is empty for a group without a vehicle; `commune` is the destination's code.
    Times have whole seconds. `times` is in the token of a permit only.
    """

    code: Code
    issued_at: datetime
    expires_at: datetime
    masked_name: str
    birth_year: int
    plate: str
    commune: str
    times: StandingTimes | None = None


_MASKED_LENGTH = 20


@lru_cache(maxsize=64)
def masked(full_name: str) -> str:
    """A name as the QR shows it to any scanner: initials, then the last word, in upper case without accents.

    >>> masked("Nguyễn Thị Hồng Nhung")
    'NTH NHUNG'
    """
    plain = without_accents(full_name.upper()).encode("ascii", "ignore").decode()
    *others, last = plain.split() or ["?"]
    initials = "".join(word[0] for word in others)
    return f"{initials[: _MASKED_LENGTH // 2]} {last}".strip()[:_MASKED_LENGTH]


def verdict(*, expires_at: datetime, used: bool, revoked: bool, now: datetime) -> Verdict:
    """The verdict on a genuine pass. Revoked comes before used, and used before expired."""
    if revoked:
        return Verdict.REVOKED
    if used:
        return Verdict.USED
    return Verdict.EXPIRED if now >= expires_at else Verdict.VALID
