"""Zalo's protocols, spoken with a server on the loopback."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from chalicelib.adapters.zalo import Hosts, Zalo, proof_of
from chalicelib.models.errors import DomainError
from chalicelib.models.messaging import errors
from chalicelib.models.messaging.messages import (
    Outgoing,
    PermanentRefusal,
    QuotaUsedUp,
    RequestRejected,
    TemporaryFailure,
    Throttled,
)
from chalicelib.models.messaging.tokens import RefreshRefused, TokenPair, TokenRefused
from tests.forms import NOW
from tests.unit.adapters.answering import Provider, answering

OUTGOING = Outgoing("+84912345678", "text", "thing.ready", "7895417a7d3f9461cd2e", {"name": "Người Bịa"})
TAKEN = {
    "error": 0,
    "message": "Success",
    "data": {
        "msg_id": "9e1ff6dc1c8ec3d09a9f",
        "sent_time": "1626926349402",
        "sending_mode": "1",
        "quota": {"dailyQuota": "500", "remainingQuota": "499"},
    },
}
PAIR = {"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": "90000"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with answering() as provider:
        yield provider


@pytest.fixture
def zalo(provider: Provider) -> Zalo:
    hosts = Hosts(*(f"{provider.url}/{each}" for each in ("graph", "openapi", "business", "oauth")))
    return Zalo(hosts, app_id="360846524940903967", app_secret="app-secret", proxy="", clock=lambda: NOW)


def refused(error: object) -> dict[str, Any]:
    return {"error": error, "message": "about 84912345678"}


def test_a_template_message_is_asked_for_as_zalo_has_it(zalo: Zalo, provider: Provider) -> None:
    provider.answers_with(TAKEN)
    assert zalo.send_template(OUTGOING, "access-1") == "9e1ff6dc1c8ec3d09a9f"
    asked = provider.last
    assert (asked.method, asked.path) == ("POST", "/business/message/template")
    assert (asked.headers["access_token"], asked.headers["content-type"]) == ("access-1", "application/json")
    assert asked.json == {
        "phone": "84912345678",
        "template_id": "7895417a7d3f9461cd2e",
        "template_data": {"name": "Người Bịa"},
        "tracking_id": "thing.ready",
    }


def test_a_message_without_a_template_is_not_asked_for(zalo: Zalo, provider: Provider) -> None:
    with pytest.raises(PermanentRefusal, match="no template"):
        zalo.send_template(OUTGOING._replace(template_id=""), "access-1")
    assert provider.asked == []


@pytest.mark.parametrize("answer", [{"error": 0}, {"error": 0, "data": None}, {"error": 0, "data": {"msg_id": {}}}])
def test_a_message_that_was_taken_is_taken_although_its_id_is_missing(
    zalo: Zalo, provider: Provider, answer: Any
) -> None:
    provider.answers_with(answer)
    assert zalo.send_template(OUTGOING, "access-1") == ""


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, PermanentRefusal) for code in (-108, -110, -114, -118, -119, -133, -139, -140, -141)),
        *((code, PermanentRefusal) for code in (-201, -213, -230)),
        *((code, RequestRejected) for code in (-109, -111, -112, -117, -131, -146, -1121, -1122, -1124)),
        *((code, QuotaUsedUp) for code in (-115, -126, -144, -147)),
        *((code, TokenRefused) for code in (-124, -216)),
        (-32, Throttled),
        *((code, TemporaryFailure) for code in (-100, -99999, 1)),
    ],
)
def test_each_error_of_a_message_says_what_to_do_next_and_names_no_number(
    zalo: Zalo, provider: Provider, code: int, kind: type[Exception]
) -> None:
    provider.answers_with(refused(code))
    sends: list[Callable[[], str]] = [
        lambda: zalo.send_template(OUTGOING, "access-1"),
        lambda: zalo.send_reply("1", "text", "access-1"),
    ]
    for send in sends:
        with pytest.raises(kind) as raised:
            send()
        assert type(raised.value) is kind
        assert str(raised.value) == str(code)


@pytest.mark.parametrize("error", ["0", None, True, 0.0, {}])
def test_an_answer_of_another_shape_is_unreadable(zalo: Zalo, provider: Provider, error: object) -> None:
    provider.answers_with(refused(error))
    with pytest.raises(TemporaryFailure, match=r"^unreadable$"):
        zalo.send_template(OUTGOING, "access-1")


def test_a_reply_goes_to_who_wrote(zalo: Zalo, provider: Provider) -> None:
    provider.answers_with({"error": 0, "data": {"message_id": "e1a60e8890be9de4c4ab", "user_id": "246845883529197922"}})
    assert zalo.send_reply("246845883529197922", "Xin chào", "access-1") == "e1a60e8890be9de4c4ab"
    asked = provider.last
    assert (asked.method, asked.path) == ("POST", "/openapi/v3.0/oa/message/cs")
    assert asked.headers["access_token"] == "access-1"
    assert asked.json == {"recipient": {"user_id": "246845883529197922"}, "message": {"text": "Xin chào"}}


def test_an_operator_can_ask_whose_token_it_is(zalo: Zalo, provider: Provider) -> None:
    provider.answers_with({"error": 0, "data": {"name": "Tỉnh Bịa"}}, refused(-216))
    assert zalo.name_of_account("access-1") == "Tỉnh Bịa"
    assert (provider.last.method, provider.last.path) == ("GET", "/openapi/v2.0/oa/getoa")
    with pytest.raises(TokenRefused):
        zalo.name_of_account("access-1")


def test_the_phone_of_a_user_is_asked_for_with_both_tokens_the_secret_and_its_proof(
    zalo: Zalo, provider: Provider
) -> None:
    provider.answers_with({"data": {"number": "84912345678"}, "error": 0, "message": "Success"})
    assert zalo.phone_of("user-token", "phone-token") == "+84912345678"
    asked = provider.last
    assert (asked.method, asked.path, asked.body) == ("GET", "/graph/v2.0/me/info", b"")
    proof = "b5a94d985eb7b68467d28ca5375162d12b9ca8fe238615acc927c8a9c08d2e95"
    assert proof_of("user-token", "app-secret") == proof
    names = ("access_token", "appsecret_proof", "code", "secret_key")
    assert [asked.headers[name] for name in names] == ["user-token", proof, "phone-token", "app-secret"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (100, errors.ZaloParameterRefused),
        (112, errors.ZaloAppNotLinked),
        (210, errors.ZaloNotPermitted),
        (452, errors.ZaloSessionInvalid),
        (2500, errors.ZaloRequestMalformed),
        *((code, errors.ZaloQuotaUsedUp) for code in range(12000, 12011)),
        (-501, errors.ZaloAddressRefused),
        *((code, errors.ZaloErrorUnknown) for code in (1, -1, 12011, 11999)),
    ],
)
def test_each_error_of_a_question_about_a_user_is_one_of_ours(
    zalo: Zalo, provider: Provider, code: int, kind: type[DomainError]
) -> None:
    provider.answers_with(refused(code))
    with pytest.raises(kind) as raised:
        zalo.phone_of("user-token", "phone-token")
    if kind is errors.ZaloErrorUnknown:
        assert raised.value.params == {"error": code}


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>",
        b"",
        {},
        {"error": "0"},
        {"error": 0},
        {"error": 0, "data": []},
        *({"error": 0, "data": {"number": number}} for number in ("", "0912345678", "+84912345678", "84x", "8" * 16)),
    ],
)
def test_a_user_that_zalo_does_not_name_is_no_answer(zalo: Zalo, provider: Provider, answer: Any) -> None:
    provider.answers_with(answer)
    with pytest.raises(errors.ZaloUnreachable):
        zalo.phone_of("user-token", "phone-token")


def test_no_answer_about_a_user_is_an_error_of_ours(zalo: Zalo, provider: Provider) -> None:
    provider.status = 503
    provider.answers_with(b"")
    with pytest.raises(errors.ZaloUnreachable):
        zalo.phone_of("user-token", "phone-token")


@pytest.mark.parametrize("token", ["", "a b", "a\r\nx: y", "mã", "x" * 2001])
def test_a_token_that_cannot_be_a_header_is_not_sent(zalo: Zalo, provider: Provider, token: str) -> None:
    asks: list[Callable[[], str]] = [
        lambda: zalo.phone_of(token, "x"),
        lambda: zalo.phone_of("x", token),
    ]
    for ask in asks:
        with pytest.raises(errors.ZaloParameterRefused):
            ask()
    assert provider.asked == []


def test_a_refresh_token_is_exchanged_for_the_next_pair(zalo: Zalo, provider: Provider) -> None:
    provider.answers_with(PAIR)
    pair = zalo.refresh("refresh+1")
    assert pair == TokenPair(
        access_token="access-2", refresh_token="refresh-2", expires_at=NOW + timedelta(seconds=90_000)
    )
    assert "access-2" not in repr(pair)
    asked = provider.last
    assert (asked.method, asked.path) == ("POST", "/oauth/v4/oa/access_token")
    assert asked.headers["secret_key"] == "app-secret"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked.body.decode()) == {
        "refresh_token": ["refresh+1"],
        "app_id": ["360846524940903967"],
        "grant_type": ["refresh_token"],
    }


@pytest.mark.parametrize(
    ("expires_in", "seconds"), [(3600, 3600), ("3600", 3600), ("7776000", 90_000), (None, 90_000), ("soon", 90_000)]
)
def test_a_pair_is_renewed_each_day_however_long_it_is_good_for(
    zalo: Zalo, provider: Provider, expires_in: object, seconds: int
) -> None:
    provider.answers_with({**PAIR, "expires_in": expires_in})
    assert zalo.refresh("refresh-1").expires_at == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"error": -14014, "error_name": "Invalid refresh token.", "access_token": "", "refresh_token": ""}, "-14014"),
        (b"", "empty"),  # a token that was used before
        ({"access_token": "access-2"}, "empty"),
        ({**PAIR, "refresh_token": ""}, "empty"),
        ({**PAIR, "access_token": "a\r\nx: y"}, "empty"),
    ],
)
def test_a_refresh_token_that_zalo_refuses_is_told_from_no_answer(
    zalo: Zalo, provider: Provider, answer: Any, code: str
) -> None:
    provider.answers_with(answer, b"<html>refresh-1")
    with pytest.raises(RefreshRefused, match=rf"^{code}$"):
        zalo.refresh("refresh-1")
    with pytest.raises(TemporaryFailure, match=r"^unreadable$"):
        zalo.refresh("refresh-1")
