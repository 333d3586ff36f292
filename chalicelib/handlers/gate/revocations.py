"""Staff withdraw a pass."""

from chalicelib import wiring
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.revocations import Revocation, RevocationForm
from chalicelib.models.gate.errors import PassAlreadyRevoked
from chalicelib.models.staff.roles import REVOKE
from chalicelib.observability import audit
from chalicelib.services.gate.revocations import revoke_pass as revoke
from chalicelib.wiring.entry import entries
from chalicelib.wiring.staff import sees_health


@serve(
    "POST",
    "/v1/checkpoint/revocations",
    summary="Revoke a pass",
    tag="checkpoint",
    status=201,
    roles=REVOKE,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(PassUnknown, PassAlreadyRevoked),
)
def revoke_pass(call: Call[RevocationForm]) -> Answer[Revocation]:
    """Once for each pass. The same reason again from the same member of staff gets the first answer; anything else is
    refused with the revocation on record, and with its reason if the caller may see health answers. Gates get it with
    their next sync; the traveller gets a message to call the hotline, without the reason."""
    # A refusal shows the revocation on record, so it is audited as a look too.
    audit(call.principal, action="revoke pass", codes=[call.body.code], why="to withdraw it")
    try:
        revoked = revoke(call.body, staff=call.principal, entries=entries(), clock=wiring.clock)
    except PassAlreadyRevoked as refused:
        on_record = refused.members["revocation"]
        if on_record["recorded_by"] == call.principal.subject or sees_health(call.principal):
            raise
        raise PassAlreadyRevoked({name: on_record[name] for name in on_record if name != "reason"}) from None
    return Answer(revoked.revocation, replayed(revoked.repeated))
