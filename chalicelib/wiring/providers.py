"""The providers of messages: Zalo, and SMS by SNS or eSMS. A sandbox never sends anything."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from chalicelib import wiring
from chalicelib.models.errors import Misconfigured, ServiceUnavailable
from chalicelib.models.messaging.errors import (
    ZaloAddressRefused,
    ZaloAppNotLinked,
    ZaloErrorUnknown,
    ZaloRequestMalformed,
)
from chalicelib.models.messaging.messages import Channel, PermanentRefusal, RequestRejected, TemporaryFailure
from chalicelib.models.messaging.tokens import TokenUnavailable
from chalicelib.observability import count, note
from chalicelib.services.messaging.ports import Gateway
from chalicelib.settings import needed, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from chalicelib.adapters.esms import Esms
    from chalicelib.adapters.zalo import Zalo
    from chalicelib.models.errors import DomainError
    from chalicelib.models.messaging.messages import Outgoing, Receipt
    from chalicelib.services.messaging.paces import Pace
    from chalicelib.services.messaging.zalo_tokens import ZaloTokens

_ZALO_RATE = 60
"""Messages a second of all workers together: 3,600 of the 4,000 requests that Zalo accepts in a minute."""
LEASE = timedelta(seconds=60)
"""Longer than any function that renews tokens can run."""
_HOME = "+84"
"""eSMS reaches only Vietnam's operators."""
_FOR_OPERATORS: Mapping[type[DomainError], str] = {
    ZaloAddressRefused: "Zalo answers addresses in Vietnam only: set ZaloProxyUrl to an egress proxy there",
    ZaloAppNotLinked: "link the app to the Official Account in Zalo's console",
    ZaloRequestMalformed: "Zalo cannot read our request: compare it with Zalo's documentation",
}
"""Instructions for an operator after Zalo refused a question. They are logged."""


class _Secrets(NamedTuple):
    app: str
    """The app's secret: it signs questions about users, and gets tokens."""
    account: str
    """The Official Account's secret: it signs webhooks."""


def zalo_gateway() -> Gateway | None:
    """None if the stage has no app at Zalo."""
    return Gateway(Channel.ZALO, _send_by_zalo, _zalo_pace()) if settings().zalo_app_id else None


def sms_gateway() -> Gateway:
    by_esms = settings().sms_provider == "esms"
    return Gateway(Channel.SMS, _send_by_esms if by_esms else _send_by_sns, _sms_pace())


def send_reply(user_id: str, text: str) -> str:
    """Answer a user who has written to the Official Account. Returns Zalo's message id.

    Raises what a `Gateway`'s `send` raises.
    """
    _require_real_stage()
    return _with_token(lambda zalo, token: zalo.send_reply(user_id, text, token))


def phone_of(access_token: str, phone_token: str) -> str:
    """The phone number (E.164) of a user of the mini-app. Raises the errors of `models.messaging.errors`."""
    with _noting():
        return _zalo().phone_of(access_token, phone_token)


def account_secret() -> str:
    """The Official Account's secret, which signs its webhooks."""
    return _secrets().account


def receipt_of(params: Mapping[str, str]) -> Receipt | None:
    """The receipt in the query of eSMS's callback; None for an unknown one."""
    from chalicelib.adapters.esms import receipt_of

    return receipt_of(params, wiring.clock())


def renew_zalo_tokens() -> bool:
    """Renew the tokens of the Official Account if they expire soon. Returns whether they were renewed.

    Raises `TemporaryFailure`. If only an operator can help, this is counted, and there is no point in another attempt.
    """
    if not settings().zalo_app_id:
        return False
    try:
        return _zalo_tokens().renew_early()
    except TokenUnavailable as unavailable:
        note(zalo_tokens=str(unavailable))
        return False


def _send_by_zalo(outgoing: Outgoing) -> str:
    _require_real_stage()
    return _with_token(lambda zalo, token: zalo.send_template(outgoing, token))


def _with_token(call: Callable[[Zalo, str], str]) -> str:
    """The result of a call with the access token. Missing secrets of the stage are handled like missing tokens: other
    channels send the message."""
    try:
        return _zalo_tokens().use(lambda token: call(_zalo(), token))
    except Misconfigured as error:
        note(zalo=str(error))
        count("Zalo_token_lost")
        raise TokenUnavailable("no secrets are stored") from None
    except ServiceUnavailable:
        raise TemporaryFailure("parameter store") from None


