"""Zalo: template messages (ZNS), replies of the Official Account, its tokens, and who a user of the mini-app is.

Zalo answers errors with HTTP 200 and a number other than 0 in `error`. There are four hosts: the graph for users, the
business API for template messages, the open API for replies, OAuth for tokens.

    https://developers.zalo.me/docs/official-account
    https://zalo.cloud/zns/guidelines/handle-error-code

No exception of this module has a person's data in its text.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from pydantic_core import to_json

from chalicelib.adapters.provider_http import ask, read_object
from chalicelib.models.errors import DomainError
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
from chalicelib.models.messaging.messages import (
    Outgoing,
    PermanentRefusal,
    QuotaUsedUp,
    RequestRejected,
    TemporaryFailure,
    Throttled,
)
from chalicelib.models.messaging.tokens import TOKEN, RefreshRefused, TokenPair, TokenRefused

_KINDS: dict[int, type[Exception]] = {
    # The phone is wrong, has no Zalo or an old version, or its owner refuses these messages. -133: not at night.
    **dict.fromkeys((-108, -110, -114, -118, -119, -133, -139, -140, -141), PermanentRefusal),
    # Replies: Zalo does not know the user's id, which is the only parameter that is not ours; the user does not follow
    # the account, or has not written to it for seven days.
    **dict.fromkeys((-201, -213, -230), PermanentRefusal),
    # The template or its values.
    **dict.fromkeys((-109, -111, -112, -117, -131, -146, -1121, -1122, -1124), RequestRejected),
    **dict.fromkeys((-115, -126, -144, -147), QuotaUsedUp),
    # -216 is the open API's number for the same error.
    **dict.fromkeys((-124, -216), TokenRefused),
    -32: Throttled,
}
"""The exceptions for errors of a message. Any other error is taken as temporary: `TemporaryFailure`."""

_OF_USERS: dict[int, type[DomainError]] = {
    100: ZaloParameterRefused,
    112: ZaloAppNotLinked,
    210: ZaloNotPermitted,
    452: ZaloSessionInvalid,
    2500: ZaloRequestMalformed,
    **dict.fromkeys(range(12000, 12011), ZaloQuotaUsedUp),
    -501: ZaloAddressRefused,
}
"""The exceptions for errors of a question about a user."""

_LONGEST_LIFE = timedelta(hours=25)
"""The longest lifetime of an access token that we assume. If Zalo made it longer, ours would still be renewed each day,
before the refresh token expires after three months."""

_TOKEN = re.compile(TOKEN)
_NUMBER = re.compile(r"[1-9][0-9]{6,14}")


class Hosts(NamedTuple):
    """The base URLs."""

    graph: str
    openapi: str
    business: str
    oauth: str


class Zalo:
    """A client of Zalo for one app. `proxy` is the URL of a proxy in Vietnam, or empty."""

    def __init__(
        self, hosts: Hosts, *, app_id: str, app_secret: str, proxy: str, clock: Callable[[], datetime]
    ) -> None:
        self._hosts, self._app_id, self._app_secret = hosts, app_id, app_secret
        self._proxy, self._clock = proxy, clock

    def send_template(self, outgoing: Outgoing, access_token: str) -> str:
        """Send a template message to a phone. Returns Zalo's message id, which is empty if Zalo gives none.

        Raises
        ------
        PermanentRefusal
            Zalo cannot reach this person, or the message has no template. `QuotaUsedUp` is one.
        TemporaryFailure
            Zalo may accept it later. `Throttled` is one.
        RequestRejected
            The template or its values are wrong.
        TokenRefused
            The access token is not valid any more.
        """
        if not outgoing.template_id:
            raise PermanentRefusal("no template")
        content = {
            "phone": outgoing.phone.removeprefix("+"),
            "template_id": outgoing.template_id,
            "template_data": outgoing.template_data,
            "tracking_id": outgoing.tracking,
        }
        return self._send(f"{self._hosts.business}/message/template", content, access_token, "msg_id")

    def send_reply(self, user_id: str, text: str, access_token: str) -> str:
        """Send a text to a user who has written to the Official Account. Returns Zalo's message id, which is empty if
        Zalo gives none. Raises what `send_template` raises."""
        content = {"recipient": {"user_id": user_id}, "message": {"text": text}}
        return self._send(f"{self._hosts.openapi}/v3.0/oa/message/cs", content, access_token, "message_id")

    def name_of_account(self, access_token: str) -> str:
        """The name of the token's Official Account. Raises `TokenRefused` or `TemporaryFailure`."""
        answer = self._ask("GET", f"{self._hosts.openapi}/v2.0/oa/getoa", {"access_token": access_token})
        _require_success(answer)
        return _text(answer.get("data"), "name")

    def phone_of(self, access_token: str, phone_token: str) -> str:
        """The phone number (E.164) of a user of the mini-app.

        `access_token` is the user's, `phone_token` the result of `getPhoneNumber()`: valid for one use and two minutes.
        Raises the errors of `models.messaging.errors`.
        """
        headers = {
            "access_token": access_token,
            "appsecret_proof": proof_of(access_token, self._app_secret),
            "code": phone_token,
            "secret_key": self._app_secret,
        }
        number = _text(self._about_user("/v2.0/me/info", headers).get("data"), "number")
        if not _NUMBER.fullmatch(number):
            raise ZaloUnreachable
        return f"+{number}"

    def refresh(self, refresh_token: str) -> TokenPair:
        """Exchange a refresh token for the next pair. It is valid for one exchange, even if the answer is lost.

        Raises `RefreshRefused`, or `TemporaryFailure` if there is no answer.
        """
        now = self._clock()
        form = {"refresh_token": refresh_token, "app_id": self._app_id, "grant_type": "refresh_token"}
        raw = ask(
            "POST",
            f"{self._hosts.oauth}/v4/oa/access_token",
            {"secret_key": self._app_secret, "content-type": "application/x-www-form-urlencoded"},
            urlencode(form).encode(),
            proxy=self._proxy,
        )
        # Zalo returns an empty answer for a token that was used before.
        answer = read_object(raw) if raw.strip() else {}
        access, refresh = _text(answer, "access_token"), _text(answer, "refresh_token")
        if not (_TOKEN.fullmatch(access) and _TOKEN.fullmatch(refresh)):
            raise RefreshRefused(str(answer.get("error", "empty"))[:20])
        seconds = _text(answer, "expires_in")
        life = timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 10 else _LONGEST_LIFE
        return TokenPair(access_token=access, refresh_token=refresh, expires_at=now + min(life, _LONGEST_LIFE))

    def _send(self, url: str, content: Mapping[str, Any], access_token: str, reference: str) -> str:
        headers = {"access_token": access_token, "content-type": "application/json"}
        answer = self._ask("POST", url, headers, to_json(content))
        _require_success(answer)
        return _text(answer.get("data"), reference)

    def _about_user(self, path: str, headers: dict[str, str]) -> dict[str, Any]:
        if not all(_TOKEN.fullmatch(each) for each in headers.values()):
            raise ZaloParameterRefused
        try:
            answer = self._ask("GET", self._hosts.graph + path, headers)
            error = _error_of(answer)
        except TemporaryFailure as failure:
            raise ZaloUnreachable from failure
        if error in _OF_USERS:
            raise _OF_USERS[error]
        if error:
            raise ZaloErrorUnknown(error)
        return answer

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> dict[str, Any]:
        return read_object(ask(method, url, headers, body, proxy=self._proxy))


def proof_of(access_token: str, app_secret: str) -> str:
    """`appsecret_proof`: it shows that the sender of a user's access token also has the app's secret."""
    return hmac.digest(app_secret.encode(), access_token.encode(), "sha256").hex()


def _require_success(answer: Mapping[str, Any]) -> None:
    error = _error_of(answer)
    if error:
        raise _KINDS.get(error, TemporaryFailure)(str(error))


def _error_of(answer: Mapping[str, Any]) -> int:
    error = answer.get("error")
    if isinstance(error, bool) or not isinstance(error, int):
        raise TemporaryFailure("unreadable")
    return error


def _text(found: object, name: str) -> str:
    """A member as text; empty if it is missing. Zalo writes some numbers as texts, and some not."""
    value = found.get(name) if isinstance(found, dict) else None
    return str(value) if isinstance(value, str | int) else ""
