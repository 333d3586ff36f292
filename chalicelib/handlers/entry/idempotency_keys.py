"""The header `Idempotency-Key`: a request that comes twice does its work once.

It is not in `declarations`: that module loads more than other routes with a key need.
"""

import re
from typing import Any

from chalicelib.http.requests import AnyCall
from chalicelib.http.routes import parameter
from chalicelib.models.entry.errors import IdempotencyKeyMalformed, IdempotencyKeyMissing, IdempotencyKeyReused

_KEY = re.compile(r"[\x21-\x7e]{16,128}")
_FEWEST_DIFFERENT = 5
"""Different characters. One in ten thousand random keys of 16 digits has fewer; a constant key has one."""

IDEMPOTENCY_ERRORS = (IdempotencyKeyMissing, IdempotencyKeyMalformed, IdempotencyKeyReused)


def idempotency_parameter(each: str, gets: str, example: str | None = None, *, more: str = "") -> dict[str, Any]:
    """The header for the OpenAPI document: what needs a key of its own, what a repetition gets, and more text."""
    return parameter(
        "header",
        "Idempotency-Key",
        f"A UUID that the app makes for each {each}, and keeps until it has an answer; or 16 to 128 visible ASCII "
        f"characters, at least 5 of them different. Sent again with the same body, it gets {gets}, with the header "
        f"`Idempotent-Replayed: true`; with another body it is refused.{more}",
        example,
        required=True,
        minLength=16,
        maxLength=128,
        pattern="^[\\x21-\\x7e]*$",
    )


def idempotency_key(call: AnyCall) -> str:
    """The request's key. Raises `IdempotencyKeyMissing` and `IdempotencyKeyMalformed`."""
    key = call.headers.get("idempotency-key")
    if not key:
        raise IdempotencyKeyMissing
    if not _KEY.fullmatch(key) or len(set(key)) < _FEWEST_DIFFERENT:
        raise IdempotencyKeyMalformed
    return key
