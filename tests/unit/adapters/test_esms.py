"""eSMS's protocol, spoken with a server on the loopback."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from chalicelib.adapters.esms import Esms, receipt_of
from chalicelib.models.messaging.messages import (
    Channel,
    DeliveryState,
    Outgoing,
    PermanentRefusal,
    Receipt,
    RequestRejected,
    TemporaryFailure,
)
from tests.forms import NOW
from tests.unit.adapters.answering import Provider, answering

OUTGOING = Outgoing("+84901888484", "Ma 0123", "thing.ready")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with answering() as provider:
        yield provider


@pytest.fixture
def esms(provider: Provider) -> Esms:
    return Esms(provider.url, "api-key", "secret-key", "TAYNINH", "https://pass.example/v1/sms/receipts")


def test_a_text_is_asked_for_as_esms_has_it(esms: Esms, provider: Provider) -> None:
    provider.answers_with({"CodeResult": "100", "CountRegenerate": 0, "SMSID": "d533459ee42b2b9525ba9eabf6a8156"})
    assert esms.send_sms(OUTGOING) == "d533459ee42b2b9525ba9eabf6a8156"
    asked = provider.last
    assert (asked.method, asked.path) == ("POST", "/MainService.svc/json/SendMultipleMessage_V4_post_json/")
    assert asked.json == {
        "ApiKey": "api-key",
        "SecretKey": "secret-key",
        "Phone": "0901888484",
        "Content": "Ma 0123",
        "Brandname": "TAYNINH",
        "SmsType": "2",
        "IsUnicode": "0",
        "RequestId": "thing.ready",
        "CallbackUrl": "https://pass.example/v1/sms/receipts",
    }
    assert "secret-key" not in repr(esms)


def test_a_text_with_accents_says_so(esms: Esms, provider: Provider) -> None:
    provider.answers_with({"CodeResult": 100})
    assert esms.send_sms(OUTGOING._replace(text="Mã 0123", phone="+85512345678")) == ""
    assert (provider.last.json["IsUnicode"], provider.last.json["Phone"]) == ("1", "85512345678")


def test_a_text_that_was_taken_before_is_sent(esms: Esms, provider: Provider) -> None:
    provider.answers_with(
        {"CodeResult": "124", "CountRegenerate": 0, "ErrorMessage": "Request exist 1", "SendStatus": "5"}
    )
    assert esms.send_sms(OUTGOING) == ""


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("108", PermanentRefusal),
        *(
            (code, RequestRejected)
            for code in ("101", "102", "103", "104", "118", "119", "131", "132", "140", "146", "177", "300")
        ),
        *((code, TemporaryFailure) for code in ("99", "999", "", "x" * 100)),
    ],
)
def test_each_code_says_what_to_do_next_and_names_no_number(
    esms: Esms, provider: Provider, code: str, kind: type[Exception]
) -> None:
    provider.answers_with({"CodeResult": code, "ErrorMessage": "about 0901888484"})
    with pytest.raises(kind) as raised:
        esms.send_sms(OUTGOING)
    assert type(raised.value) is kind
    assert str(raised.value) == code[:20]


@pytest.mark.parametrize("answer", [{"error": "Invalid request"}, {"CodeResult": None}, {"CodeResult": []}, b"<html>"])
def test_an_answer_of_another_shape_is_unreadable(esms: Esms, provider: Provider, answer: Any) -> None:
    provider.answers_with(answer)
    with pytest.raises(TemporaryFailure, match=r"^unreadable$"):
        esms.send_sms(OUTGOING)


def called_back(**changed: str) -> dict[str, str]:
    query = (
        "SMSID=dc712784-9c5f-4c69-b9a8-ea69d56adc9a87&SendFailed=0&SendStatus=5&SendSuccess=1&TotalPrice=0.0000&"
        "TotalReceiver=1&TotalSent=1&RequestId=thing.ready&TypeId=2&telcoid=1&phonenumber=0901888484&switchsmsid="
    )
    return {**dict(parse_qsl(query, keep_blank_values=True)), **changed}


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, DeliveryState.DELIVERED),
        ({"SendSuccess": "0", "SendFailed": "1"}, DeliveryState.FAILED),
        ({"SendStatus": "4", "SendSuccess": "0"}, DeliveryState.FAILED),
        *(({"SendStatus": status, "SendSuccess": "0"}, DeliveryState.SENT) for status in "127"),
    ],
)
def test_a_callback_is_a_receipt(changed: dict[str, str], state: DeliveryState) -> None:
    assert receipt_of(called_back(**changed), NOW) == Receipt(Channel.SMS, "thing.ready", state, NOW)


@pytest.mark.parametrize(
    "changed",
    [{"RequestId": ""}, {"RequestId": "x" * 49}, {"SendStatus": "6"}, {"SendStatus": ""}, {"SendSuccess": "0"}],
)
def test_a_callback_that_says_nothing_we_know_is_no_receipt(changed: dict[str, str]) -> None:
    assert receipt_of(called_back(**changed), NOW) is None
    assert receipt_of({}, NOW) is None
