"""The signature by which an event of the Official Account is Zalo's."""

import hmac
import json
from hashlib import sha256


def is_signed(body: bytes, header: str, *, app_id: str, oa_secret: str) -> bool:
    """Whether the header `X-ZEvent-Signature` is that of an event's body: the plain SHA-256 of the app's id, the body,
    the timestamp in it, and the account's secret."""
    try:
        timestamp = str(json.loads(body)["timestamp"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    signed = sha256(app_id.encode() + body + timestamp.encode(errors="replace") + oa_secret.encode()).hexdigest()
    return hmac.compare_digest(f"mac={signed}".encode(), header.strip().encode())
