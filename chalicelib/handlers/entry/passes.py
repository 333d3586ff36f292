"""The public state of a pass; what its link opens, and its picture."""

from chalicelib import wiring
from chalicelib.handlers.entry import pass_answers as shapes
from chalicelib.handlers.entry.answers import CODE, instructions, papers
from chalicelib.handlers.entry.pass_answers import SECRET
from chalicelib.handlers.entry.pictures import PictureQuery, as_png, as_svg, kept
from chalicelib.http.answers import Answer
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import serve
from chalicelib.models import errors
from chalicelib.models.entry.errors import (
    CodeMistyped,
    PassEnded,
    PassSecretWrong,
    PassUnknown,
    PersonalQrImpossible,
    PictureSizeInvalid,
)
from chalicelib.models.entry.links import LinkKind
from chalicelib.models.entry.passes import masked
from chalicelib.models.entry.personal_qrs import personal_qr
from chalicelib.models.entry.records import HeldPass
from chalicelib.services.entry import passes
from chalicelib.services.entry.links import secret_for
from chalicelib.settings import settings
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import in_force

ERRORS = (CodeMistyped, PassUnknown, errors.ServiceUnavailable)
OPENING = (*ERRORS, PassSecretWrong)


@serve(
    "GET",
    "/v1/passes/{code}",
    summary="The state of a pass",
    tag="travellers",
    errors=ERRORS,
    parameters=(CODE,),
)
def get_pass(call: Call) -> Answer[shapes.PublicPass]:
    """State and expiry, nothing about the person."""
    state = passes.state_of(call.path["code"], records=entries(), clock=wiring.clock)
    return Answer(
        shapes.PublicPass(
            code=state.code.shown,
            state=state.verdict.value,
            issued_at=state.issued_at,
            expires_at=state.expires_at,
            arrived_at=state.arrived_at,
            replaced_at=state.replaced_at,
        )
    )


@serve(
    "POST",
    "/v1/passes/{code}/open",
    summary="Open a pass by its link",
    tag="travellers",
    errors=OPENING,
    parameters=(CODE, SECRET),
)
def open_pass(call: Call) -> Answer[shapes.OpenedPass]:
    """For the holder: what to show at the gate, and what to do. A wrong secret gets the same answer whether or not
    there is such a pass. With the secret of the text to the traveller's phone, it proves that this phone answers, which
    is recorded once; not during maintenance."""
    opened = _opened(call)
    held = opened.held if settings().maintenance else passes.prove_phone(opened, proofs=entries(), clock=wiring.clock)
    now, policy = wiring.clock(), in_force().policy(held.policy_version)
    secret = secret_for(LinkKind.PASS, held.code, wiring.keyed_hash())
    shape = shapes.OpenedPass(
        masked_name=masked(held.person.full_name),
        code=held.code.shown,
        state=held.verdict(now).value,
        origin=held.origin,
        secret=secret,
        token=None if held.has_ended(now) else held.issued.token,
        issued_at=held.issued_at,
        expires_at=held.expires_at,
        arrived_at=held.arrived_at,
        replaced_at=held.replaced_at,
        checkpoint=held.trip.checkpoint if held.arrival is None else held.arrival.checkpoint,
        links=shapes.links(call.base_url, held.code, secret),
        instructions=instructions(policy, held.instructions, call.language),
        papers_required=papers(policy, held.issued.papers, call.language),
    )
    return Answer(shape, language=call.language)


@serve(
    "GET",
    "/v1/passes/{code}/qr.svg",
    summary="The QR of a pass as SVG",
    tag="travellers",
    content_type="image/svg+xml",
    etag=True,
    errors=(*OPENING, PassEnded, PictureSizeInvalid),
    parameters=(CODE, SECRET),
)
def get_pass_svg(call: Call[None, PictureQuery]) -> Answer[str]:
    """A picture whose text is the pass's token. May be cached until the pass ends; after that there is none."""
    held = shown(call)
    return kept(as_svg(held.issued.token, call.query), held.expires_at)


@serve(
    "GET",
    "/v1/passes/{code}/qr.png",
    summary="The QR of a pass as PNG",
    tag="travellers",
    content_type="image/png",
    etag=True,
    errors=(*OPENING, PassEnded, PictureSizeInvalid),
    parameters=(CODE, SECRET),
)
def get_pass_png(call: Call[None, PictureQuery]) -> Answer[bytes]:
    """A picture whose text is the pass's token. May be cached until the pass ends; after that there is none."""
    held = shown(call)
    return kept(as_png(held.issued.token, call.query), held.expires_at)


@serve(
    "GET",
    "/v1/passes/{code}/personal-qr.svg",
    summary="The holder's national personal QR as SVG",
    tag="travellers",
    content_type="image/svg+xml",
    errors=(*OPENING, PassEnded, PersonalQrImpossible, PictureSizeInvalid),
    parameters=(CODE, SECRET),
)
def get_personal_qr_svg(call: Call[None, PictureQuery]) -> Answer[str]:
    """For systems that read the national personal QR (Decision 1405/QĐ-BTTTT). It has name, document number, birth,
    gender and phone in clear, and is not signed: show it only where the holder asks for it. It is not the pass."""
    return as_svg(personal_qr(shown(call)), call.query)


@serve(
    "GET",
    "/v1/passes/{code}/personal-qr.png",
    summary="The holder's national personal QR as PNG",
    tag="travellers",
    content_type="image/png",
    errors=(*OPENING, PassEnded, PersonalQrImpossible, PictureSizeInvalid),
    parameters=(CODE, SECRET),
)
def get_personal_qr_png(call: Call[None, PictureQuery]) -> Answer[bytes]:
    """For systems that read the national personal QR (Decision 1405/QĐ-BTTTT). It has name, document number, birth,
    gender and phone in clear, and is not signed: show it only where the holder asks for it. It is not the pass."""
    return as_png(personal_qr(shown(call)), call.query)


def shown(call: AnyCall) -> HeldPass:
    """The pass, if it may still be shown at a gate. Raises `PassEnded`, and what `_opened` raises."""
    held = _opened(call).held
    if held.has_ended(wiring.clock()):
        raise PassEnded(code=held.code.shown)
    return held


def _opened(call: AnyCall) -> passes.OpenedPass:
    secret = call.headers.get("x-pass-secret", "")
    return passes.open_pass(call.path["code"], secret, records=entries(), keyed_hash=wiring.keyed_hash())
