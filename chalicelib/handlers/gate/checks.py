"""Staff at a checkpoint check passes, cards and certificates."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from chalicelib import wiring
from chalicelib.handlers.entry.answers import TYPED
from chalicelib.handlers.gate.pass_answers import CheckedCode, checked_code, checked_token
from chalicelib.http.answers import Answer
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.certificates.terms import LONGEST_CERTIFICATE
from chalicelib.models.entry.codes import PERMIT, Code, TypedCode
from chalicelib.models.entry.errors import CodeMistyped, CodeOfPermit
from chalicelib.models.entry.passes import PassClaims, Verdict
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.errors import Choices, ServiceUnavailable
from chalicelib.models.gate.scans import (
    CardShown,
    CertificateShown,
    CodeTyped,
    OtherText,
    ReadAs,
    TokenShown,
    read_scan,
)
from chalicelib.models.records import Record
from chalicelib.models.staff.errors import NotPosted, RoleMissing
from chalicelib.models.staff.roles import SEE_HEALTH, SEE_PERSONS
from chalicelib.observability import audit, count, note
from chalicelib.services.gate.checks import CheckedPass, check_code, check_token
from chalicelib.settings import settings
from chalicelib.wiring.entry import entries, read_token, verify
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.staff import postings, sees_health

if TYPE_CHECKING:
    from chalicelib.handlers.gate.card_answers import CheckedCard
    from chalicelib.handlers.gate.certificate_answers import CheckedCertificate
    from chalicelib.handlers.gate.permit_answers import CheckedPermit
    from chalicelib.models.gate.cards import CardReading  # most scans are tokens


class CheckForm(Record):
    """What a scanner read, or a person typed."""

    qr: str = Field(max_length=LONGEST_CERTIFICATE, examples=["0000-0000-0000-0000"])
    """The whole text that was scanned, or a typed code."""
    code: TypedCode | None = None
    """With a certificate: the code of its holder's pass, to compare the two and to see what the policy finds then."""


def _checked_scan() -> Any:
    from chalicelib.handlers.gate.scan_answers import CheckedScan

    return CheckedScan


@serve(
    "GET",
    "/v1/checkpoint/passes/{code}",
    summary="Look a pass up by its code",
    tag="checkpoint",
    roles=SEE_PERSONS,
    looks=True,
    errors=(CodeOfPermit,),
    parameters=(TYPED,),
)
def look_up_pass(call: Call) -> Answer[CheckedCode]:
    """200 for a mistyped or unknown code, too: that is a verdict. A permit's code is refused (`code_of_permit`): `POST
    /v1/checkpoint/checks` checks it. Every look is audited."""
    permit = _permit_code(call.path["code"])
    if permit is not None:
        raise CodeOfPermit(code=permit.shown)
    return Answer(_code(call, call.path["code"]), language=call.language)


@serve(
    "POST",
    "/v1/checkpoint/checks",
    summary="Check any scanned text, or a typed code",
    tag="checkpoint",
    roles=SEE_PERSONS,
    looks=True,
    errors=(NotPosted,),
    answer=_checked_scan,
)
def check_pass(call: Call[CheckForm]) -> Answer[Shape]:
    """A pass's token or code, a permit's, a citizen card, the national personal QR, a certificate of vaccination, test
    or recovery: `read_as` says which it was. Always 200, whatever the text. But certificates reveal health: the hotline
    reads none, and staff of the gates only while they are posted (`staff_not_posted`), as they see health answers only
    then. A permit is checked for the checkpoint where the caller is posted. Every look is audited."""
    return Answer(_checked(call), language=call.language)


def _checked(call: Call[CheckForm]) -> Shape:
    now = wiring.clock()
    match read_scan(call.body.qr, now.date()):
        case TokenShown(text):
            claims = read_token(text)
            if isinstance(claims, PassClaims) and claims.code.person == PERMIT:
                return _permit(call, claims.code, text)
            result = check_token(text, read=lambda _: claims, verify=verify, records=entries(), clock=wiring.clock)
            _note(call, ReadAs.TOKEN, result)
            health = result.held is not None and sees_health(call.principal)
            return checked_token(result, in_force().texts, with_health=health, language=call.language)
        case CodeTyped(text):
            permit = _permit_code(text)
            return _code(call, text) if permit is None else _permit(call, permit)
        case CertificateShown(text):
            return _certificate(call, text)
        case CardShown(reading):
            return _card(call, reading)
        case OtherText():
            from chalicelib.handlers.gate.scan_answers import unreadable

            note(read_as=ReadAs.OTHER, verdict=Verdict.UNREADABLE)
            count("Verdict_unreadable")
            return unreadable(now, call.language)


