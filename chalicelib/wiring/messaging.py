"""What messaging needs."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.people.province import province
from chalicelib.settings import needed, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.services.messaging.deliveries import Sender
    from chalicelib.services.messaging.paces import Pace
    from chalicelib.services.messaging.ports import Receipts
    from chalicelib.storage.messaging.budgets import Budgets
    from chalicelib.storage.messaging.messages import Messages


WORKERS = 5
"""Workers that send texts at the same time: the sum of both `maximum_concurrency` in `app.py`."""


def sender(*, time_left: Callable[[], float]) -> Sender:
    """`time_left` gives the seconds that this invocation still has."""
    from chalicelib.services.messaging.deliveries import Sender

    own = province(settings().province)
    return Sender(
        messages=_messages(),
        send_sms=send_sms,
        texts=_texts(),
        is_texted=own.texts,
        budgets=_budgets(),
        hash_phone=_hash_phone,
        texts_to_a_phone=own.texts_to_a_phone,
        texts_a_day=settings().texts_a_day,
        pace=_pace(),
        time_left=time_left,
        clock=wiring.clock,
        is_sandbox=settings().sandbox,
    )


def send_sms(phone: str, text: str) -> str:
    if settings().sandbox:  # the last wall before a real phone, for every caller
        from chalicelib.models.messaging.messages import PermanentRefusal

        raise PermanentRefusal("sandbox")
    from chalicelib.adapters.sns import send_sms

    return send_sms(phone, text, sender=settings().sms_sender, region=settings().aws_region)


def receipts() -> Receipts:
    """The messages that receipts are about."""
    return _messages()


@cache
def receipts_token() -> str:
    """The secret in the address that the SMS provider sends receipts to: no key of its own to make or to store."""
    return wiring.keyed_hash().text("sms receipts")


def receipts_url() -> str:
    """That address, to be sent with each message."""
    return f"{needed('public_url')}/v1/sms/receipts/{receipts_token()}"


@cache
def _messages() -> Messages:
    from chalicelib.storage.messaging.messages import MessageRow, Messages

    return Messages(
        wiring.table(MessageRow, "messages_table"), lease=timedelta(seconds=settings().message_lease_seconds)
    )


@cache
def _pace() -> Pace:
    """One for the process: invocations follow each other without a pause."""
    from chalicelib.services.messaging.paces import Pace

    return Pace(WORKERS / settings().sms_rate, now=time.monotonic, sleep=time.sleep)


@cache
def _budgets() -> Budgets:
    from chalicelib.storage.messaging.budgets import BudgetRow, Budgets

    return Budgets(wiring.table(BudgetRow, "messages_table"))


def _hash_phone(phone: str) -> str:
    """The first call reads the secret."""
    return wiring.keyed_hash().text("texts to", phone)


@cache
def _texts() -> Mapping[str, str]:
    from chalicelib.data import read_text

    texts: dict[str, str] = json.loads(read_text("provinces", settings().province, "messages.json"))
    return texts
