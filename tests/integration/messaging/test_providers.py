"""Gateways to the providers, with the stage's settings, secrets and tokens."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from chalicelib import observability, settings, wiring
from chalicelib.adapters import aws as aws_clients
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.messaging import errors
from chalicelib.models.messaging.messages import (
    Channel,
    DeliveryState,
    Outgoing,
    PermanentRefusal,
    Receipt,
    RequestRejected,
    TemporaryFailure,
)
from chalicelib.models.messaging.tokens import TokenPair
from chalicelib.services.messaging.ports import Gateway
from chalicelib.wiring import providers
from chalicelib.wiring.messaging import receipts_url
from tests.integration.conftest import Clock
from tests.integration.messaging.conftest import put_secret, tokens
from tests.unit.adapters.answering import Provider

OUTGOING = Outgoing("+84912345678", "Ma 0123", "thing.ready", "7895417a7d3f9461cd2e", {"name": "A"})
DAY = timedelta(days=1)
Stored = Callable[[timedelta], TokenPair]


class Sns:
    """Takes what SNS would."""

    def __init__(self) -> None:
        self.published: list[str] = []

    def publish(self, **request: Any) -> dict[str, str]:
        self.published.append(request["PhoneNumber"])
        return {"MessageId": "sns-1"}


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Sns:
    sns = Sns()
    monkeypatch.setattr(aws_clients, "client", lambda *_, **__: sns)
    return sns


def change(monkeypatch: pytest.MonkeyPatch, **changed: str) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    settings.settings.cache_clear()


def zalo() -> Gateway:
    gateway = providers.zalo_gateway()
    assert gateway is not None
    return gateway


def test_a_stage_without_an_app_has_no_gateway_to_zalo(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    assert zalo().channel is Channel.ZALO
    change(monkeypatch, ZALO_APP_ID="")
    assert providers.zalo_gateway() is None


def test_a_token_that_zalo_refuses_is_renewed_and_the_message_sent(provider: Provider, stored: Stored) -> None:
    stored(DAY)
    taken = {"error": 0, "data": {"msg_id": "m-1"}}
    renewed = {"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": "90000"}
    provider.answers_with({"error": -124}, renewed, taken)
    assert zalo().send(OUTGOING) == "m-1"
    assert [each.path for each in provider.asked] == [
        "/zalo_business/message/template",
        "/zalo_oauth/v4/oa/access_token",
        "/zalo_business/message/template",
    ]
    assert provider.last.headers["access_token"] == tokens().access_token == "access-2"
    assert zalo().send(OUTGOING) == "m-1"
    assert len(provider.asked) == 4


def test_a_reply_uses_the_same_token(provider: Provider, stored: Stored) -> None:
    stored(DAY)
    provider.answers_with({"error": 0, "data": {"message_id": "m-2"}})
    assert providers.send_reply("246845883529197922", "Xin chào") == "m-2"
    assert provider.last.headers["access_token"] == "access-1"


def test_texts_go_by_sns_unless_the_stage_has_chosen_esms(
    provider: Provider, sns: Sns, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert providers.sms_gateway().channel is Channel.SMS
    assert providers.sms_gateway().send(OUTGOING) == "sns-1"
    change(monkeypatch, SMS_PROVIDER="esms")
    provider.answers_with({"CodeResult": "100", "SMSID": "esms-1"})
    assert providers.sms_gateway().send(OUTGOING) == "esms-1"
    asked = provider.last
    assert asked.path == "/esms/MainService.svc/json/SendMultipleMessage_V4_post_json/"
    assert {name: asked.json[name] for name in ("ApiKey", "SecretKey", "Brandname", "CallbackUrl")} == {
        "ApiKey": "api-key",
        "SecretKey": "secret-key",
        "Brandname": "TAYNINH",
        "CallbackUrl": receipts_url(),
    }


def test_numbers_that_esms_does_not_reach_go_by_sns(
    provider: Provider, sns: Sns, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, SMS_PROVIDER="esms")
    assert providers.sms_gateway().send(OUTGOING._replace(phone="+85512345678")) == "sns-1"
    assert (sns.published, provider.asked) == (["+85512345678"], [])


@pytest.mark.parametrize("sms", ["sns", "esms"])
def test_nothing_is_sent_in_a_sandbox(
    provider: Provider, sns: Sns, stored: Stored, monkeypatch: pytest.MonkeyPatch, sms: str
) -> None:
    stored(DAY)
    change(monkeypatch, STAGE="sandbox", SANDBOX="true", SMS_PROVIDER=sms)
    foreign = OUTGOING._replace(phone="+85512345678")
    sends: list[Callable[[], str]] = [
        lambda: zalo().send(OUTGOING),
        lambda: providers.sms_gateway().send(OUTGOING),
        lambda: providers.sms_gateway().send(foreign),
        lambda: providers.send_reply("246845883529197922", "text"),
    ]
    for send in sends:
        with pytest.raises(PermanentRefusal, match=r"^sandbox$"):
            send()
    assert (provider.asked, sns.published) == ([], [])


def test_who_a_user_is_needs_no_token_of_the_account(provider: Provider) -> None:
    provider.answers_with({"error": 0, "data": {"number": "84912345678"}})
    assert providers.phone_of("user-token", "phone-token") == "+84912345678"
    assert providers.account_secret() == "oa-secret"


@pytest.mark.parametrize(
    ("error", "kind", "noted"),
    [
        (-501, errors.ZaloAddressRefused, {"zalo": "Zalo answers addresses in Vietnam only: set ZaloProxyUrl"}),
        (112, errors.ZaloAppNotLinked, {"zalo": "link the app to the Official Account"}),
        (2500, errors.ZaloRequestMalformed, {"zalo": "Zalo cannot read our request"}),
        (4711, errors.ZaloErrorUnknown, {"zalo_error": "4711"}),
        (452, errors.ZaloSessionInvalid, {}),
    ],
)
def test_the_log_says_what_an_operator_must_do(
    provider: Provider, error: int, kind: type[Exception], noted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: dict[str, Any] = {}
    monkeypatch.setattr(providers, "note", said.update)
    provider.answers_with({"error": error, "message": "about 84912345678"})
    with pytest.raises(kind):
        providers.phone_of("user-token", "phone-token")
    assert said.keys() == noted.keys()
    assert all(str(said[name]).startswith(text) for name, text in noted.items())


def test_a_proxy_is_used_for_zalo(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    change(monkeypatch, ZALO_PROXY_URL=provider.url, ZALO_GRAPH_URL="http://graph.example")
    provider.answers_with({"error": 0, "data": {"number": "84912345678"}})
    assert providers.phone_of("user-token", "phone-token") == "+84912345678"
    assert provider.last.path == "http://graph.example/v2.0/me/info"


def test_a_callback_of_esms_is_a_receipt_of_now(clock: Clock) -> None:
    params = {"RequestId": "thing.ready", "SendStatus": "5", "SendSuccess": "1"}
    assert providers.receipt_of(params) == Receipt(Channel.SMS, "thing.ready", DeliveryState.DELIVERED, clock())


def test_tokens_that_are_missing_are_counted_and_zalo_is_passed_over(provider: Provider, logged: StringIO) -> None:
    def send(_: Any) -> None:
        with pytest.raises(PermanentRefusal):
            zalo().send(OUTGOING)

    observability.log_invocation(None, send)
    assert '"Zalo_token_lost":1' in logged.getvalue()
    assert provider.asked == []


@pytest.mark.parametrize("secret", ["not JSON", "[]", "{}"])
def test_without_the_secrets_of_a_provider_somebody_is_told_and_people_get_their_messages(
    provider: Provider, stored: Stored, monkeypatch: pytest.MonkeyPatch, logged: StringIO, secret: str
) -> None:
    stored(DAY)
    change(monkeypatch, SMS_PROVIDER="esms")
    put_secret("zalo", secret)
    put_secret("esms", secret)

    def send(_: Any) -> None:
        with pytest.raises(PermanentRefusal, match="no secrets"):
            zalo().send(OUTGOING)
        with pytest.raises(RequestRejected, match="no keys"):
            providers.sms_gateway().send(OUTGOING)

    observability.log_invocation(None, send)
    line = json.loads(logged.getvalue())
    assert line["Zalo_token_lost"] == 1
    assert all("is not what `python -m infra" in line[name] for name in ("zalo", "esms"))
    assert provider.asked == []


def test_a_parameter_store_without_an_answer_may_pass(
    provider: Provider, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: list[str]) -> dict[str, str]:
        raise ServiceUnavailable

    stored(DAY)
    change(monkeypatch, SMS_PROVIDER="esms")
    monkeypatch.setattr(wiring, "read_secrets", fail)
    for gateway in (zalo(), providers.sms_gateway()):
        with pytest.raises(TemporaryFailure, match="parameter store"):
            gateway.send(OUTGOING)
