"""The pictures of a permit's QR, for its holder."""

from chalicelib import wiring
from chalicelib.handlers.entry.pass_answers import SECRET
from chalicelib.handlers.entry.passes import PictureQuery
from chalicelib.handlers.permits.answers import PERMIT_CODE
from chalicelib.http.answers import Answer, cached
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import serve
from chalicelib.models import errors
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped, PassSecretWrong, PictureSizeInvalid
from chalicelib.models.permits.errors import PermitNotInForce, PermitUnknown
from chalicelib.services.entry.links import kind_of
from chalicelib.services.permits.decisions import find_permit, token_of
from chalicelib.wiring.entry import png, svg
from chalicelib.wiring.permits import permit_office

_ERRORS = (
    CodeMistyped,
    PassSecretWrong,
    PermitUnknown,
    PermitNotInForce,
    PictureSizeInvalid,
    errors.ServiceUnavailable,
)
_FRESH_FOR = 3600
"""Seconds at most: a permit may be revoked."""


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
    picture = Answer(svg(_token(call), call.query.size), content_type="image/svg+xml")
    return cached(picture, _FRESH_FOR, by="private", varies=("X-Pass-Secret",))


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
    picture = Answer(png(_token(call), call.query.size), content_type="image/png")
    return cached(picture, _FRESH_FOR, by="private", varies=("X-Pass-Secret",))


def _token(call: AnyCall) -> str:
    # A wrong secret costs no read, and its answer is the same whether or not there is such a permit.
    kind_of(call.headers.get("x-pass-secret", ""), Code.parse(call.path["code"]), wiring.keyed_hash())
    office = permit_office()
    return token_of(find_permit(call.path["code"], office=office), office=office)
