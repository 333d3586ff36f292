"""The headers by which a browser keeps an answer from being misused. The gateway's own answers have them too."""

from chalice.app import Response

HEADERS = {
    # The browser must not guess another content type, such as a script.
    "X-Content-Type-Options": "nosniff",
    # A URL contains the code of a pass, so it is not sent to other sites.
    "Referrer-Policy": "no-referrer",
    # An answer is data. If a browser shows it as a page, it loads nothing, and no other page frames it.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""The headers of every answer that does not set its own."""

TRANSPORT = "max-age=31536000; includeSubDomains"
"""Strict-Transport-Security: a year, as ASVS 5.0 asks (3.4.1)."""


def protect(response: Response, scheme: str) -> None:
    """Add the headers. `scheme` is the client's protocol, from the gateway's X-Forwarded-Proto header."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if scheme == "https":  # over http it must not be sent (RFC 6797, 7.2)
        response.headers["Strict-Transport-Security"] = TRANSPORT
