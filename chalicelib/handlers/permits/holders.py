"""The holder of a permit sees it, by the link of the message."""

from datetime import datetime
from typing import Literal

from chalicelib import wiring
from chalicelib.handlers.entry.answers import Shown
from chalicelib.handlers.entry.pass_answers import SECRET
from chalicelib.handlers.permits.answers import PERMIT_CODE
from chalicelib.http.answers import Answer
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models import errors
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped, PassSecretWrong
from chalicelib.models.entry.passes import masked
from chalicelib.models.permits.conditions import PermitConditions
from chalicelib.models.permits.errors import PermitNotInForce, PermitUnknown
from chalicelib.models.permits.permits import PermitState
from chalicelib.services.entry.links import kind_of
from chalicelib.services.permits.decisions import find_permit
from chalicelib.wiring.permits import permit_office


class HoldersPermit(Shape):
    """A permit that was granted, as its holder sees it."""

    code: Shown
    """The permit's code."""
    state: Literal[PermitState.GRANTED, PermitState.REVOKED, PermitState.ENDED]
    """Whether it is in force."""
    masked_name: str
    """The holder's name, as the QR shows it."""
    expires_at: datetime
    """When it ends, or would have ended."""
    conditions: PermitConditions
    """When and where it is valid."""
    token: str | None = None
    """The text of the QR, while it is in force."""


@serve(
    "GET",
    "/v1/permits/{code}/holder",
    summary="A permit, for its holder",
    tag="permits",
    errors=(CodeMistyped, PassSecretWrong, PermitUnknown, PermitNotInForce, errors.ServiceUnavailable),
    parameters=(PERMIT_CODE, SECRET),
)
def get_holders_permit(call: Call) -> Answer[HoldersPermit]:
    """With the secret of the link in the message, or of `holder`. A permit that was not granted is refused
    (`permit_not_in_force`)."""
    # A wrong secret costs no read, and its answer is the same whether or not there is such a permit.
    kind_of(call.headers.get("x-pass-secret", ""), Code.parse(call.path["code"]), wiring.keyed_hash())
    office = permit_office()
    record = find_permit(call.path["code"], office=office)
    decision, conditions = record.decision, record.conditions
    if decision is None or conditions is None:
        raise PermitNotInForce(code=record.code.shown)
    state = record.state(office.clock(), office.zone)
    return Answer(
        HoldersPermit.model_validate(
            {
                "code": record.code.shown,
                "state": state,
                "masked_name": masked(record.permit.form.person.full_name),
                "expires_at": record.ends_at(office.zone),
                "conditions": conditions,
                "token": decision.token if state is PermitState.GRANTED else None,
            }
        )
    )
