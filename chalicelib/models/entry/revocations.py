"""The revocation: a pass was withdrawn."""

from pydantic import AwareDatetime, Field

from chalicelib.models.entry.codes import StoredCode, TypedCode
from chalicelib.models.fields import Reason
from chalicelib.models.records import Record
from chalicelib.models.staff.recorded import Recorded


class RevocationForm(Record):
    """What staff send."""

    code: TypedCode
    reason: Reason = Field(examples=["Khai thay người khác"])
    """For colleagues with a role that sees health answers; the traveller does not learn it."""


class Revocation(Recorded):
    """The fact that a pass was withdrawn: one for each pass."""

    reason: str


class RevokedPass(Record):
    """What a gate must know of a revocation to turn the pass away without network: nothing about the person."""

    code: StoredCode
    revoked_at: AwareDatetime
    expires_at: AwareDatetime
    """When the pass ends: from then on it is turned away for that, and need not be remembered."""
