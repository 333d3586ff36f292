"""The headers of answers, as the OpenAPI document describes them.

Some are on all answers, and are described once in the document's introduction: `protection.HEADERS`, those of CORS,
Content-Encoding, and those of an operation that will end.
"""

from typing import Any

from chalicelib.models.people.languages import Language


def _header(description: str, example: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}, "example": example}


HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {
        "required": True,
        **_header("Quote it when you ask for help.", "7d3c5a0e-5a8e-4b7e-9a52-1f0e6c1d2b3a"),
    },
    "X-Client-Request-Id": _header(
        "The request id that the caller sent, if it was a UUID.", "5e2f4a86-0f5d-4b0e-9d3a-2b1c7f8a9e10", format="uuid"
    ),
    "Idempotent-Replayed": _header("The request was sent before, and was done then.", "true", const="true"),
    "X-Sandbox": _header("In a sandbox only: nothing here is real.", "true", const="true"),
    "Cache-Control": {
        "required": True,
        **_header("How long the answer may be kept, and by which caches (RFC 9111).", "no-store"),
    },
    "Vary": _header("Headers of the request that the answer depends on; left out if there is none.", "Accept-Language"),
    "Content-Language": _header(
        "The language of the answer's words; left out if it has none. A text that is missing in it is in English.",
        "en",
        enum=[each.value for each in Language],
    ),
    "ETag": {
        "required": True,
        **_header("Names this content. Send it as If-None-Match the next time.", '"0123456789abcdef0123456789abcdef"'),
    },
    "Location": {
        "required": True,
        **_header(
            "The URL of the traveller's pass: its state.",
            "https://pass.example/v1/passes/0000000000000000",
            format="uri",
        ),
    },
    "Content-Disposition": {
        "required": True,
        **_header("The name of the file (RFC 6266).", 'attachment; filename="chain-0000-0000-0000-0C0N.csv"'),
    },
    "Retry-After": {
        "description": "Seconds to wait before the request is sent again. `internal_error` has none.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 2,
    },
    "WWW-Authenticate": {
        "required": True,
        **_header("`Bearer`, and why a token was refused, if one was sent (RFC 6750).", 'Bearer error="invalid_token"'),
    },
}


def described(*names: str) -> dict[str, Any]:
    """The headers of a response, for the document: these, and those of every response."""
    return {
        name: {"$ref": f"#/components/headers/{name}"}
        for name in ("X-Request-Id", "X-Client-Request-Id", "X-Sandbox", *names)
    }
