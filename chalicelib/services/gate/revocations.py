"""Revoke a pass: one fact beside the declaration, which every gate gets with its next sync."""

from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import pass_of
from chalicelib.models.entry.revocations import Revocation, RevocationForm
from chalicelib.models.gate.errors import PassAlreadyRevoked
from chalicelib.models.staff.recorded import recorded
from chalicelib.models.staff.roles import Principal
from chalicelib.services.gate.ports import Entries
from chalicelib.services.ports import Clock


class Revoked(NamedTuple):
    """The revocation on record. `repeated`: it was there before."""

    revocation: Revocation
    repeated: bool


def revoke_pass(form: RevocationForm, *, staff: Principal, entries: Entries, clock: Clock) -> Revoked:
    """Append the withdrawal of a pass: one query and one transaction.

    The same reason sent again by the same member of staff gets the revocation on record.

    Raises
    ------
    PassUnknown
        No pass has this code.
    PassAlreadyRevoked
        Someone else revoked it before, or for another reason.
    """
    code = Code.parse(form.code)
    held = pass_of(code, entries.find(code))
    revocation = Revocation(reason=form.reason, **recorded(staff, clock()))
    on_record = held.revocation or entries.append_revocation(held, revocation)
    if on_record is None:
        return Revoked(revocation, repeated=False)
    if (on_record.reason, on_record.recorded_by) != (form.reason, staff.subject):
        raise PassAlreadyRevoked(on_record.model_dump(mode="json", exclude_none=True))
    return Revoked(on_record, repeated=True)
