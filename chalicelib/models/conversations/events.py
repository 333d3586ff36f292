"""Events of the Official Account, as far as we use them. Zalo sends more kinds, and more members.

https://developers.zalo.me/docs/official-account/webhook
"""

from datetime import UTC, datetime
from enum import auto
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from chalicelib.models.enums import StrEnum
from chalicelib.models.messaging.messages import Channel, DeliveryState, Receipt

MESSAGES = "user_send_"
"""The prefix of names of events in which a person sends something."""

_RECEIPTS = {"user_received_message": DeliveryState.DELIVERED, "user_seen_message": DeliveryState.SEEN}


class Kind(StrEnum):
    """What a person did."""

    WROTE = auto()
    """Sent a text."""
    SENT_OTHER = auto()
    """Sent a picture, a location or anything else that is not text."""
    FOLLOWED = auto()


class Contribution(NamedTuple):
    """What a person did that gets a reply."""

    id: str
    """It stays the same when Zalo repeats the event."""
    kind: Kind
    user_id: str
    """Zalo's id of the person, valid only for this account."""
    text: str
    at: datetime

    def __repr__(self) -> str:
        """Without the person's data."""
        return f"Contribution({self.kind})"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True, coerce_numbers_to_str=True)


class _Person(_Part):
    id: str


class _Message(_Part):
    msg_id: str = ""
    text: str = ""
    tracking_id: str = ""
    delivery_time: str = ""


class _Event(_Part):
    event_name: str = ""
    timestamp: str
    sender: _Person | None = None
    follower: _Person | None = None
    message: _Message = _Message()


def read_event(body: str) -> Contribution | Receipt | None:
    """The parsed event; None if there is nothing to do. Raises pydantic's error for any other shape."""
    event = _Event.model_validate_json(body)
    if event.event_name == "follow" and event.follower:
        event_id = f"{event.follower.id} {event.timestamp}"
        return Contribution(event_id, Kind.FOLLOWED, event.follower.id, "", _moment(event.timestamp))
    if event.event_name.startswith(MESSAGES) and event.sender and event.message.msg_id:
        kind = Kind.WROTE if event.event_name == f"{MESSAGES}text" else Kind.SENT_OTHER
        message, at = event.message, _moment(event.timestamp)
        return Contribution(message.msg_id, kind, event.sender.id, message.text, at)
    state = _RECEIPTS.get(event.event_name)
    if state is None or not event.message.tracking_id:
        return None  # a receipt of a reply: replies are not tracked
    return Receipt(
        Channel.ZALO, event.message.tracking_id, state, _moment(event.message.delivery_time or event.timestamp)
    )


def _moment(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
