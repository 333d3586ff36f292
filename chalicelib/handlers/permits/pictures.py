"""The pictures of a permit's QR, for its holder."""

from datetime import datetime

from chalicelib import wiring
from chalicelib.handlers.entry.pass_answers import SECRET
from chalicelib.handlers.entry.pictures import PictureQuery, as_png, as_svg, kept
from chalicelib.handlers.permits.answers import PERMIT_CODE
from chalicelib.http.answers import Answer
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import serve
from chalicelib.models import errors
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped, PassSecretWrong, PictureSizeInvalid
from chalicelib.models.permits.errors import PermitNotInForce, PermitUnknown
from chalicelib.services.entry.links import kind_of
from chalicelib.services.permits.decisions import find_permit, token_of
from chalicelib.wiring.permits import permit_office

_ERRORS = (
    CodeMistyped,
    PassSecretWrong,
    PermitUnknown,
    PermitNotInForce,
    PictureSizeInvalid,
    errors.ServiceUnavailable,
)


@serve(
    "GET",
    "/v1/permits/{code}/qr.svg",
    summary="The QR of a permit as SVG",
    tag="permits",
    content_type="image/svg+xml",
    etag=True,
    errors=_ERRORS,
    parameters=(PERMIT_CODE, SECRET),
)
def get_permit_svg(call: Call[None, PictureQuery]) -> Answer[str]:
    """A picture whose text is the permit's token, while the permit is in force."""
    token, ends_at = _in_force(call)
    return kept(as_svg(token, call.query), ends_at)


@serve(
    "GET",
    "/v1/permits/{code}/qr.png",
    summary="The QR of a permit as PNG",
    tag="permits",
    content_type="image/png",
    etag=True,
    errors=_ERRORS,
    parameters=(PERMIT_CODE, SECRET),
)
def get_permit_png(call: Call[None, PictureQuery]) -> Answer[bytes]:
    """A picture whose text is the permit's token, while the permit is in force."""
    token, ends_at = _in_force(call)
    return kept(as_png(token, call.query), ends_at)


def _in_force(call: AnyCall) -> tuple[str, datetime]:
    """The token of a permit, and when it ends."""
    # A wrong secret costs no read, and its answer is the same whether or not there is such a permit.
    kind_of(call.headers.get("x-pass-secret", ""), Code.parse(call.path["code"]), wiring.keyed_hash())
    office = permit_office()
    record = find_permit(call.path["code"], office=office)
    return token_of(record, office=office), record.ends_at(office.zone)
