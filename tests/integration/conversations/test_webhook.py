"""Zalo hands over events of the Official Account, on moto."""

import json
from io import StringIO
from typing import Any

import pytest

from chalicelib.http.routes import BODY_LIMIT
from chalicelib.models.conversations.events import Contribution, read_event
from chalicelib.settings import needed
from tests.integration.conftest import Api
from tests.integration.queues import queued
from tests.standins.zalo import Zalo, signature
from tests.tables import client

WEBHOOK = "/v1/zalo/webhook"
WROTE: dict[str, Any] = {
    "app_id": "360846524940903967",
    "sender": {"id": "246845883529197922"},
    "recipient": {"id": "388613280878808645"},
    "event_name": "user_send_text",
    "message": {"text": "Xin chào", "msg_id": "96d3cdf3af150460909"},
    "timestamp": "1540908534740",
}


def signature_of(body: bytes) -> str:
    zalo = Zalo()
    return signature(zalo.app_id, body, json.loads(body)["timestamp"], zalo.oa_secret)


def raw(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def test_a_signed_event_is_queued_as_it_came(api: Api, zalo: Zalo, logged: StringIO) -> None:
    event = {**WROTE, "unknown": {"of": ["Zalo's", "own"]}}
    answer = api("POST", WEBHOOK, raw(event), X_ZEvent_Signature=signature_of(raw(event)), Content_Type="text/plain")
    assert (answer.status_code, answer.json_body) == (200, {"queued": True})
    assert queued("conversations") == [event]
    assert json.loads(logged.getvalue())["Conversation_received"] == 1
    assert not {"246845883529197922", "Xin chào"} & set(logged.getvalue().split('"'))


def test_the_documented_signature_is_taken(api: Api, zalo: Zalo) -> None:
    documented = "mac=32dd00b94e8dde5fb19d7b41e786c94baa80f92c4b60b3e812230b2ffb924d01"
    assert api("POST", WEBHOOK, raw(WROTE), X_ZEvent_Signature=documented).status_code == 200


@pytest.mark.parametrize("is_set_up", [True, False])
def test_the_trial_of_the_address_is_answered_and_queues_nothing(
    api: Api, request: pytest.FixtureRequest, is_set_up: bool
) -> None:
    if is_set_up:
        request.getfixturevalue("zalo")
    answer = api("POST", WEBHOOK, b"{}")
    assert (answer.status_code, answer.json_body) == (200, {"queued": False})
    assert queued("conversations") == []


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (raw(WROTE), ""),
        (raw(WROTE), "mac=" + "0" * 64),
        (raw(WROTE), "mac=ế"),
        (raw({**WROTE, "timestamp": "1540908534741"}), signature_of(raw(WROTE))),
        (raw({"event_name": "follow"}), "mac=" + "0" * 64),
        (b"{}", "mac=" + "0" * 64),
        (b"", ""),
        (b"[" * 30_000, "mac=" + "0" * 64),
        (b"\xff\xfe", "mac=" + "0" * 64),
        (b"[1]", "mac=" + "0" * 64),
    ],
)
def test_whatever_zalo_did_not_sign_is_refused(api: Api, zalo: Zalo, body: bytes, signature: str) -> None:
    headers = {"X_ZEvent_Signature": signature} if signature else {}
    answer = api("POST", WEBHOOK, body, **headers)
    assert (answer.status_code, answer.json_body["code"]) == (403, "zalo_signature_wrong")
    assert queued("conversations") == []


def test_an_event_that_cannot_be_queued_is_asked_for_again(api: Api, zalo: Zalo) -> None:
    client("sqs").delete_queue(QueueUrl=needed("conversations_queue_url"))
    answer = api("POST", WEBHOOK, raw(WROTE), X_ZEvent_Signature=signature_of(raw(WROTE)))
    assert (answer.status_code, answer.json_body["code"]) == (503, "service_unavailable")


def test_an_event_is_refused_if_it_is_too_large_or_if_zalo_is_not_set_up(api: Api) -> None:
    large = api("POST", WEBHOOK, b" " * (BODY_LIMIT + 1))
    assert (large.status_code, large.json_body["code"]) == (413, "body_too_large")
    early = api("POST", WEBHOOK, raw(WROTE), X_ZEvent_Signature=signature_of(raw(WROTE)))
    assert (early.status_code, early.json_body["code"]) == (404, "zalo_not_set_up")


def test_a_text_that_no_queue_takes_as_it_is_arrives(api: Api, zalo: Zalo) -> None:
    event = {**WROTE, "message": {"text": "\ufffe\x0b😀", "msg_id": "1"}}
    answer = api("POST", WEBHOOK, raw(event), X_ZEvent_Signature=signature_of(raw(event)))
    assert answer.status_code == 200
    assert queued("conversations") == [event]


def test_a_text_that_was_cut_in_the_middle_of_a_character_can_be_read(api: Api, zalo: Zalo) -> None:
    body = json.dumps({**WROTE, "message": {"text": "khai báo 😀"[:-1] + "\ud83d", "msg_id": "1"}}).encode()
    assert api("POST", WEBHOOK, body, X_ZEvent_Signature=signature_of(body)).status_code == 200
    (event,) = queued("conversations")
    contribution = read_event(json.dumps(event))
    assert isinstance(contribution, Contribution)
    assert contribution.text == "khai báo ?"


@pytest.mark.parametrize("oa_secret", ["", None])
def test_without_the_account_s_secret_nobody_s_signature_is_right(api: Api, zalo: Zalo, oa_secret: str | None) -> None:
    secrets = json.dumps({"app_secret": zalo.app_secret, "oa_secret": oa_secret})
    client("ssm").put_parameter(Name=needed("zalo_parameter"), Value=secrets, Type="SecureString", Overwrite=True)
    for guessed in ("", "None"):
        forged = signature(zalo.app_id, raw(WROTE), WROTE["timestamp"], guessed)
        answer = api("POST", WEBHOOK, raw(WROTE), X_ZEvent_Signature=forged)
        assert (answer.status_code, answer.json_body["code"]) == (500, "internal_error")
    assert queued("conversations") == []
