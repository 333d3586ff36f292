"""The public state of a pass, and its picture."""

from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field

from chalicelib import wiring
from chalicelib.handlers.entry import answers as shapes
from chalicelib.handlers.entry.answers import CODE
from chalicelib.http.answers import Answer, cached
from chalicelib.http.queries import Query
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import serve
from chalicelib.models import errors
from chalicelib.models.entry.errors import CodeMistyped, PassEnded, PassUnknown, PictureSizeInvalid
from chalicelib.models.entry.passes import Verdict
from chalicelib.services.entry.passes import PassState, state_of
from chalicelib.wiring.entry import entries, png, svg

ERRORS = (CodeMistyped, PassUnknown, errors.ServiceUnavailable)

DEFAULT_SIZE, SMALLEST, LARGEST = 360, 60, 1000
"""Pixels of a picture's side."""

_PICTURE_FRESH_FOR = 3600
"""Seconds at most. The picture of a pass never changes, and is useless after the pass has expired."""

Picture = TypeVar("Picture", str, bytes)


def _pixels(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and SMALLEST <= int(text) <= LARGEST):
        raise PictureSizeInvalid(smallest=SMALLEST, largest=LARGEST)
    return int(text)


class PictureQuery(Query):
    """How large a picture is wanted."""

    size: Annotated[int, Field(ge=SMALLEST, le=LARGEST), BeforeValidator(_pixels)] = DEFAULT_SIZE
    """The picture's side in pixels. A PNG is as large as whole pixels a module allow, at most this."""


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
    state = _state(call)
    return Answer(
        shapes.PublicPass(
            code=state.code.shown,
            state=state.verdict.value,
            issued_at=state.issued_at,
            expires_at=state.expires_at,
            links=shapes.links(call.base_url, state.code),
        )
    )


@serve(
    "GET",
    "/v1/passes/{code}/qr.svg",
    summary="The QR of a pass as SVG",
    tag="travellers",
    content_type="image/svg+xml",
    etag=True,
    errors=(*ERRORS, PassEnded, PictureSizeInvalid),
    parameters=(CODE,),
)
def get_pass_svg(call: Call[None, PictureQuery]) -> Answer[str]:
    """A picture whose text is the pass's token. May be cached until the pass ends; after that there is none."""
    shown = _shown(call)
    return _kept(Answer(svg(shown.token, call.query.size), content_type="image/svg+xml"), shown)


@serve(
    "GET",
    "/v1/passes/{code}/qr.png",
    summary="The QR of a pass as PNG",
    tag="travellers",
    content_type="image/png",
    etag=True,
    errors=(*ERRORS, PassEnded, PictureSizeInvalid),
    parameters=(CODE,),
)
def get_pass_png(call: Call[None, PictureQuery]) -> Answer[bytes]:
    """A picture whose text is the pass's token. May be cached until the pass ends; after that there is none."""
    shown = _shown(call)
    return _kept(Answer(png(shown.token, call.query.size), content_type="image/png"), shown)


def _shown(call: AnyCall) -> PassState:
    """The pass, if it may still be shown at a gate. Raises `PassEnded`."""
    state = _state(call)
    if state.verdict in (Verdict.EXPIRED, Verdict.REVOKED):
        raise PassEnded(code=state.code.shown)
    return state


def _kept(picture: Answer[Picture], shown: PassState) -> Answer[Picture]:
    left = shown.expires_at - wiring.clock()
    seconds = min(_PICTURE_FRESH_FOR, max(0, int(left.total_seconds())))
    return cached(picture, seconds, by="private")


def _state(call: AnyCall) -> PassState:
    return state_of(call.path["code"], records=entries(), clock=wiring.clock)
