"""The worker that answers people at the Official Account, on moto and against a server that speaks as Zalo."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from chalice.test import Client

from chalicelib import settings, wiring
from chalicelib.models.messaging.notices import Notice
from chalicelib.wiring.messaging import sender
from tests.integration.conftest import Clock
from tests.integration.queues import batch
from tests.standins.faults import Fault, Kind, always
from tests.standins.zalo import Zalo
from tests.tables import rows

PHONE = "84912345678"
USER = Zalo().person(PHONE).user_id

Converse = Callable[..., list[str]]
"""Hands events to the worker; gives the ids of those that failed."""


@pytest.fixture
def converse(lambdas: Client, zalo: Zalo, monkeypatch: pytest.MonkeyPatch) -> Converse:
    monkeypatch.setenv("DECLARE_URL", "https://declare.example")
    settings.settings.cache_clear()

    zalo.text(PHONE, "")  # so that it may be answered

    def converse(*events: dict[str, Any]) -> list[str]:
        answer = lambdas.lambda_.invoke("converse", batch(*map(json.dumps, events))).payload
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    return converse


def wrote(text: str, clock: Clock, msg_id: str = "m1") -> dict[str, Any]:
    return {
        "event_name": "user_send_text",
        "sender": {"id": USER},
        "message": {"text": text, "msg_id": msg_id},
        "timestamp": str(int(clock().timestamp() * 1000)),
    }


def test_a_person_learns_of_a_pass_what_anyone_may_know(
    converse: Converse, zalo: Zalo, clock: Clock, submitted: Callable[..., dict[str, Any]], logged: StringIO
) -> None:
    declared = submitted()["passes"][0]
    logged.truncate(0)
    assert converse(wrote(f"mã của tôi: {declared['code'].lower()}", clock)) == []
    (reply,) = zalo.replied
    text = reply.text
    assert reply.user_id == USER
    assert text.startswith(f"Mã {declared['code']} còn hiệu lực đến ")
    assert declared["masked_name"] not in text
    line = json.loads(logged.getvalue().strip("\0"))
    assert (line["function"], line["Reply_sent"]) == ("converse", 1)
    assert not {USER, declared["code"]} & set(logged.getvalue().split('"'))


def test_a_link_a_welcome_and_a_person_s_way(converse: Converse, zalo: Zalo, clock: Clock) -> None:
    follow = {"event_name": "follow", "follower": {"id": USER}, "timestamp": str(int(clock().timestamp() * 1000))}
    picture = {**wrote("", clock, "m3"), "event_name": "user_send_image"}
    for event in (wrote("Khai báo", clock), wrote("declare", clock, "m2"), follow, picture):
        assert converse(event) == []
    texts = [reply.text for reply in zalo.replied]
    assert ["https://declare.example" in text for text in texts] == [True, True, False, False]
    assert all("(0276) 1022" in text for text in texts)
    assert texts[1].startswith("Declare here")


def test_a_repeated_event_is_answered_once_also_after_a_failure(
    converse: Converse, zalo: Zalo, clock: Clock, logged: StringIO
) -> None:
    zalo.misbehave("reply", always(Fault(Kind.ERROR, -32)))
    assert converse(wrote("khai bao", clock)) == ["m0"]
    zalo.behave()
    for _ in range(2):
        assert converse(wrote("khai bao", clock)) == []
    assert len(zalo.replied) == 1
    assert json.loads(logged.getvalue().splitlines()[-1])["Reply_repeated"] == 1
    (row,) = rows("messages")
    assert row["outcome"] == {"S": "settled"}
    assert not {USER, "m1"} & set(json.dumps(row).split('"'))


def test_who_cannot_be_answered_is_settled_and_one_failure_is_not_its_neighbours(
    converse: Converse, zalo: Zalo, clock: Clock, logged: StringIO
) -> None:
    zalo.misbehave("reply", always(Fault(Kind.ERROR, -213)))
    assert converse(wrote("khai bao", clock)) == []
    assert json.loads(logged.getvalue().splitlines()[-1])["Reply_refused"] == 1
    zalo.behave()
    assert converse({"event_name": "user_send_text"}, wrote("hi", clock, "m2")) == ["m0"]
    assert len(zalo.replied) == 1


def test_other_events_are_dropped_and_counted_and_late_ones_are_not_answered(
    converse: Converse, zalo: Zalo, clock: Clock, logged: StringIO
) -> None:
    others = [{"event_name": name, "timestamp": "1"} for name in ("unfollow", "oa_send_text", "user_click_button")]
    late = wrote("khai bao", clock)
    clock.advance(hours=25)
    assert converse(*others, late) == []
    line = json.loads(logged.getvalue())
    assert (line["Conversation_dropped"], line["Reply_late"]) == (3, 1)
    assert zalo.replied == []


def test_a_receipt_is_kept_with_its_message_and_the_later_state_wins(converse: Converse, clock: Clock) -> None:
    notice = Notice(
        recipient="+84912345678",
        text_id="declared",
        values={},
        about="0000000000000000",
        event="declaration_submitted",
        keep_until=clock() + timedelta(days=1),
    )
    sender(time_left=lambda: 30.0).messages.claim(notice, now=wiring.clock())
    seen, received = (
        {
            "event_name": name,
            "recipient": {"id": "84912345678"},
            "message": {"tracking_id": notice.tracking, "msg_id": "z1", "delivery_time": "1626926349402"},
            "timestamp": "1626926349500",
        }
        for name in ("user_seen_message", "user_received_message")
    )
    unknown = {**received, "message": {"tracking_id": "nothing.of_ours"}}
    assert converse(seen, unknown) == []
    assert converse(received) == []
    (row,) = rows("messages")
    assert row["state"] == {"S": "seen"}
