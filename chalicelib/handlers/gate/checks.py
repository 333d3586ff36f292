"""Staff at a checkpoint look up passes."""

from pydantic import Field

from chalicelib import wiring
from chalicelib.handlers.entry.answers import CODE
from chalicelib.handlers.gate import answers as shapes
from chalicelib.http.answers import Answer
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import serve
from chalicelib.models.certificates.terms import LONGEST_CERTIFICATE
from chalicelib.models.entry.codes import Code, TypedCode
from chalicelib.models.gate.searches import IdentitySought, SearchForm
from chalicelib.models.people.identities import Identity
from chalicelib.models.records import Strict
from chalicelib.models.staff.errors import RoleMissing
from chalicelib.models.staff.staff import SEE_HEALTH, SEE_PERSONS
from chalicelib.observability import audit, count, note
from chalicelib.services.gate.checks import Checked, Found, ReadAs, check, look_up
from chalicelib.wiring.certificates import read_certificate
from chalicelib.wiring.entry import entries, verify
from chalicelib.wiring.policy import references


class CheckForm(Strict):
    """What a scanner read, or a person typed."""

    qr: str = Field(max_length=LONGEST_CERTIFICATE, examples=["0000-0000-0000-0000"])
    """The whole text of whatever was scanned, or a typed code."""
    code: TypedCode | None = None
    """With a certificate: the pass of who shows it, to compare them and to see what the policy finds then."""


@serve(
    "GET",
    "/v1/checkpoint/passes/{code}",
    summary="Look a pass up by its code",
    tag="checkpoint",
    roles=SEE_PERSONS,
    parameters=(CODE,),
)
def look_up_pass(call: Call) -> Answer[shapes.CheckedPass]:
    """Always 200: a mistyped or unknown code is a verdict too. Every look is audited."""
    return _checked(call, look_up(call.path["code"], entries=entries(), clock=wiring.clock))


@serve(
    "POST",
    "/v1/checkpoint/checks",
    summary="Check whatever was scanned, or a typed code",
    tag="checkpoint",
    roles=SEE_PERSONS,
)
def check_pass(call: Call[CheckForm]) -> Answer[shapes.CheckedPass]:
    """A pass's token or code, a citizen card, the national personal QR, a certificate of vaccination, test or recovery:
    `read_as` says which it was. Always 200, whatever the text (but certificates tell health: the hotline reads none).
    Every look is audited."""

    def find_passes(identity: Identity) -> list[Found]:
        # For cards alone: most scans are of passes.
        from chalicelib.handlers.gate.searches import passes_by

        sought = IdentitySought(number=identity.number)
        return passes_by(call, SearchForm(identity=sought), action="check card").found

    result = check(call.body.qr, verify=verify, entries=entries(), find_passes=find_passes, clock=wiring.clock)
    if result.read_as is ReadAs.CERTIFICATE:
        return _certificate(call, str(result.text))
    return _checked(call, result)


def _certificate(call: Call[CheckForm], text: str) -> Answer[shapes.CheckedPass]:
    # For certificates alone: most scans are of passes.
    from chalicelib.services.gate.evidence import check_certificate

    if not call.principal.may(SEE_HEALTH):
        raise RoleMissing(roles=", ".join(sorted(SEE_HEALTH)))
    result = check_certificate(
        text,
        Code.parse(call.body.code) if call.body.code else None,
        read_certificate=read_certificate,
        entries=entries(),
        references=references(),
        clock=wiring.clock,
    )
    note(read_as=ReadAs.CERTIFICATE, verdict=result.reading.verdict)
    count(f"Certificate_{result.reading.verdict}")
    if result.facts is not None:
        audit(call.principal, action="look up pass", codes=[str(result.code)], why="check of a certificate")
    return Answer(shapes.checked_certificate(result, references().policy, language=call.language))


def _checked(call: AnyCall, result: Checked) -> Answer[shapes.CheckedPass]:
    note(read_as=result.read_as, verdict=result.verdict)
    if result.verdict is not None:
        count(f"Verdict_{result.verdict}")
    if result.facts is not None:
        audit(call.principal, action="look up pass", codes=[str(result.code)], why=f"check of a {result.read_as}")
    shape = shapes.checked(
        result,
        references().policy,
        with_health=call.principal.may(SEE_HEALTH),
        language=call.language,
    )
    return Answer(shape)
