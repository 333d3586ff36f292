"""What requests ask of every answer by their headers: a language, gzip, and to be read by another origin's page."""

import zlib
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus

from chalice.app import Response

from chalicelib.http.answers import Bytes, Headers
from chalicelib.models.errors import Misconfigured
from chalicelib.models.people.languages import Language
from chalicelib.settings import settings

COMPRESSED_FROM = 1200
"""Bytes of a text that is worth compressing: less is one packet either way."""

LANGUAGES = [each.value for each in Language]
"""Those that answers may have words in."""

_GZIP = 31
"""What zlib calls a gzip file (RFC 1952), here without a name and a time."""


@lru_cache(maxsize=128)
def language_of(header: str) -> str:
    """`vi`, `en`, `km` or `zh`: the one that an Accept-Language header (RFC 9110, 12.5.4) prefers; of several that it
    wants equally, the first of this order.

    A header with only other languages gets English; without the header the language is Vietnamese.
    """
    wanted: dict[str, float] = {}
    for part in header.split(","):
        tag, _, quality = part.replace(" ", "").lower().partition(";q=")
        name = tag.partition("-")[0]
        with suppress(ValueError):
            wanted[name] = max(wanted.get(name, 0.0), float(quality or 1))
    best = max(LANGUAGES, key=lambda each: wanted.get(each, 0.0))
    if wanted.get(best, 0.0) > 0:
        return best
    return "en" if any(quality > 0 for name, quality in wanted.items() if name.isalpha()) else "vi"


@lru_cache(maxsize=128)
def takes_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header (RFC 9110, 12.5.3) allows gzip."""
    wanted: dict[str, float] = {}
    for part in header.lower().replace(" ", "").replace("\t", "").split(","):
        coding, _, weight = part.partition(";q=")
        with suppress(ValueError):
            wanted[coding.removeprefix("x-")] = float(weight or 1)
    return wanted.get("gzip", wanted.get("*", 0.0)) > 0


def compressed(response: Response, accepted: str) -> Response:
    """The response, in gzip if its text is long enough and the client's Accept-Encoding allows it."""
    raw = response.body.encode() if isinstance(response.body, str) else b""
    headers = response.headers
    if len(raw) >= COMPRESSED_FROM or response.status_code == HTTPStatus.NOT_MODIFIED:
        _vary(headers, "Accept-Encoding")
    if len(raw) < COMPRESSED_FROM or not takes_gzip(accepted):
        return response
    headers["Content-Encoding"] = "gzip"
    if "ETag" in headers:
        # Not the same bytes, only the same content (RFC 9110, 8.8.1).
        headers["ETag"] = f"W/{headers['ETag']}"
    return Bytes(zlib.compress(raw, 6, wbits=_GZIP), headers, response.status_code)


def share(response: Response, origin: str) -> bool:
    """Let a page of a listed origin read the answer (the Fetch standard's CORS protocol); false if it is not listed."""
    try:
        listed_origins = settings().cors_origins
    except Misconfigured:
        return False  # the answer is an error already
    if not listed_origins:
        return False
    origins = listed_origins.split(",")
    # For every origin, so that a shared cache never gives one origin the copy made for another.
    _vary(response.headers, "Origin")
    host, _, port = origin.rpartition(":")
    listed = bool(origin) and (origin in origins or "*" in origins or (port.isdecimal() and f"{host}:*" in origins))
    if listed:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = (
            "Deprecation, ETag, Idempotent-Replayed, Link, Location, Retry-After, Sunset, X-Client-Request-Id, "
            "X-Request-Id, X-Sandbox"
        )
    return listed


def mark(response: Response) -> None:
    """Mark a sandbox's answers, so that nobody takes them for real."""
    with suppress(Misconfigured):  # the answer is an error already
        if settings().sandbox:
            response.headers["X-Sandbox"] = "true"


def allow_methods_and_headers(response: Response) -> None:
    """Answer what a browser asks before it sends another origin's request (CORS-preflight)."""
    response.headers["Access-Control-Allow-Methods"] = "DELETE, GET, POST, PUT"
    response.headers["Access-Control-Allow-Headers"] = (
        "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Api-Key, "
        "X-Pass-Secret, X-Request-Id, X-Seat-Secret"
    )
    response.headers["Access-Control-Max-Age"] = "7200"


def _vary(headers: Headers, *names: str) -> None:
    """Add names of request headers, each once, to those that the answer depends on."""
    before = str(headers.get("Vary", ""))
    headers["Vary"] = ", ".join(dict.fromkeys([*filter(None, before.split(", ")), *names]))