def _send_by_sns(outgoing: Outgoing) -> str:
    _require_real_stage()
    from chalicelib.adapters.sns import send_sms

    return send_sms(outgoing.phone, outgoing.text, sender=settings().sms_sender, region=settings().aws_region)


def _send_by_esms(outgoing: Outgoing) -> str:
    if not outgoing.phone.startswith(_HOME):
        return _send_by_sns(outgoing)
    _require_real_stage()
    try:
        esms = _esms()
    except Misconfigured as error:
        note(esms=str(error))
        raise RequestRejected("no keys are stored") from None
    except ServiceUnavailable:
        raise TemporaryFailure("parameter store") from None
    return esms.send_sms(outgoing)


@contextmanager
def _noting() -> Iterator[None]:
    """Log or count what operators need to know if Zalo refuses a question within this context."""
    try:
        yield
    except tuple(_FOR_OPERATORS) as error:
        note(zalo=_FOR_OPERATORS[type(error)])
        raise
    except ZaloErrorUnknown as error:
        note(zalo_error=error.params["error"])
        raise


def _require_real_stage() -> None:
    """The last check before a message goes to a real phone."""
    if settings().sandbox:
        raise PermanentRefusal("sandbox")


@cache
def _zalo() -> Zalo:
    from chalicelib.adapters.zalo import Hosts, Zalo

    own = settings()
    return Zalo(
        Hosts(own.zalo_graph_url, own.zalo_openapi_url, own.zalo_business_url, own.zalo_oauth_url),
        app_id=own.zalo_app_id,
        app_secret=_secrets().app,
        proxy=own.zalo_proxy_url,
        clock=wiring.clock,
    )


@cache
def _esms() -> Esms:
    from chalicelib.adapters.esms import Esms
    from chalicelib.wiring.messaging import receipts_url

    api_key, secret_key = _stored("esms_parameter", "api_key", "secret_key")
    return Esms(
        url=settings().esms_url,
        api_key=api_key,
        secret_key=secret_key,
        brandname=settings().esms_brandname,
        callback_url=receipts_url(),
    )


@cache
def _zalo_tokens() -> ZaloTokens:
    from chalicelib.adapters.aws_json import PARAMETER_STORE
    from chalicelib.adapters.zalo_tokens import StoredTokens
    from chalicelib.services.messaging.zalo_tokens import ZaloTokens
    from chalicelib.storage.messaging.leases import Lease, LeaseRow

    return ZaloTokens(
        store=StoredTokens(needed("zalo_tokens_parameter"), wiring.client(PARAMETER_STORE)),
        lease=Lease(wiring.table(LeaseRow, "messages_table"), "zalo tokens", time=LEASE),
        refresh=lambda refresh_token: _zalo().refresh(refresh_token),
        report_lost=lambda: count("Zalo_token_lost"),
        clock=wiring.clock,
        sleep=time.sleep,
    )


@cache
def _secrets() -> _Secrets:
    return _Secrets(*_stored("zalo_parameter", "app_secret", "oa_secret"))


def _stored(setting: str, *names: str) -> list[str]:
    """Members of the JSON object in the parameter named by this setting. Raises `Misconfigured` or
    `ServiceUnavailable`."""
    parameter = needed(setting)
    text = wiring.read_secrets([setting])[parameter]
    try:
        members = json.loads(text)
        found = [members[name] for name in names]
    except (ValueError, KeyError, TypeError):
        found = [None]
    # With an empty secret anyone could sign an event.
    if not all(isinstance(each, str) and each for each in found):
        raise Misconfigured(f"{parameter} is not what `python -m infra zalo setup` or `esms setup` stores")
    return found


@cache
def _sms_pace() -> Pace:
    return _pace(settings().sms_rate)


@cache
def _zalo_pace() -> Pace:
    return _pace(_ZALO_RATE)


def _pace(rate: int) -> Pace:
    """One for the process: invocations follow each other without a pause."""
    from chalicelib.services.messaging.paces import Pace
    from chalicelib.wiring.messaging import WORKERS

    return Pace(WORKERS / rate, now=time.monotonic, sleep=time.sleep)
