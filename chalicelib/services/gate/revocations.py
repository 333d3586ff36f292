"""Revoke a pass: one fact beside the declaration, which every gate learns with its next sync."""

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.revocations import Revocation, RevocationForm
from chalicelib.models.gate.errors import PassAlreadyRevoked
from chalicelib.models.staff.staff import Principal
from chalicelib.services.collaborators import Clock, Entries


def revoke_pass(form: RevocationForm, *, staff: Principal, entries: Entries, clock: Clock) -> Revocation:
    """Append the withdrawal of a pass: one query and one transaction.

    The same reason sent again by the same member of staff gives back the revocation that stands.

    Raises
    ------
    PassUnknown
        No pass has this code.
    PassAlreadyRevoked
        Someone else revoked it before, or for another reason.
    """
    code = Code.parse(form.code)
    facts = entries.find(code)
    if facts is None or not facts.has(code.person):
        raise PassUnknown(code=code.shown)
    standing = facts.revocations.get(code.person)
    if standing is None:
        revocation = Revocation(
            recorded_at=clock(), recorded_by=staff.subject, recorded_by_name=staff.name, reason=form.reason
        )
        standing = entries.append_revocation(code, facts.declaration, revocation) or revocation
    if (standing.reason, standing.recorded_by) != (form.reason, staff.subject):
        raise PassAlreadyRevoked(standing.model_dump(mode="json", exclude_none=True))
    return standing
