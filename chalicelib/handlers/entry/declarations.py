"""Travellers and partner apps send declarations, and staff for those without a phone."""

from chalicelib.handlers.entry.idempotency_keys import IDEMPOTENCY_ERRORS, idempotency_key, idempotency_parameter
from chalicelib.handlers.entry.issued_passes import answer_to
from chalicelib.handlers.entry.pass_answers import IssuedPasses
from chalicelib.http.answers import Answer
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.models import errors
from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.staff.roles import DECLARE_FOR_OTHERS
from chalicelib.observability import audit
from chalicelib.services.entry import declarations
from chalicelib.services.entry.declarations import Caller
from chalicelib.wiring import partner_of
from chalicelib.wiring.entry import office

_KEY = idempotency_parameter(
    "form",
    "the first answer",
    more=" It belongs to the traveller's phone: with another phone it is another key.",
)

ERRORS = (*IDEMPOTENCY_ERRORS, errors.ServiceUnavailable)


@serve(
    "POST",
    "/v1/declarations",
    summary="Declare ahead",
    tag="travellers",
    status=201,
    headers=("Location", "Idempotent-Replayed"),
    writes=True,
    citizen=True,
    errors=ERRORS,
    parameters=(_KEY,),
)
def submit_declaration(call: Call[DeclarationForm]) -> Answer[IssuedPasses]:
    """Health and destination in one form, at most one hour before arrival. Everyone in it gets a pass. Only the
    traveller gets a link by SMS: show all passes on the screen, each with its QR and its code. With a citizen token of
    the traveller's phone the declaration is `proven`, and staff see it before unproven ones. A repetition gets the
    first answer, with or without the token."""
    return _declare(call, Caller("public", citizen=call.citizen))


@serve(
    "POST",
    "/v1/partner/declarations",
    summary="Declare ahead, for partner apps",
    tag="partners",
    status=201,
    headers=("Location", "Idempotent-Replayed"),
    writes=True,
    api_key=True,
    errors=ERRORS,
    parameters=(_KEY,),
)
def submit_partner_declaration(call: Call[DeclarationForm]) -> Answer[IssuedPasses]:
    """The same for an app with an API key (header X-Api-Key), which has its own limits and its own idempotency keys.
    Companions who gave a phone number get a link by SMS, too."""
    # The gateway has checked the key; here it only keeps one partner's idempotency keys and webhooks apart from
    # another's.
    key = call.headers["x-api-key"]
    return _declare(call, Caller(f"partner {key}", is_partner=True, partner=partner_of(key)))


@serve(
    "POST",
    "/v1/checkpoint/declarations",
    summary="Declare on behalf of a traveller",
    tag="checkpoint",
    status=201,
    headers=("Location", "Idempotent-Replayed"),
    writes=True,
    roles=DECLARE_FOR_OTHERS,
    errors=ERRORS,
    parameters=(_KEY,),
)
def declare_for_traveller(call: Call[DeclarationForm]) -> Answer[IssuedPasses]:
    """For someone without a phone: no phone number is needed, and the member of staff is on record. It is audited."""
    staff = call.principal.subject
    answer = _declare(call, Caller(f"staff {staff}", staff))
    codes = [each.code.replace("-", "") for each in answer.body.passes]
    audit(call.principal, action="declare for others", codes=codes, why="on behalf of a traveller")
    return answer


def _declare(call: Call[DeclarationForm], caller: Caller) -> Answer[IssuedPasses]:
    key = idempotency_key(call)
    declared = declarations.declare(call.body, caller=caller, idempotency_key=key, office=office())
    return answer_to(declared, call)
