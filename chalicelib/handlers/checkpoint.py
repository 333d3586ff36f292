"""Staff at a checkpoint look up passes, record crossings, and declare for those without a phone."""

from pydantic import Field

from chalicelib import wiring
from chalicelib.handlers import shapes
from chalicelib.handlers.declarations import ERRORS as DECLARATION_ERRORS
from chalicelib.handlers.declarations import IDEMPOTENCY_KEY, declare
from chalicelib.handlers.http import Answer, Call, Routes
from chalicelib.handlers.passes import CODE
from chalicelib.models import errors
from chalicelib.models.crossings import Crossing, CrossingForm
from chalicelib.models.declarations import DeclarationForm
from chalicelib.models.staff import DECLARE_FOR_OTHERS, GATE, SEE_HEALTH, SEE_PERSONS
from chalicelib.models.strict import Strict
from chalicelib.observability import audit, note
from chalicelib.services.crossings import record_crossing as record
from chalicelib.services.declarations import Caller
from chalicelib.services.passes import check
from chalicelib.settings import settings

routes = Routes(__name__)

STAFF_ERRORS = (
    errors.TokenMissing,
    errors.TokenRefused,
    errors.RoleMissing,
    errors.IssuerUnreachable,
    errors.ServiceUnavailable,
)


class CheckForm(Strict):
    """What a scanner read, or a person typed."""

    qr: str = Field(min_length=1, max_length=4096, examples=["0000-0000-0000-0000"])
    """The whole text of a scanned QR, or a typed code."""


@routes.serve(
    "GET",
    "/v1/checkpoint/passes/{code}",
    summary="Look a pass up by its code",
    tag="checkpoint",
    answer=shapes.CheckedPass,
    roles=SEE_PERSONS,
    errors=STAFF_ERRORS,
    parameters=(CODE,),
)
def look_up_pass(call: Call) -> Answer:
    """The verdict first. Always 200: a mistyped or unknown code is a verdict too. Every look is audited."""
    return _checked(call, call.path["code"], "typed code")


@routes.serve(
    "POST",
    "/v1/checkpoint/checks",
    summary="Check a scanned QR or a typed code",
    tag="checkpoint",
    body=CheckForm,
    answer=shapes.CheckedPass,
    roles=SEE_PERSONS,
    errors=STAFF_ERRORS,
)
def check_pass(call: Call) -> Answer:
    """The verdict first. Always 200, whatever the text: that is what the verdict is for. Every look is audited."""
    return _checked(call, call.body.qr, "scan")


@routes.serve(
    "POST",
    "/v1/checkpoint/crossings",
    summary="Record a crossing",
    tag="checkpoint",
    status=201,
    body=CrossingForm,
    answer=Crossing,
    roles=GATE,
    errors=(
        *STAFF_ERRORS,
        errors.PassUnknown,
        errors.PassExpired,
        errors.PassRevoked,
        errors.CrossingAlreadyRecorded,
    ),
)
def record_crossing(call: Call) -> Answer:
    """One for each pass. Sent twice by the same member of staff with the same content, the first answer; any other
    second is told who decided what, and when."""
    crossing = record(
        call.body,
        staff=call.principal,
        retention=settings().declaration_retention,
        entries=wiring.entries(),
        references=wiring.references(),
        clock=wiring.clock,
    )
    note(decision=crossing.decision)
    return Answer(crossing)


@routes.serve(
    "POST",
    "/v1/checkpoint/declarations",
    summary="Declare on behalf of a traveller",
    tag="checkpoint",
    status=201,
    body=DeclarationForm,
    answer=shapes.IssuedPasses,
    roles=DECLARE_FOR_OTHERS,
    errors=(*STAFF_ERRORS, *DECLARATION_ERRORS),
    parameters=(IDEMPOTENCY_KEY,),
)
def declare_for_traveller(call: Call) -> Answer:
    """For someone without a phone: no phone number is needed, and the member of staff is on record."""
    staff = call.principal.subject
    return declare(call, Caller(f"staff {staff}", staff))


def _checked(call: Call, text: str, why: str) -> Answer:
    result = check(text, verify=wiring.verify, entries=wiring.entries(), clock=wiring.clock)
    note(verdict=result.verdict)
    policy = wiring.references().policy(result.facts.declaration.policy_version) if result.facts else None
    if result.facts is not None:
        audit(call.principal, action="look up pass", code=str(result.code), why=why)
    with_health = call.principal.may(SEE_HEALTH)
    return Answer(shapes.checked(result, policy, with_health=with_health, language=call.language))
