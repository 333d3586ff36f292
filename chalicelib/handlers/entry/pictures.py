"""The picture of a QR as its holder gets it: its size, and how long the holder's phone keeps it."""

from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field

from chalicelib import wiring
from chalicelib.http.answers import Answer, cached
from chalicelib.http.queries import Query
from chalicelib.models.entry.errors import PictureSizeInvalid
from chalicelib.wiring.entry import png, svg

DEFAULT_SIZE, SMALLEST, LARGEST = 360, 80, 1000
"""Pixels of a picture's side. The largest QR of ours has 65 modules with its margin: no picture is larger than asked
for."""

_FRESH_FOR = 3600
"""Seconds at most: what the picture shows may be revoked."""

Picture = TypeVar("Picture", str, bytes)


def _pixels(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and SMALLEST <= int(text) <= LARGEST):
        raise PictureSizeInvalid(smallest=SMALLEST, largest=LARGEST)
    return int(text)


class PictureQuery(Query):
    """How large a picture is wanted."""

    size: Annotated[int, Field(ge=SMALLEST, le=LARGEST), BeforeValidator(_pixels)] = DEFAULT_SIZE
    """The picture's side in pixels. A PNG may be smaller: each module of the QR has a whole number of pixels."""


def as_svg(text: str, query: PictureQuery) -> Answer[str]:
    return Answer(svg(text, query.size), content_type="image/svg+xml")


def as_png(text: str, query: PictureQuery) -> Answer[bytes]:
    return Answer(png(text, query.size), content_type="image/png")


def kept(picture: Answer[Picture], until: datetime) -> Answer[Picture]:
    """The picture with an ETag, kept by the holder's phone for an hour at most, and not after `until`: it is useless
    then."""
    left = until - wiring.clock()
    seconds = min(_FRESH_FOR, int(left.total_seconds()))
    # The response varies by the secret, so a shared browser's cache gives it only to a request with the same secret.
    return cached(picture, seconds, by="private", varies=("X-Pass-Secret",))
