"""The signature that proves that an event of the Official Account is from Zalo."""

import hmac
import json
from hashlib import sha256


def is_signed(body: bytes, header: str, *, app_id: str, oa_secret: str) -> bool:
    """Whether the header `X-ZEvent-Signature` is valid for an event's body: the plain SHA-256 of the app's id, the
    body, the timestamp in it, and the account's secret."""
    try:
        timestamp = str(json.loads(body)["timestamp"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    signed = sha256(app_id.encode() + body + timestamp.encode(errors="replace") + oa_secret.encode()).hexdigest()
    return hmac.compare_digest(f"mac={signed}".encode(), header.strip().encode())
