"""What messaging needs."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.storage.messaging.messages import Messages

from chalicelib.wiring import place


@cache
def messages() -> Messages:
    from chalicelib.storage.messaging.messages import MessageRow, Messages

    place(MessageRow, "messages_table")
    return Messages(lease=timedelta(seconds=settings().message_lease_seconds))


def send_sms(phone: str, text: str) -> str:
    from chalicelib.adapters.sns import send_sms

    return send_sms(phone, text, sender=settings().sms_sender, region=settings().aws_region)
