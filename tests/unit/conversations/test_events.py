"""Events of the Official Account, as Zalo sends them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.models.conversations.events import Contribution, Kind, read_event
from chalicelib.models.messaging.messages import Channel, DeliveryState, Receipt

AT = datetime(2018, 10, 30, 14, 8, 54, 740000, tzinfo=UTC)


def event(name: str, **members: Any) -> str:
    return json.dumps({"app_id": "1", "event_name": name, "timestamp": "1540908534740", "new": {}, **members})


def message(name: str, **members: Any) -> str:
    return event(name, sender={"id": "u", "x": 1}, recipient={"id": "oa"}, message={"msg_id": "m", **members})


def test_a_text_and_what_is_no_text() -> None:
    assert read_event(message("user_send_text", text="Chào")) == Contribution("m", Kind.WROTE, "u", "Chào", AT)
    kinds = ["image", "link", "audio", "video", "sticker", "gif", "location", "file", "business_card"]
    for kind in kinds:
        sent = read_event(message(f"user_send_{kind}", text="", attachments=[{"type": kind}]))
        assert sent == Contribution("m", Kind.SENT_OTHER, "u", "", AT)


def test_a_follower_has_no_sender_and_no_message() -> None:
    assert read_event(event("follow", follower={"id": "f"})) == Contribution(
        "f 1540908534740", Kind.FOLLOWED, "f", "", AT
    )


@pytest.mark.parametrize(
    ("name", "state"),
    [("user_received_message", DeliveryState.DELIVERED), ("user_seen_message", DeliveryState.SEEN)],
)
def test_a_receipt_leads_to_its_message_and_has_its_own_time(name: str, state: DeliveryState) -> None:
    tracked = message(name, tracking_id="0000.declared", delivery_time="1540908534000")
    assert read_event(tracked) == Receipt(Channel.ZALO, "0000.declared", state, AT.replace(microsecond=0))
    assert read_event(message(name, tracking_id="0000.declared")) == Receipt(Channel.ZALO, "0000.declared", state, AT)
    assert read_event(message(name)) is None


@pytest.mark.parametrize(
    "name", ["unfollow", "oa_send_text", "user_click_button", "user_submit_info", "of next year", ""]
)
def test_what_needs_nothing_is_none(name: str) -> None:
    assert read_event(message(name)) is None


@pytest.mark.parametrize("body", ["[]", "{}", "", event("follow", timestamp=None), event("follow", sender=3)])
def test_what_is_no_event_raises(body: str) -> None:
    with pytest.raises(ValidationError):
        read_event(body)


def test_what_a_person_did_is_not_shown() -> None:
    assert repr(Contribution("m", Kind.WROTE, "u", "text", AT)) == "Contribution(wrote)"
