"""What messaging needs."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.people import hashed
from chalicelib.models.people.province import province
from chalicelib.settings import needed, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.models.messaging.templates import Templates
    from chalicelib.services.messaging.deliveries import Sender
    from chalicelib.services.messaging.ports import Gateway
    from chalicelib.storage.messaging.budgets import Budgets
    from chalicelib.storage.messaging.messages import Messages
    from chalicelib.storage.messaging.templates import TemplatesInForce, TemplateVersions


WORKERS = 5
"""Workers that send texts at the same time: the sum of both `maximum_concurrency` in `app.py`."""


def sender(*, time_left: Callable[[], float]) -> Sender:
    """`time_left` gives the seconds that this invocation still has."""
    from chalicelib.models.messaging.messages import Channel
    from chalicelib.observability import count
    from chalicelib.services.messaging.deliveries import Sender

    own = province(settings().province)
    return Sender(
        messages=messages(),
        channels=gateways(),
        compose=templates().compose,
        is_texted=own.texts,
        budgets=_budgets(),
        hash_phone=_hash_phone,
        texts_to_a_phone=own.texts_to_a_phone,
        prices={Channel(name): price for name, price in own.prices.items()},
        spending_a_day=settings().spending_a_day,
        time_left=time_left,
        clock=wiring.clock,
        count=count,
        is_sandbox=settings().sandbox,
    )


def gateways() -> Sequence[Gateway]:
    """The channels of this stage, in the order of attempts."""
    from chalicelib.wiring.providers import sms_gateway, zalo_gateway

    zalo = zalo_gateway()
    return [sms_gateway()] if zalo is None else [zalo, sms_gateway()]


@cache
def receipts_token() -> str:
    """The secret in the address to which the SMS provider sends receipts. It is derived, so there is no other key to
    make or store."""
    return wiring.keyed_hash().text("sms receipts")


def receipts_url() -> str:
    """That address, which is sent with each message."""
    return f"{needed('public_url')}/v1/sms/receipts/{receipts_token()}"


@cache
def messages() -> Messages:
    from chalicelib.storage.messaging.messages import MessageRow, Messages

    return Messages(
        wiring.table(MessageRow, "messages_table"), lease=timedelta(seconds=settings().message_lease_seconds)
    )


@cache
def _budgets() -> Budgets:
    from chalicelib.storage.messaging.budgets import BudgetRow, Budgets

    return Budgets(wiring.table(BudgetRow, "messages_table"))


def _hash_phone(phone: str) -> str:
    """The first call reads the secret."""
    return wiring.keyed_hash().text(hashed.TEXTS_TO, phone)


def templates() -> Templates:
    """The templates in force, at most a minute old."""
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