def _code(call: AnyCall, text: str) -> CheckedCode:
    result = check_code(text, records=entries(), clock=wiring.clock)
    _note(call, ReadAs.CODE, result)
    health = result.held is not None and sees_health(call.principal)
    return checked_code(result, in_force().texts, with_health=health, language=call.language)


def _permit_code(text: str) -> Code | None:
    """The code of a permit; None for any other text."""
    try:
        code = Code.parse(text)
    except CodeMistyped:
        return None
    return code if code.person == PERMIT else None


def _permit(call: AnyCall, code: Code, token: str | None = None) -> "CheckedPermit":
    from chalicelib.handlers.gate.permit_answers import checked_permit
    from chalicelib.services.permits.checks import PermitScan, check_permit
    from chalicelib.wiring.permits import permits

    posted = postings().of(call.principal.subject, fresh=False)
    checkpoint = posted.posted_to(None) if posted else None
    result = check_permit(
        PermitScan(code, token),
        checkpoint=checkpoint,
        permits=permits(),
        verify=verify,
        zone=wiring.zone(),
        clock=wiring.clock,
    )
    note(read_as=ReadAs.PERMIT, verdict=result.verdict)
    count(f"Permit_{result.verdict}")
    if result.record is not None:
        audit(call.principal, action="look up permit", codes=[str(code)], why="check of a permit")
    return checked_permit(result, checkpoint, wiring.zone(), with_health=sees_health(call.principal))


def _certificate(call: Call[CheckForm], text: str) -> "CheckedCertificate":
    # Most scans are of passes: the others import what they need.
    from chalicelib.handlers.gate.certificate_answers import checked_certificate
    from chalicelib.services.gate.evidence import check_certificate
    from chalicelib.wiring.gate import desk

    if not call.principal.may(SEE_HEALTH):
        raise RoleMissing(roles=Choices("role", sorted(SEE_HEALTH)))
    if not sees_health(call.principal):
        raise NotPosted(subject=call.principal.subject)
    code = Code.parse(call.body.code) if call.body.code else None
    result = check_certificate(text, code, desk=desk(call.principal))
    note(read_as=ReadAs.CERTIFICATE, verdict=result.reading.verdict)
    count(f"Certificate_{result.reading.verdict}")
    if result.held is not None:
        audit(call.principal, action="look up pass", codes=[str(result.code)], why="check of a certificate")
    return checked_certificate(result, in_force().policy, call.language)


def _card(call: AnyCall, reading: "CardReading") -> "CheckedCard":
    from chalicelib.handlers.gate.card_answers import checked_card

    note(read_as=reading.kind)
    passes = None
    if reading.identity or reading.older_number:
        from chalicelib.services.gate.searches import search_by_card
        from chalicelib.wiring.gate import finder

        passes = search_by_card(reading, finder=finder())
    if passes is not None:
        note(found=len(passes.passes))
        codes = [str(each.code) for each in passes.passes]
        audit(call.principal, action="check card", codes=codes, why="search by identity")
        if reading.older_number and passes.passes and not settings().maintenance:
            _record_alias(call, reading, passes.passes)
    policy_of = in_force().texts if passes and passes.passes and sees_health(call.principal) else None
    return checked_card(reading, passes, wiring.clock(), policy_of, call.language)


def _record_alias(call: AnyCall, reading: "CardReading", found: Sequence[HeldPass]) -> None:
    """So that either number, typed later, finds the holder. The answer to the scan does not depend on it."""
    from chalicelib.services.gate.aliases import record_alias

    try:
        recorded = record_alias(
            reading,
            found,
            staff=call.principal,
            entries=entries(),
            keyed_hash=wiring.keyed_hash(),
            clock=wiring.clock,
        )
    except ServiceUnavailable:
        count("Alias_failed")
    else:
        if recorded:
            count("Aliases")


def _note(call: AnyCall, read_as: ReadAs, result: CheckedPass) -> None:
    note(read_as=read_as, verdict=result.verdict)
    count(f"Verdict_{result.verdict}")
    if result.held is not None:
        audit(call.principal, action="look up pass", codes=[str(result.code)], why=f"check of a {read_as}")
