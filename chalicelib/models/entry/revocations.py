"""The revocation: a pass was withdrawn."""

from pydantic import AwareDatetime, Field

from chalicelib.models.entry.codes import StoredCode, TypedCode
from chalicelib.models.fields import Reason
from chalicelib.models.records import Record
from chalicelib.models.staff.recorded import Recorded


class RevocationForm(Record):
    """What staff send."""

    code: TypedCode
    """The pass's code."""
    reason: Reason = Field(examples=["Khai thay người khác"])
    """For colleagues with a role that sees health answers; the traveller does not learn it."""


class Revocation(Recorded):
    """The fact that a pass was withdrawn: one for each pass."""

    reason: str
    """Why; not for the traveller."""


class RevocationOnRecord(Recorded):
    """A revocation, as a refusal shows it."""

    reason: str | None = None
    """Why. Only for roles that see health answers, and for the member of staff who revoked the pass."""


class RevokedPass(Record):
    """What a gate must know of a revocation to turn the pass away without network: nothing about the person."""

    code: StoredCode
    """The pass's."""
    revoked_at: AwareDatetime
    """When it was withdrawn."""
    expires_at: AwareDatetime
    """When the pass ends: from then on it is turned away for that, and need not be remembered."""
