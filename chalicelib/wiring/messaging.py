"""What messaging needs."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.people import hashed
from chalicelib.models.people.province import province
from chalicelib.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.models.messaging.templates import Templates
    from chalicelib.services.messaging.deliveries import Sender
    from chalicelib.services.messaging.paces import Pace
    from chalicelib.storage.messaging.budgets import Budgets
    from chalicelib.storage.messaging.messages import Messages
    from chalicelib.storage.messaging.templates import TemplatesInForce, TemplateVersions


WORKERS = 5
"""Workers that send texts at the same time: the sum of both `maximum_concurrency` in `app.py`."""


def sender(*, time_left: Callable[[], float]) -> Sender:
    """`time_left` gives the seconds that this invocation still has."""
    from chalicelib.services.messaging.deliveries import Sender

    own = province(settings().province)
    return Sender(
        messages=messages(),
        send_sms=send_sms,
        texts={text_id: each.sms.vi for text_id, each in templates().notices.items()},
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
    return wiring.keyed_hash().text(hashed.TEXTS_TO, phone)


def templates() -> Templates:
    """Those in force, at most a minute old."""
    return _templates_in_force().current()


@cache
def template_versions() -> TemplateVersions:
    from chalicelib.storage.messaging.templates import TemplateVersions

    return TemplateVersions(wiring.reference_table(), shipped=_shipped_templates)


@cache
def _templates_in_force() -> TemplatesInForce:
    from chalicelib.storage.messaging.templates import TemplatesInForce

    return TemplatesInForce(template_versions(), shipped=_shipped_templates, clock=wiring.clock)


def _shipped_templates() -> Templates:
    from chalicelib.models.messaging.templates import shipped_templates

    return shipped_templates(settings().province)
