"""What messaging needs."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.people.province import province
from chalicelib.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalicelib.models.messaging.messages import Outgoing
    from chalicelib.services.messaging.deliveries import Sender
    from chalicelib.services.messaging.paces import Pace
    from chalicelib.services.messaging.ports import Gateway
    from chalicelib.storage.messaging.budgets import Budgets
    from chalicelib.storage.messaging.messages import Messages


WORKERS = 5
"""Workers that send texts at the same time: the sum of both `maximum_concurrency` in `app.py`."""


def sender(*, time_left: Callable[[], float]) -> Sender:
    """`time_left` gives the seconds that this invocation still has."""
    from chalicelib.models.messaging.messages import Channel
    from chalicelib.observability import count
    from chalicelib.services.messaging.deliveries import Sender
    from chalicelib.services.messaging.texts import compose

    own = province(settings().province)
    return Sender(
        messages=messages(),
        channels=gateways(),
        compose=partial(compose, texts=_texts()),
        is_texted=own.texts,
        budgets=_budgets(),
        hash_phone=_hash_phone,
        texts_to_a_phone=own.texts_to_a_phone,
        prices={Channel(name): price for name, price in own.prices.model_dump().items()},
        spending_a_day=settings().spending_a_day,
        time_left=time_left,
        clock=wiring.clock,
        count=count,
        is_sandbox=settings().sandbox,
    )


def gateways() -> Sequence[Gateway]:
    """The channels of this stage, in the order in which they are tried."""
    from chalicelib.models.messaging.messages import Channel
    from chalicelib.services.messaging.ports import Gateway

    return [Gateway(Channel.SMS, send_sms, _pace())]


def send_sms(outgoing: Outgoing) -> str:
    if settings().sandbox:  # the last wall before a real phone, for every caller
        from chalicelib.models.messaging.messages import PermanentRefusal

        raise PermanentRefusal("sandbox")
    from chalicelib.adapters.sns import send_sms

    return send_sms(outgoing.phone, outgoing.text, sender=settings().sms_sender, region=settings().aws_region)


@cache
def messages() -> Messages:
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
