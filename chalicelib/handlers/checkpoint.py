"""Staff at a checkpoint look up passes and record crossings."""

from pydantic import Field

from chalicelib import wiring
from chalicelib.handlers import shapes
from chalicelib.handlers.auth import STAFF_ERRORS
from chalicelib.handlers.http import Answer, Call, serve
from chalicelib.handlers.passes import CODE
from chalicelib.models import errors
from chalicelib.models.crossings import Crossing, CrossingForm
from chalicelib.models.staff import GATE, SEE_HEALTH, SEE_PERSONS
from chalicelib.models.strict import Strict
from chalicelib.observability import audit, count, note
from chalicelib.services.crossings import record_crossing as record
from chalicelib.services.passes import check
from chalicelib.settings import settings


class CheckForm(Strict):
    """What a scanner read, or a person typed."""

    qr: str = Field(min_length=1, max_length=4096, examples=["0000-0000-0000-0000"])
    """The whole text of a scanned QR, or a typed code."""


@serve(
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
    return _checked(call, call.path["code"])


@serve(
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
    return _checked(call, call.body.qr)


@serve(
    "POST",
    "/v1/checkpoint/crossings",
    summary="Record a crossing",
    tag="checkpoint",
    status=201,
    body=CrossingForm,
    answer=Crossing,
    roles=GATE,
    writes=True,
    errors=(
        *STAFF_ERRORS,
        errors.NotPosted,
        errors.PostedElsewhere,
        errors.CheckpointClosed,
        errors.PassUnknown,
        errors.PassExpired,
        errors.PassRevoked,
        errors.CrossingAlreadyRecorded,
    ),
)
def record_crossing(call: Call) -> Answer:
    """One for each pass. Sent twice by the same member of staff with the same content, the first answer; any other
    second is told who decided what, and when."""
    # Being refused shows the crossing that stands: it is a look, too.
    audit(call.principal, action="record crossing", code=call.body.code, why="decision at the gate")
    crossing = record(
        call.body,
        staff=call.principal,
        retention=settings().declaration_retention,
        entries=wiring.entries(),
        references=wiring.references(),
        postings=wiring.postings(),
        clock=wiring.clock,
    )
    count(f"Crossing_{crossing.decision}")
    return Answer(crossing)


def _checked(call: Call, text: str) -> Answer:
    result = check(text, verify=wiring.verify, entries=wiring.entries(), clock=wiring.clock)
    note(verdict=result.verdict)
    count(f"Verdict_{result.verdict}")
    policy = wiring.references().policy(result.facts.declaration.policy_version) if result.facts else None
    if result.facts is not None:
        audit(call.principal, action="look up pass", code=str(result.code), why=f"check of a {result.read_as}")
    with_health = call.principal.may(SEE_HEALTH)
    return Answer(shapes.checked(result, policy, with_health=with_health, language=call.language))
