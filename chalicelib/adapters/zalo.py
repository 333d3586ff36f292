"""Zalo's interfaces: who holds an access token, replies of the Official Account, and the signature of its events.

An error of Zalo's comes as HTTP 200 with an `error` that is not 0. No request is repeated here, and no error repeats
what Zalo answered: that may be about a person.
"""

import hmac
import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

import urllib3
from pydantic_core import PydanticCustomError
from urllib3.exceptions import HTTPError

from chalicelib.models.messaging.errors import (
    ZaloAddressRefused,
    ZaloAppNotLinked,
    ZaloErrorUnknown,
    ZaloNotPermitted,
    ZaloParameterRefused,
    ZaloQuotaUsedUp,
    ZaloRequestMalformed,
    ZaloSessionInvalid,
    ZaloUnreachable,
)
from chalicelib.models.messaging.messages import PermanentRefusal, TemporaryFailure
from chalicelib.models.people.phones import parse_phone

_TIMEOUT = urllib3.Timeout(connect=2, read=5)
"""Seconds."""

_REFUSALS = {
    100: ZaloParameterRefused,
    112: ZaloAppNotLinked,
    210: ZaloNotPermitted,
    452: ZaloSessionInvalid,
    2500: ZaloRequestMalformed,
    -501: ZaloAddressRefused,
    **dict.fromkeys(range(12000, 12011), ZaloQuotaUsedUp),
}
"""Errors by Zalo's code. Every other one is `ZaloErrorUnknown`."""

_NOT_TO_THIS_PERSON = frozenset({-201, -213, -217, -230, -232, -233})
"""Codes for a reply: the person has blocked the account, has not followed it, or has not written to it lately."""


def phone_of(access_token: str, phone_token: str, *, app_secret: str, url: str, proxy_url: str = "") -> str:
    """The phone number (E.164) of the holder of an access token. `phone_token` is what `getPhoneNumber` of the mini app
    gave: it works once, for two minutes.

    Raises one of the errors above.
    """
    headers = {
        "access_token": access_token,
        "code": phone_token,
        "secret_key": app_secret,
        "appsecret_proof": hmac.digest(app_secret.encode(), access_token.encode(), "sha256").hex(),
    }
    try:
        answer = _ask("GET", f"{url}/v2.0/me/info", headers, proxy_url=proxy_url)
        code = answer["error"]
        if code == 0:
            return parse_phone(f"+{str(answer['data']['number']).removeprefix('+')}")
    except (HTTPError, ValueError, KeyError, TypeError, PydanticCustomError) as error:
        raise ZaloUnreachable from error
    if code in _REFUSALS:
        raise _REFUSALS[code]
    raise ZaloErrorUnknown(code)


def send_reply(user_id: str, text: str, access_token: str, *, url: str, proxy_url: str = "") -> str:
    """Answer a person who wrote to the Official Account. Gives Zalo's id of the message.

    Raises `TemporaryFailure` or `PermanentRefusal`, with Zalo's code.
    """
    body = json.dumps({"recipient": {"user_id": user_id}, "message": {"text": text}}).encode()
    headers = {"access_token": access_token, "Content-Type": "application/json"}
    try:
        answer = _ask("POST", f"{url}/v3.0/oa/message/cs", headers, body, proxy_url=proxy_url)
        code = answer["error"]
        if code == 0:
            return str(answer["data"]["message_id"])
    except (HTTPError, ValueError, KeyError, TypeError) as error:
        raise TemporaryFailure(type(error).__name__) from None
    raise (PermanentRefusal if code in _NOT_TO_THIS_PERSON else TemporaryFailure)(str(code))


def is_signed(body: bytes, header: str, *, app_id: str, oa_secret: str) -> bool:
    """Whether the header `X-ZEvent-Signature` is that of an event's body: the plain SHA-256 of the app's id, the body,
    the timestamp in it, and the account's secret."""
    try:
        timestamp = str(json.loads(body)["timestamp"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    signed = sha256(app_id.encode() + body + timestamp.encode(errors="replace") + oa_secret.encode()).hexdigest()
    return hmac.compare_digest(f"mac={signed}".encode(), header.strip().encode())


def _ask(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, *, proxy_url: str
) -> dict[str, Any]:
    answer = _pool(proxy_url).request(
        method, url, headers=dict(headers), body=body, timeout=_TIMEOUT, retries=False, redirect=False
    )
    read: dict[str, Any] = json.loads(answer.data)
    return read


@cache
def _pool(proxy_url: str) -> urllib3.PoolManager:
    return urllib3.ProxyManager(proxy_url) if proxy_url else urllib3.PoolManager()
